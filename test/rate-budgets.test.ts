import { describe, expect, it } from 'vitest';

import { RateBudgets } from '../src/rate-budgets.ts';

function setUp() {
  const clock = { nowMs: 1_000_000 };
  return { clock, budgets: new RateBudgets(() => clock.nowMs) };
}

const left = (remaining: number) => ({ limit: 5_000, remaining, resetAtMs: 1_001_000 });

describe('a request budget', () => {
  it.each([
    [5_000, 1],
    [1_250, 1],
    [500, 2.5],
    [125, 10],
    [0, 10],
  ])('with %d of 5,000 left lets lists answer %d times as long', (remaining, stretch) => {
    const { budgets } = setUp();
    budgets.see('a', left(remaining));
    expect(budgets.stretchOf('a')).toBe(stretch);
    expect(budgets.stretchOf('b')).toBe(1);
  });

  it('stays low when its oldest request no longer counts, and is forgotten after ten minutes', () => {
    const { budgets, clock } = setUp();
    budgets.see('a', left(0));
    clock.nowMs += 600_000;
    expect(budgets.stretchOf('a')).toBe(10);
    clock.nowMs += 1;
    expect(budgets.stretchOf('a')).toBe(1);
  });

  it('of nothing at all is no division by zero', () => {
    const { budgets } = setUp();
    budgets.see('a', { limit: 0, remaining: 0, resetAtMs: 0 });
    expect(budgets.stretchOf('a')).toBe(1);
  });

  it('is blocked for the longest of the times that were told, and keeps what was seen', () => {
    const { budgets, clock } = setUp();
    budgets.see('a', left(7));
    budgets.block('a', 60);
    budgets.block('a', 1);
    expect(budgets.blockedSeconds('a')).toBe(60);
    expect(budgets.get('a')).toEqual(left(7));
    clock.nowMs += 59_001;
    expect(budgets.blockedSeconds('a')).toBe(1);
    budgets.see('a', left(8));
    expect(budgets.blockedSeconds('a')).toBe(1);
    clock.nowMs += 999;
    expect(budgets.blockedSeconds('a')).toBe(0);
    expect(budgets.blockedSeconds('b')).toBe(0);
  });
});
