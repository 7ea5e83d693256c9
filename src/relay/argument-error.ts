/** What is wrong with an argument, for a client to act on. */
export type ArgumentProblem =
  /** `first` or `last` out of range. */
  | 'PAGE_SIZE'
  /** Not a cursor of this server, or a damaged one. */
  | 'CURSOR_INVALID'
  /** A cursor of another field, filter or order. */
  | 'CURSOR_MISMATCH'
  /** A sound cursor whose place in the list can no longer be told. */
  | 'CURSOR_EXPIRED'
  /** Any other value outside its accepted form. */
  | 'INVALID_VALUE';

/** An argument outside its accepted form. The message names the argument and the form, never the value. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError';
  readonly argument: string;
  readonly reason: ArgumentProblem;

  constructor(argument: string, reason: ArgumentProblem, message: string) {
    super(`Argument "${argument}": ${message}`);
    this.argument = argument;
    this.reason = reason;
  }
}
