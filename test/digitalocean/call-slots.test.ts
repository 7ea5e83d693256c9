import { getEventListeners } from 'node:events';

import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { CallSlots, OverloadedError, type CallSlotsOptions } from '../../src/digitalocean/call-slots.ts';
import { ApiError, isOutcomeUnknown } from '../../src/digitalocean/errors.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Call {
  readonly tenant: string;
  readonly caller: AbortController;
  state: 'waits' | 'runs' | 'released' | 'refused' | 'aborted';
  release: () => void;
  error?: unknown;
}

/** Notes on the call what comes of it. */
async function follow(call: Call, slot: ReturnType<CallSlots['take']>): Promise<void> {
  try {
    const release = await slot;
    call.state = 'runs';
    call.release = () => {
      call.state = 'released';
      release();
    };
  } catch (error) {
    call.state = error instanceof OverloadedError ? 'refused' : 'aborted';
    call.error = error;
  }
}

function setUp(options?: CallSlotsOptions) {
  const slots = new CallSlots({ reserved: 0, ...options });
  const calls: Call[] = [];
  const take = (tenant: string, caller = new AbortController()): Call => {
    const call: Call = { tenant, caller, state: 'waits', release: () => {} };
    void follow(call, slots.take(tenant, caller.signal, 'GET /v2/images'));
    calls.push(call);
    return call;
  };
  const takeMany = (tenant: string, count: number) => Array.from({ length: count }, () => take(tenant));
  /** Those in this state, by tenant: `{ a: 2 }`. */
  const count = (state: Call['state']) => {
    const counts: Record<string, number> = {};
    for (const call of calls) if (call.state === state) counts[call.tenant] = (counts[call.tenant] ?? 0) + 1;
    return counts;
  };
  /** Ends the oldest that runs, of a tenant or of all. */
  const releaseOne = async (tenant?: string) => {
    calls
      .find((call) => call.state === 'runs' && (tenant === undefined || call.tenant === tenant))
      ?.release();
    await settle();
  };
  const expectEmpty = () => {
    expect([slots.running, slots.waiting, slots.tenants]).toEqual([0, 0, 0]);
    expect(vi.getTimerCount()).toBe(0);
    for (const { caller } of calls) expect(getEventListeners(caller.signal, 'abort')).toEqual([]);
  };
  return { slots, calls, take, takeMany, count, releaseOne, expectEmpty };
}

/** Lets promises that are settled tell it. */
async function settle(): Promise<void> {
  await Promise.resolve();
  await Promise.resolve();
}

