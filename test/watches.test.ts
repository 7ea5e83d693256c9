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
    pauseMs: (error) => (error instanceof Error && error.message === 'passes' ? 0 : null),
    stretch: () => 1,
    ...rest,
  };
  return { calls, watched };
}

function subscribe(
  watches: Watches<number>,
  watched: Watched<number>,
  signal = new AbortController().signal,
) {
  return watches.subscribe('key', watched, { signal, onState: () => {} });
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
    expect(await all(subscribe(watches, watched))).toEqual([1, 2, 3, 9]);
    expect(calls).toHaveLength(7);
    expect(watches.size).toBe(0);
  });

  it('is one for all who subscribe to its key', async () => {
    const watches = new Watches<number>(times);
    const { calls, watched } = sourceOf([1, 2, 9]);
    const every = Array.from({ length: 1_000 }, () => all(subscribe(watches, watched)));
    for (const states of await Promise.all(every)) expect(states).toEqual([1, 2, 9]);
    expect(calls).toHaveLength(3);
  });

  it('gives a subscriber who is slow the latest states, and no more than sixteen', async () => {
    const watches = new Watches<number>(times);
    const { watched } = sourceOf([...Array.from({ length: 50 }, (_, index) => index + 100), 9]);
    const slow = subscribe(watches, watched);
    expect(await slow.next()).toEqual({ done: false, value: 100 });
    const quick = await all(subscribe(watches, watched));
    expect(await all(slow)).toEqual(quick.slice(-16));
    expect(quick.length).toBeGreaterThan(45);
  });

  it('does not begin before its first state is asked for', async () => {
    const watches = new Watches<number>(times);
    const { calls, watched } = sourceOf([1, 9]);
    const leaving = new AbortController();
    const states = subscribe(watches, watched, leaving.signal);
    const gone = subscribe(watches, watched, AbortSignal.abort());
    expect([watches.size, calls.length]).toEqual([0, 0]);
    expect(await gone.next()).toEqual({ done: true, value: undefined });
    expect(await states.next()).toEqual({ done: false, value: 1 });
    leaving.abort();
    expect(await states.next()).toEqual({ done: true, value: undefined });
    expect(watches.size).toBe(0);
  });

  it('waits for a time that a failure tells, without counting it', async () => {
    const watches = new Watches<number>(times);
    const busy = new Error('busy');
    const pauseMs = (error: unknown) => (error === busy ? 3 : null);
    const { calls, watched } = sourceOf([...Array.from({ length: 9 }, () => busy), 9], { pauseMs });
    expect(await all(subscribe(watches, watched))).toEqual([9]);
    expect(calls).toHaveLength(10);
  });

  it('asks anew after a write, and gives newcomers nothing of before it', async () => {
    const watches = new Watches<number>({ firstMs: 60_000, lastMs: 60_000 });
    const answers = [
      Promise.withResolvers<number>(),
      Promise.withResolvers<number>(),
      Promise.withResolvers<number>(),
    ];
    let asked = 0;
    const { watched } = sourceOf([], {
      read: () => answers[asked++]?.promise ?? Promise.reject(new Error('asked')),
    });
    const first = subscribe(watches, watched);
    const waiting = first.next();
    answers[0]?.resolve(1);
    expect(await waiting).toEqual({ done: false, value: 1 });

    watches.refresh('k');
    await setTimeout(1);
    watches.refresh('k');
    const newcomer = subscribe(watches, watched);
    const news = newcomer.next();
    // What was asked for before the second write is of before it.
    answers[1]?.resolve(2);
    answers[2]?.resolve(3);
    expect(await news).toEqual({ done: false, value: 3 });
    expect(await first.next()).toEqual({ done: false, value: 3 });
    watches.end();
  });

  it('polls by way of a subscriber who is still there, who knows what was seen before', async () => {
    const watches = new Watches<number>(times);
    const polls: [subscriber: string, before: number | undefined][] = [];
    const watchedBy = (subscriber: string) =>
      sourceOf([], {
        async read(_signal, before) {
          polls.push([subscriber, before]);
          await setTimeout(1);
          return 1;
        },
      }).watched;
    const states = ['a', 'b', 'c'].map((subscriber) => subscribe(watches, watchedBy(subscriber)));
    for (const each of states) expect(await each.next()).toEqual({ done: false, value: 1 });
    expect(polls[0]).toEqual(['a', undefined]);
    await expect.poll(() => polls.at(-1)).toEqual(['a', 1]);
    await states[1]?.return?.();
    await states[0]?.return?.();
    await expect.poll(() => polls.at(-1)).toEqual(['c', 1]);
    expect(new Set(polls.map(([subscriber]) => subscriber))).toEqual(new Set(['a', 'c']));
    await states[2]?.return?.();
    expect(watches.size).toBe(0);
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
    const [first, second] = [subscribe(watches, watched), subscribe(watches, watched)];
    const waiting = first.next();
    void second.next();
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
    expect(await all(subscribe(watches, four.watched))).toEqual([1, 9]);
    const five = sourceOf([1, passing]);
    const states = subscribe(watches, five.watched);
    expect(await states.next()).toEqual({ done: false, value: 1 });
    await expect(states.next()).rejects.toBe(passing);
    expect(five.calls).toHaveLength(6);
    expect(watches.size).toBe(0);
  });

  it('ends with a failure that does not pass, told to all', async () => {
    const broken = new Error('broken');
    const watches = new Watches<number>(times);
    const { watched } = sourceOf([broken]);
    const both = [subscribe(watches, watched), subscribe(watches, watched)];
    const results = await Promise.allSettled(both.map((one) => one.next()));
    expect(results).toEqual([
      { status: 'rejected', reason: broken },
      { status: 'rejected', reason: broken },
    ]);
  });

  it('is ended from outside for all', async () => {
    const watches = new Watches<number>(times);
    const { watched } = sourceOf([1]);
    const states = subscribe(watches, watched);
    await states.next();
    watches.end();
    expect(await states.next()).toEqual({ done: true, value: undefined });
    expect(await subscribe(watches, watched).next()).toEqual({ done: true, value: undefined });
    expect(watches.size).toBe(0);
  });
});
