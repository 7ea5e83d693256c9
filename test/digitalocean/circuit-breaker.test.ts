import { describe, expect, it } from 'vitest';

import {
  CircuitBreaker,
  CircuitOpenError,
  type CallOutcome,
  type CircuitState,
} from '../../src/digitalocean/circuit-breaker.ts';
import { ApiError, isOutcomeUnknown } from '../../src/digitalocean/errors.ts';

const CALL = { name: 'GET /v2/images', tenant: 'a' };

function setUp({ random = () => 0 }: { readonly random?: () => number } = {}) {
  const clock = { nowMs: 1_000_000 };
  const changes: CircuitState[] = [];
  const breaker = new CircuitBreaker({
    now: () => clock.nowMs,
    random,
    onChange: (state) => changes.push(state),
  });
  const call = (outcome: CallOutcome, times = 1) => {
    for (let time = 0; time < times; time += 1) breaker.enter(CALL).done(outcome);
  };
  /** How long a call would have to wait; null where it was let through. */
  const refusal = () => {
    try {
      breaker.enter(CALL);
    } catch (error) {
      if (error instanceof CircuitOpenError) return error.retryAfterMs;
      throw error;
    }
    return null;
  };
  return { clock, changes, breaker, call, refusal };
}

describe('a closed circuit', () => {
  it('stays so for nine failures, and opens with the tenth', () => {
    const { breaker, call, changes } = setUp();
    call('failure', 9);
    expect(breaker.state).toBe('closed');
    call('failure');
    expect(breaker.state).toBe('open');
    expect(changes).toEqual(['open']);
  });

  it('stays so while less than half of many calls fail', () => {
    const { breaker, call } = setUp();
    call('success', 500);
    call('failure', 499);
    expect(breaker.state).toBe('closed');
    call('failure');
    expect(breaker.state).toBe('open');
  });

  it('opens with a success, where that makes enough calls to judge by', () => {
    const { breaker, call } = setUp();
    call('failure', 5);
    call('success', 4);
    expect(breaker.state).toBe('closed');
    call('success');
    expect(breaker.state).toBe('open');
  });

  it('counts neither calls that say nothing nor what is said twice', () => {
    const { breaker, call } = setUp();
    call('failure', 5);
    call('ignored', 100);
    const entry = breaker.enter(CALL);
    for (let time = 0; time < 100; time += 1) entry.done('failure');
    expect(breaker.state).toBe('closed');
    call('failure', 4);
    expect(breaker.state).toBe('open');
  });

  it('counts what is in the last ten seconds', () => {
    const { breaker, call, clock } = setUp();
    for (let second = 0; second < 9; second += 1) {
      call('failure');
      clock.nowMs += 1_000;
    }
    clock.nowMs += 999;
    call('failure');
    expect(breaker.state).toBe('open');
  });

  it.each([10_000, 60_000])('has forgotten after %d ms what was before', (ms) => {
    const { breaker, call, clock } = setUp();
    call('failure', 9);
    clock.nowMs += ms;
    call('failure', 9);
    expect(breaker.state).toBe('closed');
    call('failure');
    expect(breaker.state).toBe('open');
  });

  it('forgets second by second', () => {
    const { breaker, call, clock } = setUp();
    call('success', 10);
    clock.nowMs += 1_000;
    call('failure', 9);
    expect(breaker.state).toBe('closed');
    clock.nowMs += 9_000;
    call('success');
    expect(breaker.state).toBe('open');
  });
});