describe('a free slot', () => {
  it('is given at once, without a timer or a listener', async () => {
    const slots = new CallSlots({ reserved: 0 });
    const { signal } = new AbortController();
    const slot = slots.take('a', signal);
    expect(slots.running).toBe(1);
    expect(await Promise.race([slot, Promise.resolve('later')])).toBeTypeOf('function');
    expect(vi.getTimerCount()).toBe(0);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('is one of 64, which a tenant that is alone may all have', async () => {
    const { slots, takeMany, count } = setUp();
    takeMany('a', 70);
    await settle();
    expect(count('runs')).toEqual({ a: 64 });
    expect(slots.waiting).toBe(6);
  });

  it('comes back once, however often it is released', async () => {
    const { slots, calls, takeMany, expectEmpty } = setUp({ slots: 2 });
    const [first] = takeMany('a', 4);
    await settle();
    first?.release();
    first?.release();
    first?.release();
    await settle();
    expect([slots.running, slots.waiting]).toEqual([2, 1]);
    for (const call of calls) {
      call.release();
      await settle();
    }
    expectEmpty();
  });

  it('stays taken until it is released, even where its caller leaves', async () => {
    const { slots, take, expectEmpty } = setUp({ slots: 1 });
    const call = take('a');
    call.caller.abort(new Error('gone'));
    await settle();
    expect(slots.running).toBe(1);
    call.release();
    expectEmpty();
  });
});

describe('the turns of those that wait', () => {
  it('go round the tenants, each with its own calls in order', async () => {
    const { calls, take, takeMany, releaseOne } = setUp({ slots: 3 });
    takeMany('z', 3);
    for (const tenant of ['a', 'a', 'a', 'b', 'b', 'c']) take(tenant);
    await settle();
    const order: number[] = [];
    for (let turn = 0; turn < 6; turn += 1) {
      const before = calls.map((call) => call.state);
      await releaseOne();
      order.push(calls.findIndex((call, index) => call.state === 'runs' && before[index] === 'waits'));
    }
    expect(order.map((index) => calls[index]?.tenant).join('')).toBe('abcaba');
    expect(order).toEqual([3, 6, 8, 4, 7, 5]);
  });

  it('leave a tenant no more than half of the slots while another waits', async () => {
    const { takeMany, count, releaseOne } = setUp({ slots: 8 });
    takeMany('a', 20);
    takeMany('b', 20);
    await settle();
    expect(count('runs')).toEqual({ a: 8 });
    for (let time = 0; time < 4; time += 1) await releaseOne('a');
    expect(count('runs')).toEqual({ a: 4, b: 4 });
    for (let time = 0; time < 6; time += 1) await releaseOne();
    expect(count('runs')).toEqual({ a: 4, b: 4 });
  });

  it('keep the place of a tenant that has its half', async () => {
    const { take, releaseOne } = setUp({ slots: 4 });
    for (const tenant of ['z', 'z', 'a', 'a']) take(tenant);
    const [a, b, c] = [take('a'), take('b'), take('c')];
    await settle();
    await releaseOne('z');
    expect([a.state, b.state, c.state]).toEqual(['waits', 'runs', 'waits']);
    await releaseOne('a');
    expect([a.state, b.state, c.state]).toEqual(['runs', 'runs', 'waits']);
  });

  it('give a tenant more than half again when nobody else waits any more', async () => {
    const { takeMany, count, releaseOne } = setUp({ slots: 4 });
    takeMany('a', 8);
    takeMany('b', 1);
    await settle();
    await releaseOne('a');
    expect(count('runs')).toEqual({ a: 3, b: 1 });
    await releaseOne('b');
    expect(count('runs')).toEqual({ a: 4 });
  });

  it('leave no slot free for a half that is no whole number', async () => {
    const { slots, takeMany, releaseOne } = setUp({ slots: 3 });
    takeMany('a', 9);
    takeMany('b', 9);
    await settle();
    for (let time = 0; time < 12; time += 1) {
      await releaseOne();
      expect(slots.running).toBe(3);
    }
  });

  it('serve one call of a small tenant next, behind a hundred of another', async () => {
    const { take, takeMany, releaseOne } = setUp();
    takeMany('a', 164);
    const call = take('b');
    await settle();
    await releaseOne();
    expect(call.state).toBe('runs');
  });
});

describe('a full queue', () => {
  it('holds 128, and refuses the tenant that fills it', async () => {
    const { slots, take, takeMany } = setUp();
    takeMany('a', 64 + 128);
    const call = take('a');
    await settle();
    expect(call.state).toBe('refused');
    expect([slots.running, slots.waiting]).toEqual([64, 128]);
  });

  it('refuses with an error that names the call, which was surely not made', async () => {
    const { take } = setUp({ slots: 1, queue: 0 });
    take('a');
    const refused = take('b');
    await settle();
    const { error } = refused;
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      message: 'GET /v2/images: not sent, since too many calls run and wait',
      retryAfterMs: 500,
    });
    expect(isOutcomeUnknown(error)).toBe(false);
  });

  it('makes room for another tenant, for the newest call of the one with the longest queue', async () => {
    const { slots, take, takeMany, count } = setUp({ slots: 1, queue: 5 });
    take('z');
    takeMany('b', 2);
    const long = takeMany('a', 3);
    const call = take('c');
    await settle();
    expect(long.map(({ state }) => state)).toEqual(['waits', 'waits', 'refused']);
    expect(call.state).toBe('waits');
    expect(count('waits')).toEqual({ a: 2, b: 2, c: 1 });
    expect(slots.waiting).toBe(5);
  });

  it('refuses who has a queue of the greatest length itself', async () => {
    const { take, takeMany, count } = setUp({ slots: 1, queue: 4 });
    take('z');
    takeMany('a', 2);
    takeMany('b', 3);
    takeMany('a', 1);
    await settle();
    expect(count('waits')).toEqual({ a: 2, b: 2 });
    expect(count('refused')).toEqual({ a: 1, b: 1 });
  });

  it('refuses, of tenants with queues alike, the one whose turn is last', async () => {
    const { take, count } = setUp({ slots: 1, queue: 3 });
    for (const tenant of ['z', 'a', 'b', 'c', 'd']) take(tenant);
    await settle();
    expect(count('refused')).toEqual({ c: 1 });
  });
});

describe('a call that waits', () => {
  it('is refused after half a second, and leaves nothing behind', async () => {
    const { slots, take, expectEmpty } = setUp({ slots: 1 });
    const first = take('a');
    const second = take('b');
    await vi.advanceTimersByTimeAsync(499);
    expect(second.state).toBe('waits');
    await vi.advanceTimersByTimeAsync(1);
    expect(second.state).toBe('refused');
    expect([slots.running, slots.waiting, slots.tenants]).toEqual([1, 0, 1]);
    first.release();
    expectEmpty();
  });

  it('is refused no more once it runs', async () => {
    const { slots, take, releaseOne } = setUp({ slots: 1 });
    take('a');
    const second = take('b');
    await settle();
    await releaseOne();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(second.state).toBe('runs');
    expect(slots.running).toBe(1);
  });

  it('ends with the reason of its signal, and the others keep their order', async () => {
    const { slots, take, releaseOne } = setUp({ slots: 1 });
    const [, first, second, third] = [take('z'), take('a'), take('a'), take('a')];
    const reason = new Error('gone');
    second.caller.abort(reason);
    await settle();
    expect(second.error).toBe(reason);
    expect(slots.waiting).toBe(2);
    await releaseOne();
    expect([first.state, third.state]).toEqual(['runs', 'waits']);
    await releaseOne();
    expect(third.state).toBe('runs');
  });

  it('does not begin where its signal was aborted beforehand, even with slots free', async () => {
    const { calls, take, expectEmpty } = setUp();
    const reason = new Error('gone');
    const caller = new AbortController();
    caller.abort(reason);
    take('a', caller);
    await settle();
    expect(calls.map(({ error }) => error)).toEqual([reason]);
    expectEmpty();
  });

  it('does not keep the process alive', async () => {
    vi.useRealTimers();
    const timeouts = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timeouts();
    const { take, calls } = setUp({ slots: 1 });
    take('a');
    take('a');
    expect(timeouts()).toBe(before);
    for (const { caller } of calls) caller.abort(new Error('over'));
    await settle();
  });
});

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('take' as const),
      tenant: fc.constantFrom('a', 'a', 'a', 'b', 'c'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('release', 'abort'), index: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.nat({ max: 300 }) }) },
);

