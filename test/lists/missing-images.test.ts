import { describe, expect, it } from 'vitest';

import { MissingImages } from '../../src/lists/missing-images.ts';

function open(ttlMs = 15_000) {
  const clock = { nowMs: 0 };
  return { clock, missing: new MissingImages({ now: () => clock.nowMs, ttlMs }) };
}

describe('names of images that the API does not know', () => {
  it('are known for five seconds, to the tenant who asked', () => {
    const { clock, missing } = open();
    missing.begin('a', '1')();
    expect([missing.has('a', '1'), missing.has('a', '11'), missing.has('b', '1')]).toEqual([
      true,
      false,
      false,
    ]);
    clock.nowMs = 4_999;
    expect(missing.has('a', '1')).toBe(true);
    clock.nowMs = 5_000;
    expect(missing.has('a', '1')).toBe(false);
  });

  it('are forgotten with what a tenant has read, also those that are being asked for', () => {
    const { missing } = open();
    missing.begin('a', '1')();
    missing.begin('aa', '1')();
    const note = missing.begin('a', '2');
    missing.drop('a');
    note();
    expect([missing.has('a', '1'), missing.has('a', '2'), missing.has('aa', '1')]).toEqual([
      false,
      false,
      true,
    ]);
    missing.begin('a', '2')();
    expect(missing.has('a', '2')).toBe(true);
  });

  it.each([
    [0, false],
    [10, true],
  ])('are known no longer than a list is fresh: %d ms', (ttlMs, known) => {
    const { clock, missing } = open(ttlMs);
    missing.begin('a', '1')();
    expect(missing.has('a', '1')).toBe(known);
    clock.nowMs = 10;
    expect(missing.has('a', '1')).toBe(false);
  });
});
