import { expect } from 'vitest';

import { ArgumentError, type ArgumentProblem } from '../../src/relay/argument-error.ts';

/** Expects an ArgumentError of this argument and reason, whose message names the argument. */
export function expectArgumentError(
  action: () => unknown,
  expected: { argument: string; reason: ArgumentProblem },
): void {
  let thrown: unknown;
  try {
    action();
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(ArgumentError);
  expect(thrown).toMatchObject(expected);
  expect(thrown).toHaveProperty('message', expect.stringContaining(`"${expected.argument}"`));
}
