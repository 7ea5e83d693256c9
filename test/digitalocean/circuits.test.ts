import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { CallOutcome } from '../../src/digitalocean/circuit-breaker.ts';
import { CircuitOpenError } from '../../src/digitalocean/circuit-breaker.ts';
import { Circuits, type CircuitScope } from '../../src/digitalocean/circuits.ts';

function setUp() {
  const clock = { nowMs: 1_000_000 };
  const changes: string[] = [];
  const circuits = new Circuits({
    now: () => clock.nowMs,
    random: () => 0,
    onChange: (state, scope: CircuitScope) => changes.push(`${scope} ${state}`),
  });
  /** Makes a call with this outcome; false where it is refused. */
  const call = (tenant: string, outcome: CallOutcome): boolean => {
    try {
      circuits.enter({ name: 'GET /v2/images', tenant }).done(outcome);
      return true;
    } catch (error) {
      if (error instanceof CircuitOpenError) return false;
      throw error;
    }
  };
  return { clock, changes, circuits, call };
}

/** One call: whose it is, whether it fails, and how long after the one before. */
interface Step {
  readonly tenant: number;
  readonly fails: boolean;
  readonly afterMs: number;
}

const step = (tenants: number) =>
  fc.record({
    tenant: fc.nat(tenants - 1),
    fails: fc.boolean(),
    afterMs: fc.oneof({ weight: 9, arbitrary: fc.nat(300) }, fc.nat(12_000)),
  });

/** The rule word by word, over a list of all calls. */
function shouldOpen(steps: readonly (Step & { readonly atMs: number })[], nowMs: number): boolean {
  const since = (Math.floor(nowMs / 1_000) - 9) * 1_000;
  const recent = steps.filter(({ atMs }) => atMs >= since);
  const failures = recent.filter(({ fails }) => fails).length;
  if (recent.length < 10 || failures / recent.length < 0.5) return false;
  const tenants = [...new Set(recent.map(({ tenant }) => tenant))].map((tenant) => {
    const calls = recent.filter((one) => one.tenant === tenant);
    return {
      calls: Math.min(5, calls.length),
      share: calls.filter(({ fails }) => fails).length / calls.length,
    };
  });
  const isFailing = (some: typeof tenants) => {
    const calls = some.reduce((sum, one) => sum + one.calls, 0);
    const failed = some.reduce((sum, one) => sum + one.calls * one.share, 0);
    return 2 * failed - calls >= -1e-9;
  };
  return (
    tenants.reduce((sum, one) => sum + one.calls, 0) >= 10 &&
    isFailing(tenants) &&
    tenants.every((left) => isFailing(tenants.filter((one) => one !== left)))
  );
}