it('keeps every bound and loses no call, whatever is taken, released and aborted', async () => {
  const bounds = fc.record({ slots: fc.integer({ min: 1, max: 5 }), queue: fc.nat({ max: 6 }) });
  await fc.assert(
    fc.asyncProperty(bounds, fc.array(step, { maxLength: 80 }), async (options, steps) => {
      const { slots, calls, take, releaseOne, expectEmpty } = setUp(options);
      const withState = (state: Call['state']) => calls.filter((call) => call.state === state);

      const check = (before: ReadonlyMap<Call, Call['state']>) => {
        const [runs, waits] = [withState('runs'), withState('waits')];
        expect(runs.length).toBeLessThanOrEqual(options.slots);
        expect(waits.length).toBeLessThanOrEqual(options.queue);
        expect([slots.running, slots.waiting]).toEqual([runs.length, waits.length]);
        expect(slots.tenants).toBe(new Set([...runs, ...waits].map(({ tenant }) => tenant)).size);
        // No waiter is lost: where one waits, every slot is in use.
        expect(waits.length === 0 || runs.length === options.slots).toBe(true);

        const waited = calls.filter((call) => before.get(call) === 'waits');
        const served = waited.filter(({ state }) => state === 'runs');
        const isAlone = new Set(waited.map(({ tenant }) => tenant)).size < 2;
        const share = isAlone ? options.slots : Math.ceil(options.slots / 2);
        for (const { tenant } of served) {
          expect(runs.filter((call) => call.tenant === tenant).length).toBeLessThanOrEqual(share);
        }
        for (const call of served) {
          const older = calls.slice(0, calls.indexOf(call)).filter(({ tenant }) => tenant === call.tenant);
          expect(older.filter(({ state }) => state === 'waits')).toEqual([]);
        }
      };

      for (const action of steps) {
        const before = new Map(calls.map((call) => [call, call.state]));
        if ('tenant' in action) take(action.tenant);
        else if ('ms' in action) vi.advanceTimersByTime(action.ms);
        else {
          const targets = withState(action.do === 'release' ? 'runs' : 'waits');
          const target = targets[action.index % Math.max(1, targets.length)];
          if (action.do === 'release') target?.release();
          else target?.caller.abort(new Error('gone'));
        }
        await settle();
        check(before);
      }

      while (slots.running > 0) await releaseOne();
      expect(withState('waits')).toEqual([]);
      expectEmpty();
    }),
    { numRuns: 500 },
  );
});

describe('a tenant alone', () => {
  it('keeps some slots from one tenant alone, so that another finds one at once', async () => {
    const slots = new CallSlots({ slots: 8 });
    const { signal } = new AbortController();
    const flood = Array.from({ length: 20 }, () => slots.take('a', signal));
    expect([slots.running, slots.waiting]).toEqual([6, 14]);
    const release = await slots.take('b', signal);
    expect([slots.running, slots.waiting]).toEqual([7, 14]);
    release();
    (await flood[0])?.();
    expect([slots.running, slots.waiting]).toEqual([6, 13]);
    await Promise.allSettled(flood.slice(1, 7).map(async (slot) => slot));
  });
});

describe('a queue', () => {
  it('is crowded by the tenant with most calls that run or wait, once many wait', () => {
    const { slots, takeMany } = setUp({ slots: 64, reserved: 16, queue: 128 });
    takeMany('a', 48 + 31);
    expect(slots.isCrowdedBy('a')).toBe(false);
    takeMany('a', 1);
    expect([slots.isCrowdedBy('a'), slots.isCrowdedBy('b')]).toEqual([true, false]);
    takeMany('b', 60);
    expect([slots.isCrowdedBy('a'), slots.isCrowdedBy('b')]).toEqual([true, false]);
    takeMany('b', 21);
    expect([slots.isCrowdedBy('a'), slots.isCrowdedBy('b')]).toEqual([false, true]);
  });

  it('is crowded by all of those who have as many', () => {
    const { slots, takeMany } = setUp({ slots: 4, queue: 128 });
    for (const tenant of ['a', 'b', 'c', 'd']) takeMany(tenant, 9);
    takeMany('e', 8);
    expect(['a', 'b', 'c', 'd', 'e', 'f'].map((tenant) => slots.isCrowdedBy(tenant))).toEqual([
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});
