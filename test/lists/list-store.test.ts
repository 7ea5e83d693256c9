import { describe, expect, it } from 'vitest';

import { type ListNeed, ListStore, type ListStoreOptions, WHOLE_LIST } from '../../src/lists/list-store.ts';
import { imageOf, imagesOf, PagedApi } from '../support/paged-api.ts';

const key = { tenant: 'tenant', filter: '[]' };
const head = (rows: number): ListNeed => ({ rows, atHead: true });
const within = (rows: number): ListNeed => ({ rows, atHead: false });
const patient = { signal: new AbortController().signal };

function setUp(count: number, options: Partial<ListStoreOptions> = {}) {
  const clock = { nowMs: 1_000_000 };
  const store = new ListStore({
    ttlMs: 15_000,
    maxImages: 2_000,
    maxBytes: 10_000_000,
    now: () => clock.nowMs,
    stretchOf: () => 1,
    isOutage: (error) => error instanceof Error && error.message === 'outage',
    isRefusal: (error) => error instanceof Error && error.message === 'refused',
    ...options,
  });
  const api = new PagedApi(imagesOf(count));
  const reading = (need: ListNeed, waiter: { signal: AbortSignal } = patient) =>
    store.read(key, need, api.source, waiter);
  const read = async (need: ListNeed, waiter?: { signal: AbortSignal }) => (await reading(need, waiter)).list;
  return { store, api, clock, read, reading };
}

/** The API's pages, held back until `answer` is called; with the signal that each reading was given. */
function heldBack(api: PagedApi) {
  const gate = Promise.withResolvers<void>();
  const signals: AbortSignal[] = [];
  const source: PagedApi['source'] = async (number, perPage, signal) => {
    signals.push(signal);
    await gate.promise;
    return api.source(number, perPage, signal);
  };
  return { source, signals, answer: () => gate.resolve() };
}