describe('an open circuit', () => {
  it('refuses calls for a second, and says how much of it is left', () => {
    const { call, clock, refusal, breaker } = setUp();
    call('failure', 10);
    expect(refusal()).toBe(1_000);
    clock.nowMs += 999.5;
    expect(refusal()).toBe(1);
    expect(breaker.state).toBe('open');
    clock.nowMs += 0.5;
    expect(refusal()).toBeNull();
    expect(breaker.state).toBe('half-open');
  });

  it('refuses with an error that names the call, which was surely not made', () => {
    const { breaker, call } = setUp();
    call('failure', 10);
    expect(() => breaker.enter({ ...CALL, name: 'POST /v2/images' })).toThrow(
      'POST /v2/images: not sent, since too many calls failed just now',
    );
    const error = new CircuitOpenError('POST /v2/images', 1);
    expect(error).toBeInstanceOf(ApiError);
    expect(isOutcomeUnknown(error)).toBe(false);
  });

  it('stays so for twice as long after each probe that fails, five seconds at most, until one succeeds', () => {
    const { call, clock, refusal } = setUp();
    call('failure', 10);
    for (const openMs of [1_000, 2_000, 4_000, 5_000, 5_000]) {
      expect(refusal()).toBe(openMs);
      clock.nowMs += openMs;
      call('failure');
    }
    clock.nowMs += 5_000;
    call('success');
    call('failure', 10);
    expect(refusal()).toBe(1_000);
  });

  it('stays so for up to a fifth less, by chance', () => {
    const { call, clock, refusal } = setUp({ random: () => 0.5 });
    call('failure', 10);
    expect(refusal()).toBe(900);
    clock.nowMs += 900;
    call('failure');
    expect(refusal()).toBe(1_800);
  });

  it('is as open as before whatever is said of calls that began before it', () => {
    const { breaker, call, clock, refusal } = setUp();
    const early = Array.from({ length: 30 }, () => breaker.enter(CALL));
    call('failure', 10);
    clock.nowMs += 500;
    for (const entry of early) entry.done('success');
    expect(refusal()).toBe(500);
  });

  it('is not opened for longer by what failed late', () => {
    const { breaker, call, clock, refusal, changes } = setUp();
    const early = Array.from({ length: 30 }, () => breaker.enter(CALL));
    call('failure', 10);
    clock.nowMs += 500;
    for (const entry of early) entry.done('failure');
    expect(refusal()).toBe(500);
    expect(changes).toEqual(['open']);
  });
});

describe('a half-open circuit', () => {
  function setUpHalfOpen() {
    const parts = setUp();
    const early = Array.from({ length: 30 }, () => parts.breaker.enter(CALL));
    parts.call('failure', 10);
    parts.clock.nowMs += 1_000;
    return { ...parts, early, probe: parts.breaker.enter(CALL) };
  }

  it('lets one call through and refuses the others', () => {
    const { breaker, refusal } = setUpHalfOpen();
    expect(breaker.state).toBe('half-open');
    expect([refusal(), refusal(), refusal()]).toEqual([1_000, 1_000, 1_000]);
  });

  it('closes with a success, and knows nothing of what failed before', () => {
    const { breaker, call, changes, probe } = setUpHalfOpen();
    probe.done('success');
    expect(changes).toEqual(['open', 'half-open', 'closed']);
    call('failure', 9);
    expect(breaker.state).toBe('closed');
    call('failure');
    expect(breaker.state).toBe('open');
  });

  it('opens again with a failure', () => {
    const { changes, probe, refusal } = setUpHalfOpen();
    probe.done('failure');
    expect(changes).toEqual(['open', 'half-open', 'open']);
    expect(refusal()).toBe(2_000);
  });

  it('takes the first word of a probe only', () => {
    const { breaker, probe } = setUpHalfOpen();
    probe.done('failure');
    probe.done('success');
    expect(breaker.state).toBe('open');
  });

  it('lets the next call through where the probe says nothing', () => {
    const { breaker, probe, refusal } = setUpHalfOpen();
    probe.done('ignored');
    const next = breaker.enter(CALL);
    expect(refusal()).toBe(1_000);
    probe.done('success');
    expect(breaker.state).toBe('half-open');
    next.done('success');
    expect(breaker.state).toBe('closed');
  });

  it.each(['success', 'failure', 'ignored'] as const)(
    'waits for its probe, whatever else ends: %s',
    (outcome) => {
      const { breaker, early, probe, refusal } = setUpHalfOpen();
      for (const entry of early) entry.done(outcome);
      expect(breaker.state).toBe('half-open');
      expect(refusal()).toBe(1_000);
      probe.done('success');
      expect(breaker.state).toBe('closed');
    },
  );

  it('does not count, once closed, what failed of the calls from before', () => {
    const { breaker, early, probe } = setUpHalfOpen();
    probe.done('success');
    for (const entry of early) entry.done('failure');
    expect(breaker.state).toBe('closed');
  });

  it('gives up a probe that is lost after ten seconds, and hears nothing more of it', () => {
    const { breaker, changes, clock, probe, refusal } = setUpHalfOpen();
    clock.nowMs += 9_900;
    expect(refusal()).toBe(100);
    clock.nowMs += 100;
    const next = breaker.enter(CALL);
    expect(refusal()).toBe(1_000);
    probe.done('success');
    expect(breaker.state).toBe('half-open');
    next.done('failure');
    expect(changes).toEqual(['open', 'half-open', 'open']);
  });
});
