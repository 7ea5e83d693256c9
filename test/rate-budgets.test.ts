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

describe('the budgets of all tenants', () => {
  it('are summed up as they were last seen, whoever was forgotten, seen again or seen too long ago', () => {
    const { budgets, clock } = setUp();
    // Each tenant's last budget, the one that was not seen for longest first.
    const seen = new Map<string, { ratio: number; atMs: number } | null>();
    for (let turn = 0; turn < 60_000; turn += 1) {
      const tenant = `tenant ${(turn * 7_919) % 21_001}`;
      const remaining = (turn * 104_729) % 5_001;
      if (turn % 50 === 0) clock.nowMs += 1_000;
      const before = seen.get(tenant) ?? null;
      seen.delete(tenant);
      seen.set(tenant, before);
      if (turn % 11 === 0) budgets.block(tenant, 1);
      else if (turn % 97 === 0) {
        budgets.see(tenant, { limit: 0, remaining: 0, resetAtMs: 0 });
        seen.set(tenant, null);
      } else {
        budgets.see(tenant, left(remaining));
        seen.set(tenant, { ratio: remaining / 5_000, atMs: clock.nowMs });
      }
      for (const oldest of seen.keys()) {
        if (seen.size <= 20_000) break;
        seen.delete(oldest);
      }
    }
    const known = [...seen.values()].flatMap((one) =>
      one !== null && clock.nowMs - one.atMs <= 600_000 ? [one] : [],
    );
    expect(known.length).toBeGreaterThan(10_000);
    expect(budgets.summarize()).toEqual({
      tenants: known.length,
      low: known.filter(({ ratio }) => ratio < 0.25).length,
      lowestRatio: Math.min(...known.map(({ ratio }) => ratio)),
    });
  });

  it('are those of the 20,000 tenants that were seen last', () => {
    const { budgets } = setUp();
    for (let tenant = 0; tenant < 20_010; tenant += 1)
      budgets.see(`tenant ${tenant}`, left(tenant < 10 ? 0 : 5_000));
    expect(budgets.summarize()).toEqual({ tenants: 20_000, low: 0, lowestRatio: 1 });
  });

  it('are none where none was seen', () => {
    const { budgets } = setUp();
    budgets.block('a', 60);
    expect(budgets.summarize()).toEqual({ tenants: 0, low: 0, lowestRatio: 1 });
  });
});
