/** What was thrown, as a value: a DataLoader keeps the failures of its keys apart only where they are errors. */
export function toError(reason: unknown): Error {
  return reason instanceof Error
    ? reason
    : new Error('something else than an error was thrown', { cause: reason });
}
