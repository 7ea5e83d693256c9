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

  it('leave memory once they have expired, whoever asks next and whatever was dropped', () => {
    const { clock, missing } = open();
    for (let id = 0; id < 100; id += 1) missing.begin(`tenant ${id % 10}`, String(id))();
    missing.drop('tenant 3');
    expect(missing.size).toBe(100);
    clock.nowMs = 4_000;
    missing.begin('late', '1')();
    clock.nowMs = 5_000;
    expect(missing.has('nobody', '1')).toBe(false);
    expect(missing.size).toBe(1);
    expect(missing.has('late', '1')).toBe(true);
    clock.nowMs = 9_000;
    missing.begin('later', '1')();
    expect(missing.size).toBe(1);
  });

  it('are known again for the whole time once the API says so again', () => {
    const { clock, missing } = open();
    missing.begin('a', '1')();
    clock.nowMs = 3_000;
    missing.begin('a', '1')();
    clock.nowMs = 7_999;
    expect(missing.has('a', '1')).toBe(true);
  });

  it('are bounded in number, the oldest leaving first', () => {
    const { missing } = open();
    for (let id = 0; id < 20_001; id += 1) missing.begin('a', String(id))();
    expect(missing.size).toBe(20_000);
    expect([missing.has('a', '0'), missing.has('a', '1'), missing.has('a', '20000')]).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('are dropped however many other tenants are dropped after them', () => {
    const { missing } = open();
    missing.begin('a', '1')();
    const note = missing.begin('a', '2');
    missing.drop('a');
    for (let tenant = 0; tenant < 10_000; tenant += 1) missing.drop(`other ${tenant}`);
    note();
    expect([missing.has('a', '1'), missing.has('a', '2')]).toEqual([false, false]);
    missing.begin('a', '3')();
    expect(missing.has('a', '3')).toBe(true);
  });
});
