import { describe, expect, it } from 'vitest';

import { RetryBudget } from '../../src/digitalocean/retry-budget.ts';

function takeAll(budget: RetryBudget): number {
  let taken = 0;
  while (budget.take()) taken += 1;
  return taken;
}

/** Calls that fail, each retried for as long as it may be. */
function retriesOf(budget: RetryBudget, calls: number): number {
  let retries = 0;
  for (let call = 0; call < calls; call += 1) {
    budget.onCall();
    retries += takeAll(budget);
  }
  return retries;
}

describe('a retry budget', () => {
  it('has three retries to begin with', () => {
    const budget = new RetryBudget();
    expect(takeAll(budget)).toBe(3);
    expect(budget.take()).toBe(false);
  });

  it.each([
    [9, 3],
    [10, 4],
    [100, 13],
    [1_000, 103],
    [100_000, 10_003],
  ])('gives %d failing calls in a row %d retries', (calls, retries) => {
    expect(retriesOf(new RetryBudget(), calls)).toBe(retries);
  });

  it('gets a retry back with ten calls, and not before', () => {
    const budget = new RetryBudget();
    takeAll(budget);
    for (let call = 0; call < 9; call += 1) budget.onCall();
    expect(budget.take()).toBe(false);
    budget.onCall();
    expect(budget.take()).toBe(true);
    expect(budget.take()).toBe(false);
  });

  it('never holds more than ten, however many calls went well', () => {
    const budget = new RetryBudget();
    takeAll(budget);
    for (let call = 0; call < 100_000; call += 1) budget.onCall();
    expect(takeAll(budget)).toBe(10);
  });
});
