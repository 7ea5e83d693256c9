import { WriteRefusedError } from '../write-refusal.ts';
import { builder } from './builder.ts';
import { SHAREABLE } from './directives.ts';

export interface UserError {
  readonly message: string;
  readonly code: 'INVALID' | 'REFUSED' | 'FAILED';
  readonly field: readonly string[] | null;
}

const UserErrorCode = builder.enumType('UserErrorCode', {
  description: 'What is wrong with an input.',
  values: {
    INVALID: {
      value: 'INVALID',
      description: 'A value outside its accepted form. Nothing was sent to the API.',
    },
    REFUSED: { value: 'REFUSED', description: 'The API refused the input; the message is its own.' },
    FAILED: {
      value: 'FAILED',
      description: 'The API failed at a part of what was asked, after other parts were done.',
    },
  } as const,
});

export const UserErrorType = builder.objectRef<UserError>('UserError').implement({
  directives: [SHAREABLE],
  description:
    'Something in the input that whoever wrote it can mend: to be shown next to the field of a form.',
  fields: (t) => ({
    message: t.exposeString('message', { description: 'What is wrong, and the accepted form.' }),
    code: t.expose('code', { type: UserErrorCode, description: 'What kind of error it is.' }),
    field: t.field({
      type: ['String'],
      nullable: true,
      description: 'Where in the input it is, as `["input", "name"]`; null where that is not known.',
      resolve: ({ field }) => field,
    }),
  }),
});

/** The description of every payload's `userErrors`. */
export const USER_ERRORS = 'What is wrong with the input; empty where it was done.';

/** An error of one field of the input. */
export function invalid(field: string, message: string): UserError {
  return { message, code: 'INVALID', field: ['input', field] };
}

/** What a write that the API refused says to whoever wrote its input; any other error is thrown on. */
export function toUserErrors(error: unknown): readonly UserError[] {
  if (error instanceof WriteRefusedError) return [{ message: error.message, code: 'REFUSED', field: null }];
  throw error;
}

/** What a write gave, or what is wrong with its input. */
export interface Submission<T> {
  /** Undefined where the input was wrong. */
  readonly result: T | undefined;
  readonly userErrors: readonly UserError[];
}

/** Runs a write whose input is right: none of the errors that were looked for is there. */
export async function submit<T>(
  errors: readonly (UserError | null)[],
  write: () => Promise<T>,
): Promise<Submission<T>> {
  const userErrors = errors.filter((error) => error !== null);
  if (userErrors.length > 0) return { result: undefined, userErrors };
  try {
    return { result: await write(), userErrors };
  } catch (error) {
    return { result: undefined, userErrors: toUserErrors(error) };
  }
}