describe('a list store', () => {
  it('reads just the window at first, then the first 200, then the whole', async () => {
    const { api, read } = setUp(300);
    await read(head(20));
    await read(head(20));
    await read(within(40));
    await read(within(200));
    await read(within(220));
    await read(WHOLE_LIST);
    expect(api.calls).toEqual(['1x20', '1x200', '1x200', '2x200']);
  });

  it('has a list of up to 200 whole after one call, also for its tail', async () => {
    const { api, read } = setUp(150);
    expect(await read(WHOLE_LIST)).toMatchObject({ complete: true, total: 150 });
    await read(head(20));
    expect(api.calls).toEqual(['1x200']);
  });

  it('answers from what it holds until the time to live is over', async () => {
    const { api, clock, read } = setUp(150);
    await read(WHOLE_LIST);
    clock.nowMs += 14_999;
    await read(WHOLE_LIST);
    expect(api.calls).toHaveLength(1);
    clock.nowMs += 1;
    await read(WHOLE_LIST);
    expect(api.calls).toHaveLength(2);
  });

  it('holds nothing with a time to live of 0', async () => {
    const { api, store, read } = setUp(150, { ttlMs: 0 });
    await read(head(20));
    await read(head(20));
    expect(api.calls).toEqual(['1x20', '1x20']);
    expect(store.held(key)).toBeUndefined();
  });

  it('shares one reading between a hundred readers that come together', async () => {
    const { api, read } = setUp(300);
    const lists = await Promise.all(Array.from({ length: 100 }, () => read(head(20))));
    expect(api.calls).toEqual(['1x20']);
    expect(new Set(lists).size).toBe(1);
  });

  it('lets a reader who needs less join a longer reading', async () => {
    const { api, read } = setUp(300);
    await Promise.all([read(WHOLE_LIST), read(head(20))]);
    expect(api.calls).toEqual(['1x200', '2x200']);
  });

  it('keeps a whole list when a shorter reading ends later', async () => {
    const { api, store, read } = setUp(300);
    const slow = Promise.withResolvers<void>();
    api.answer = async (page, _number, perPage) => {
      if (perPage === 20) await slow.promise;
      return page;
    };
    const short = read(head(20));
    await read(WHOLE_LIST);
    slow.resolve();
    await short;
    expect(store.held(key)?.list).toMatchObject({ complete: true });
  });

  it('keeps the longer of two parts, whichever was read last', async () => {
    const { api, store, read } = setUp(300);
    const slow = Promise.withResolvers<void>();
    api.answer = async (page, _number, perPage) => {
      if (perPage === 20) await slow.promise;
      return page;
    };
    const short = read(head(20));
    await read(within(40));
    slow.resolve();
    await short;
    expect(store.held(key)?.list.items).toHaveLength(200);
  });

  it('starts nothing for a reader who has already left', async () => {
    const { api, read } = setUp(300);
    await expect(read(head(20), { signal: AbortSignal.abort(new Error('gone')) })).rejects.toThrow('gone');
    expect(api.calls).toEqual([]);
  });

  it('ends the other pages of a reading when one of them fails', async () => {
    const { api, store } = setUp(600);
    const ended = Promise.withResolvers<void>();
    const source: PagedApi['source'] = async (number, perPage, signal) => {
      if (number === 1) return api.source(number, perPage, signal);
      if (number === 3) signal.addEventListener('abort', () => ended.resolve());
      await new Promise(setImmediate);
      if (number === 2) throw new Error('page 2 is broken');
      return new Promise(() => {});
    };
    await expect(store.read(key, WHOLE_LIST, source, patient)).rejects.toThrow('page 2 is broken');
    await ended.promise;
    expect(store.held(key)).toBeUndefined();
  });

  it('does not let one reader who leaves disturb another', async () => {
    const { api, store } = setUp(300);
    const { source, signals, answer } = heldBack(api);
    const leaver = new AbortController();
    const left = store.read(key, head(20), source, { signal: leaver.signal });
    const stays = store.read(key, head(20), source, patient);
    leaver.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    answer();
    expect((await stays).list.total).toBe(300);
  });

  it('ends a reading when the last reader has left, and starts a new one for the next', async () => {
    const { api, store } = setUp(300);
    const { source, signals, answer } = heldBack(api);
    const leaver = new AbortController();
    const left = store.read(key, head(20), source, { signal: leaver.signal });
    leaver.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    const next = store.read(key, head(20), source, patient);
    answer();
    expect((await next).list.total).toBe(300);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  });

  it('tells every reader of a reading that fails, and reads again for the next', async () => {
    const { api, read } = setUp(300);
    api.answer = async () => {
      throw new Error('broken');
    };
    const results = await Promise.allSettled([read(head(20)), read(head(20))]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    api.answer = (page) => page;
    expect((await read(head(20))).total).toBe(300);
    expect(api.calls).toHaveLength(2);
  });

  it('keeps tenants and filters apart', async () => {
    const { store } = setUp(0);
    const apis = [10, 20, 30].map((count) => new PagedApi(imagesOf(count)));
    const keys = [
      { tenant: 'a', filter: '[]' },
      { tenant: 'b', filter: '[]' },
      { tenant: 'a', filter: '["application"]' },
    ];
    for (const round of [1, 2]) {
      for (const [index, api] of apis.entries()) {
        const { list } = await store.read(keys[index] ?? key, WHOLE_LIST, api.source, patient);
        expect([round, list.total]).toEqual([round, (index + 1) * 10]);
        expect(api.calls).toHaveLength(1);
      }
    }
  });

  it('weighs a list with the texts that are in it', async () => {
    const { store } = setUp(0, { maxBytes: 250_000 });
    const description = 'x'.repeat(5_000);
    const images = Array.from({ length: 200 }, (_, index) => imageOf(index + 1, { description }));
    await store.read(key, WHOLE_LIST, new PagedApi(images).source, patient);
    expect(store.held(key)).toBeUndefined();
  });

  it('lets the lists go that were used least when the bound on bytes is reached', async () => {
    const { store } = setUp(0, { maxBytes: 150_000 });
    const api = new PagedApi(imagesOf(200));
    for (const tenant of ['a', 'b', 'a', 'c'])
      await store.read({ tenant, filter: '' }, WHOLE_LIST, api.source, patient);
    expect(store.held({ tenant: 'a', filter: '' })).toBeDefined();
    expect(store.held({ tenant: 'b', filter: '' })).toBeUndefined();
    expect(store.held({ tenant: 'c', filter: '' })).toBeDefined();
  });
});
