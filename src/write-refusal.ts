import { isOutcomeUnknown } from './digitalocean/errors.ts';

/** The API refused a write for what is in its input: nothing was done, and whoever wrote it can mend it. */
export class WriteRefusedError extends Error {
  override readonly name = 'WriteRefusedError';

  constructor(complaint: string | undefined, cause: unknown) {
    super(complaint ?? 'The images API refused the input.', { cause });
  }
}

/** What is known of a write that failed, in words. */
export function tellOutcome(error: unknown): string {
  return isOutcomeUnknown(error) ? 'Whether it was done is unknown.' : 'It was not done.';
}
