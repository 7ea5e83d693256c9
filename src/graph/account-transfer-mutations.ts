import type { ImageWrites } from '../image-writes.ts';
import { builder } from './builder.ts';
import { upstreamCost, WRITE } from './directives.ts';
import { decodeImageId, parseNumericId } from './global-id.ts';
import { invalid, submit, USER_ERRORS, type UserError, UserErrorType } from './user-error.ts';

const EMAIL = /^[^\s@]{1,64}@[^\s@]{1,255}$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const UUID_FORM = 'must be a UUID, as "00000000-0000-4000-8000-000000000002".';

interface TransferPayload {
  readonly transferId: number | null;
  readonly done: boolean;
  readonly userErrors: readonly UserError[];
}

interface EndImageTransfer {
  readonly id: string;
  readonly transferId: string;
}

const TransferImageToAccountInput = builder
  .inputRef<{
    readonly id: string;
    readonly recipientEmail?: string | null | undefined;
    readonly recipientUuid?: string | null | undefined;
  }>('TransferImageToAccountInput')
  .implement({
    description: 'Which snapshot to offer, and to whom: exactly one of the two.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'The global id of a snapshot of yours.' }),
      recipientEmail: t.string({ description: 'The e-mail address of the recipient.' }),
      recipientUuid: t.string({ description: "The UUID of the recipient's team." }),
    }),
  });

const AcceptImageTransferInput = builder
  .inputRef<{ readonly id: string; readonly transferId: string; readonly recipientUuid: string }>(
    'AcceptImageTransferInput',
  )
  .implement({
    description: 'Which transfer to accept, and for which team.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'The global id of the image that was offered.' }),
      transferId: t.id({ required: true, description: 'The id of the transfer.' }),
      recipientUuid: t.string({ required: true, description: 'The UUID of the team that takes it.' }),
    }),
  });

const EndImageTransferInput = builder.inputRef<EndImageTransfer>('EndImageTransferInput').implement({
  description: 'Which transfer to end.',
  fields: (t) => ({
    id: t.id({ required: true, description: 'The global id of the image that was offered.' }),
    transferId: t.id({ required: true, description: 'The id of the transfer.' }),
  }),
});

const ImageTransferPayload = builder.objectRef<TransferPayload>('ImageTransferPayload').implement({
  description: 'The transfer of an image to another account.',
  fields: (t) => ({
    transferId: t.id({
      nullable: true,
      description: 'Its id; null where it was accepted at once, or the input was wrong.',
      resolve: (payload) => payload.transferId,
    }),
    done: t.exposeBoolean('done', {
      description:
        'Whether it is over: accepted, at once or now, cancelled or declined. False while it is pending.',
    }),
    userErrors: t.expose('userErrors', { type: [UserErrorType], description: USER_ERRORS }),
  }),
});

/** Runs a write whose input is right, and gives the transfer's id where it is pending after it. */
async function settle(
  errors: readonly (UserError | null)[],
  run: () => Promise<number | null | void>,
): Promise<TransferPayload> {
  const { result, userErrors } = await submit(errors, run);
  const transferId = result ?? null;
  return { transferId, done: userErrors.length === 0 && transferId === null, userErrors };
}

function end(
  by: 'recipient' | 'sender',
  input: EndImageTransfer,
  writes: ImageWrites,
): Promise<TransferPayload> {
  const id = decodeImageId('input.id', input.id);
  const transferId = parseNumericId('input.transferId', input.transferId);
  return settle([], () => writes.endTransfer(id, { transferId, by }));
}

builder.mutationFields((t) => ({
  transferImageToAccount: t.field({
    type: ImageTransferPayload,
    nullable: true,
    directives: [WRITE, upstreamCost(1)],
    description:
      'Offers a snapshot to another account, which takes it by `acceptImageTransfer`. Sent once. Needs the scopes `image:update` and `image:delete`.',
    args: {
      input: t.arg({
        type: TransferImageToAccountInput,
        required: true,
        description: 'What to offer, and to whom.',
      }),
    },
    resolve: (_root, { input }, { writes }) => {
      const id = decodeImageId('input.id', input.id);
      const { recipientEmail: email, recipientUuid: uuid } = input;
      const isOne = (email == null) !== (uuid == null);
      const errors = [
        isOne ? null : invalid('recipientEmail', 'give exactly one of "recipientEmail" and "recipientUuid".'),
        email == null || EMAIL.test(email) ? null : invalid('recipientEmail', 'must be an e-mail address.'),
        uuid == null || UUID.test(uuid) ? null : invalid('recipientUuid', UUID_FORM),
      ];
      return settle(errors, () => writes.offer(id, email == null ? { uuid: uuid ?? '' } : { email }));
    },
  }),
  acceptImageTransfer: t.field({
    type: ImageTransferPayload,
    nullable: true,
    directives: [WRITE, upstreamCost(1)],
    description:
      'Takes an image that was offered to your account. Sent once. Needs the scope `image:create`.',
    args: {
      input: t.arg({ type: AcceptImageTransferInput, required: true, description: 'Which transfer.' }),
    },
    resolve: (_root, { input }, { writes }) => {
      const id = decodeImageId('input.id', input.id);
      const transferId = parseNumericId('input.transferId', input.transferId);
      const { recipientUuid } = input;
      const errors = [UUID.test(recipientUuid) ? null : invalid('recipientUuid', UUID_FORM)];
      return settle(errors, () => writes.accept(id, { transferId, recipientUuid }));
    },
  }),
  cancelImageTransfer: t.field({
    type: ImageTransferPayload,
    nullable: true,
    directives: [WRITE, upstreamCost(1)],
    description: 'Takes back an offer of yours that is pending. Sent once. Needs the scope `image:update`.',
    args: { input: t.arg({ type: EndImageTransferInput, required: true, description: 'Which transfer.' }) },
    resolve: (_root, { input }, { writes }) => end('sender', input, writes),
  }),
  declineImageTransfer: t.field({
    type: ImageTransferPayload,
    nullable: true,
    directives: [WRITE, upstreamCost(1)],
    description:
      'Refuses an image that was offered to your account. Sent once. Needs the scope `image:create`.',
    args: { input: t.arg({ type: EndImageTransferInput, required: true, description: 'Which transfer.' }) },
    resolve: (_root, { input }, { writes }) => end('recipient', input, writes),
  }),
}));
