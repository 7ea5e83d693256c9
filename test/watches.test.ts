import { setTimeout } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { Watches, type Watched } from '../src/watches.ts';

/** Something that is asked for: gives each of its states once, and then the last one again. */
function sourceOf(states: readonly (number | Error)[], rest: Partial<Watched<number>> = {}) {
  const calls: AbortSignal[] = [];
  const watched: Watched<number> = {
    async read(signal) {
      const state = states[Math.min(calls.length, states.length - 1)];
      calls.push(signal);
      await setTimeout(1);
      if (state === undefined || state instanceof Error) throw state;
      return state;
    },
    isFinal: (value) => value === 9,
    isSame: (a, b) => a === b,
    isPassing: (error) => error instanceof Error && error.message === 'passes',
    stretch: () => 1,
    ...rest,
  };
  return { calls, watched };
}

/** All states to the end. */
async function all(states: AsyncIterable<number>): Promise<number[]> {
  const seen: number[] = [];
  for await (const state of states) seen.push(state);
  return seen;
}

const times = { firstMs: 1, lastMs: 2 };

describe('a watch', () => {
  it('gives each change once, in order, and ends with the final state', async () => {
    const watches = new Watches<number>(times);
    const { calls, watched } = sourceOf([1, 1, 2, 2, 2, 3, 9]);
    expect(await all(watches.subscribe('a', watched))).toEqual([1, 2, 3, 9]);
    expect(calls).toHaveLength(7);
    expect(watches.size).toBe(0);
  });

  it('is one for all who subscribe to its key', async () => {
    const watches = new Watches<number>(times);
    const { calls, watched } = sourceOf([1, 2, 9]);
    const every = Array.from({ length: 1_000 }, () => all(watches.subscribe('a', watched)));
    expect(watches.size).toBe(1);
    for (const states of await Promise.all(every)) expect(states).toEqual([1, 2, 9]);
    expect(calls).toHaveLength(3);
  });

  it('gives a subscriber who is slow the latest states, and no more than sixteen', async () => {
    const watches = new Watches<number>(times);
    const { watched } = sourceOf([...Array.from({ length: 50 }, (_, index) => index + 100), 9]);
    const slow = watches.subscribe('a', watched);
    const quick = await all(watches.subscribe('a', watched));
    expect(quick).toHaveLength(51);
    expect(await all(slow)).toEqual(quick.slice(-16));
  });

  it('ends with its last subscriber, in the midst of a call', async () => {
    const watches = new Watches<number>(times);
    const asked = Promise.withResolvers<AbortSignal>();
    const { watched } = sourceOf([], {
      read(signal) {
        asked.resolve(signal);
        return new Promise(() => {});
      },
    });
    const [first, second] = [watches.subscribe('a', watched), watches.subscribe('a', watched)];
    const waiting = first.next();
    const signal = await asked.promise;
    await first.return?.();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect([watches.size, signal.aborted]).toEqual([1, false]);
    await second.return?.();
    expect([watches.size, signal.aborted]).toEqual([0, true]);
  });

  it('goes on through failures that pass, up to five in a row', async () => {
    const passing = new Error('passes');
    const watches = new Watches<number>(times);
    const four = sourceOf([passing, passing, passing, passing, 1, passing, passing, 9]);
    expect(await all(watches.subscribe('a', four.watched))).toEqual([1, 9]);
    const five = sourceOf([1, passing]);
    const states = watches.subscribe('b', five.watched);
    expect(await states.next()).toEqual({ done: false, value: 1 });
    await expect(states.next()).rejects.toBe(passing);
    expect(five.calls).toHaveLength(6);
    expect(watches.size).toBe(0);
  });

  it('ends with a failure that does not pass, told to all', async () => {
    const broken = new Error('broken');
    const watches = new Watches<number>(times);
    const { watched } = sourceOf([broken]);
    const both = [watches.subscribe('a', watched), watches.subscribe('a', watched)];
    const results = await Promise.allSettled(both.map((one) => one.next()));
    expect(results).toEqual([
      { status: 'rejected', reason: broken },
      { status: 'rejected', reason: broken },
    ]);
  });

  it('is ended from outside for all', async () => {
    const watches = new Watches<number>(times);
    const { watched } = sourceOf([1]);
    const states = watches.subscribe('a', watched);
    await states.next();
    watches.end();
    expect(await states.next()).toEqual({ done: true, value: undefined });
    expect(watches.size).toBe(0);
  });
});