describe('the circuit of the origin', () => {
  it.each([2, 5, 10, 1_000])('opens with the tenth call where all calls of %d tenants fail', (tenants) => {
    const { call, circuits, changes } = setUp();
    let sent = 0;
    for (let index = 0; index < 1_000; index += 1)
      if (call(`tenant ${index % tenants}`, 'failure')) sent += 1;
    expect(sent).toBe(10);
    expect(circuits.open).toEqual({ origin: true, tenants: 0 });
    expect(changes).toEqual(['origin open']);
  });

  it('opens where its rule says so, whatever comes in whichever order', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }).chain((tenants) => fc.array(step(tenants), { maxLength: 150 })),
        (steps) => {
          const { call, circuits, clock } = setUp();
          const made: (Step & { atMs: number })[] = [];
          for (const one of steps) {
            clock.nowMs += one.afterMs;
            if (!call(String(one.tenant), one.fails ? 'failure' : 'success')) continue;
            made.push({ ...one, atMs: clock.nowMs });
            const { origin } = circuits.open;
            expect(origin).toBe(shouldOpen(made, clock.nowMs));
            if (origin) return;
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('stays closed where one tenant alone fails, however many calls it makes beside those of others', () => {
    const calls = fc.array(fc.nat(20), { minLength: 1, maxLength: 400 });
    fc.assert(
      fc.property(calls, fc.integer({ min: 1, max: 5 }), (tenants, often) => {
        const { call, circuits } = setUp();
        for (const tenant of tenants) {
          // The tenant 0 is refused once its own circuit is open; no other ever is.
          for (let time = 0; time < often; time += 1) call('0', 'failure');
          expect(tenant === 0 || call(String(tenant), 'success')).toBe(true);
          expect(circuits.open.origin).toBe(false);
        }
      }),
    );
  });

  it('stays closed where a few tenants fail beside one with many good calls', () => {
    const { call, circuits } = setUp();
    for (let index = 0; index < 1_000; index += 1) call('large', 'success');
    for (let tenant = 0; tenant < 9; tenant += 1)
      for (let time = 0; time < 9; time += 1) call(`small ${tenant}`, 'failure');
    expect(circuits.open.origin).toBe(false);
  });

  it('stays closed whatever the API says of tokens, which hides no outage either', () => {
    const { call, circuits } = setUp();
    for (let index = 0; index < 500; index += 1) call(`tenant ${index}`, 'refused');
    expect(circuits.open.origin).toBe(false);
    for (let index = 0; index < 10; index += 1) call(`tenant ${index}`, 'failure');
    expect(circuits.open.origin).toBe(true);
  });

  it('closes with a response that refuses a token: the API is there', () => {
    const { call, circuits, clock } = setUp();
    for (let index = 0; index < 10; index += 1) call(`tenant ${index}`, 'failure');
    clock.nowMs += 1_000;
    call('another', 'refused');
    expect(circuits.open.origin).toBe(false);
  });

  it('lets another tenant probe before one whose probe has failed, and both within five seconds', () => {
    const { call, clock } = setUp();
    for (let index = 0; index < 10; index += 1) call(`tenant ${index}`, 'failure');
    // The first to call may probe, as long as no probe of it has failed.
    for (const [openMs, yieldMs] of [
      [1_000, 0],
      [2_000, 1_000],
      [4_000, 1_000],
      [4_000, 1_000],
    ] as const) {
      clock.nowMs += openMs - 1;
      expect([call('bad', 'failure'), call('good', 'success')]).toEqual([false, false]);
      clock.nowMs += 1;
      expect(yieldMs === 0 || !call('bad', 'failure')).toBe(true);
      clock.nowMs += yieldMs;
      expect(call('bad', 'failure')).toBe(true);
    }
    clock.nowMs += 4_000;
    expect(call('bad', 'failure')).toBe(false);
    expect(call('good', 'success')).toBe(true);
    expect(call('bad', 'failure')).toBe(true);
  });

  it('closes within five seconds for all but the one whose calls still fail, though that one calls most', () => {
    const { call, circuits, clock } = setUp();
    let isDown = true;
    let served = 0;
    for (let ms = 0; ms < 60_000; ms += 10) {
      clock.nowMs += 10;
      if (ms === 30_000) isDown = false;
      for (let time = 0; time < 10; time += 1) call('bad', 'failure');
      const tenant = `good ${ms % 500}`;
      if (call(tenant, isDown ? 'failure' : 'success') && !isDown) served += 1;
      expect(ms < 35_000 || !circuits.open.origin).toBe(true);
    }
    expect(served).toBeGreaterThanOrEqual(2_500);
  });
});

describe('the circuit of a tenant', () => {
  it('opens where its own calls fail, and closes by a call of its own', () => {
    const { call, circuits, changes, clock } = setUp();
    for (let time = 0; time < 10; time += 1) expect(call('a', 'failure')).toBe(true);
    expect(call('a', 'success')).toBe(false);
    expect(call('b', 'success')).toBe(true);
    expect(circuits.open).toEqual({ origin: false, tenants: 1 });
    clock.nowMs += 1_000;
    expect(call('a', 'success')).toBe(true);
    expect(circuits.open).toEqual({ origin: false, tenants: 0 });
    expect(changes).toEqual(['tenant open', 'tenant half-open', 'tenant closed']);
  });

  it('is forgotten where the API fails for all, so that one call is enough to be back', () => {
    const { call, circuits, changes, clock } = setUp();
    for (let time = 0; time < 10; time += 1) call('a', 'failure');
    for (let tenant = 0; tenant < 10; tenant += 1) call(`tenant ${tenant}`, 'failure');
    expect(circuits.open).toEqual({ origin: true, tenants: 0 });
    clock.nowMs += 1_000;
    call('b', 'success');
    expect(call('a', 'success')).toBe(true);
    expect(changes).toEqual(['tenant open', 'origin open', 'origin half-open', 'origin closed']);
  });

  it('does not open for what failed while the API failed for all', () => {
    const { circuits, call, clock } = setUp();
    const late = Array.from({ length: 30 }, () => circuits.enter({ name: 'GET /v2/images', tenant: 'a' }));
    for (let tenant = 0; tenant < 10; tenant += 1) call(`tenant ${tenant}`, 'failure');
    for (const entry of late) entry.done('failure');
    expect(circuits.open).toEqual({ origin: true, tenants: 0 });
    clock.nowMs += 1_000;
    call('b', 'success');
    expect(call('a', 'success')).toBe(true);
    expect(circuits.open).toEqual({ origin: false, tenants: 0 });
  });
});
