/** The API refused a write for what is in its input: nothing was done, and whoever wrote it can mend it. */
export class WriteRefusedError extends Error {
  override readonly name = 'WriteRefusedError';

  constructor(complaint: string | undefined, cause: unknown) {
    super(complaint ?? 'The images API refused the input.', { cause });
  }
}
