import type { ImageAction as ActionRow } from '../digitalocean/payloads.ts';
import { tellOutcome } from '../write-refusal.ts';
import { builder } from './builder.ts';
import { upstreamCost, WRITE } from './directives.ts';
import { decodeImageId } from './global-id.ts';
import { ImageAction } from './image-action.ts';
import { REGION } from './image-input.ts';
import {
  invalid,
  submit,
  toUserErrors,
  USER_ERRORS,
  type Submission,
  type UserError,
  UserErrorType,
} from './user-error.ts';

interface ActionsPayload {
  readonly actions: readonly ActionRow[];
  readonly userErrors: readonly UserError[];
}

const MAX_REGIONS = 50;

const TransferImageInput = builder
  .inputRef<{ readonly id: string; readonly regions: readonly string[] }>('TransferImageInput')
  .implement({
    description: 'Which image to copy, and where to.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'The global id of one of your own images.' }),
      regions: t.idList({
        required: true,
        description: `Slugs of 1 to ${MAX_REGIONS} regions, as \`fra1\`.`,
      }),
    }),
  });

const ConvertImageInput = builder.inputRef<{ readonly id: string }>('ConvertImageInput').implement({
  description: 'Which backup to keep as a snapshot.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The global id of a backup of yours.' }) }),
});

const TransferImagePayload = builder.objectRef<ActionsPayload>('TransferImagePayload').implement({
  description: 'The copies that have begun.',
  fields: (t) => ({
    actions: t.expose('actions', {
      type: [ImageAction],
      description: 'One action for each region that it is copied to now, in the order asked for.',
    }),
    userErrors: t.expose('userErrors', {
      type: [UserErrorType],
      description: 'What is wrong with the input, of each region that was refused.',
    }),
  }),
});

const ConvertImagePayload = builder.objectRef<Submission<ActionRow>>('ConvertImagePayload').implement({
  description: 'The conversion that has begun.',
  fields: (t) => ({
    action: t.field({
      type: ImageAction,
      nullable: true,
      description: 'The action; null where the input was wrong.',
      resolve: ({ result }) => result ?? null,
    }),
    userErrors: t.expose('userErrors', { type: [UserErrorType], description: USER_ERRORS }),
  }),
});

builder.mutationFields((t) => ({
  transferImage: t.field({
    type: TransferImagePayload,
    nullable: true,
    directives: [WRITE, upstreamCost(1)],
    description:
      'Copies one of your own images to one or several regions, which then are among its `regions`. Each region is an action of its own, sent once; a region that is refused is told in `userErrors`, and the others go on. Needs the scope `image:update`.',
    args: {
      input: t.arg({ type: TransferImageInput, required: true, description: 'What to copy, and where to.' }),
    },
    resolve: async (_root, { input }, { writes }): Promise<ActionsPayload> => {
      const id = decodeImageId('input.id', input.id);
      const regions = [...new Set(input.regions)];
      if (
        regions.length === 0 ||
        regions.length > MAX_REGIONS ||
        regions.some((region) => !REGION.test(region))
      ) {
        const form = `must be slugs of 1 to ${MAX_REGIONS} regions, as "fra1".`;
        return { actions: [], userErrors: [invalid('regions', form)] };
      }
      const actions: ActionRow[] = [];
      const userErrors: UserError[] = [];
      for (const [index, region] of regions.entries()) {
        try {
          actions.push(await writes.transfer(id, region));
        } catch (error) {
          const rest = regions.slice(index);
          const isFirst = actions.length === 0 && userErrors.length === 0;
          const errors = isFirst ? toUserErrors(error) : toUserErrorsOrFailed(error, rest);
          userErrors.push(
            ...errors.map((one) => ({
              ...one,
              field: ['input', 'regions', String(input.regions.indexOf(region))],
            })),
          );
          if (errors.some(({ code }) => code === 'FAILED')) break;
        }
      }
      return { actions, userErrors };
    },
  }),
  convertImageToSnapshot: t.field({
    type: ConvertImagePayload,
    nullable: true,
    directives: [WRITE, upstreamCost(1)],
    description: 'Turns a backup into a snapshot, which is kept. Sent once. Needs the scope `image:update`.',
    args: { input: t.arg({ type: ConvertImageInput, required: true, description: 'Which backup.' }) },
    resolve: (_root, { input }, { writes }) => {
      const id = decodeImageId('input.id', input.id);
      return submit([], () => writes.convert(id));
    },
  }),
}));

/** After some regions were settled, a failure must not hide them: it is told next to them, and ends the rest. */
function toUserErrorsOrFailed(error: unknown, rest: readonly string[]): readonly UserError[] {
  try {
    return toUserErrors(error);
  } catch {
    const message = `The images API failed here. ${tellOutcome(error)} Not sent: ${rest.length - 1} more.`;
    return [{ message, code: 'FAILED', field: null }];
  }
}
