import { describe, expect, it } from 'vitest';

import { ListStore, type ListNeed, type ListStoreOptions, WHOLE_LIST } from '../../src/lists/list-store.ts';
import { imageOf, imagesOf, PagedApi, parsePage, patient } from '../support/paged-api.ts';
import type { Waiter } from '../../src/lib/waiter.ts';

const key = { tenant: 'tenant', filter: '[]' };

function setUp(count: number, options: Partial<ListStoreOptions> = {}) {
  const clock = { nowMs: 1_000_000 };
  const store = new ListStore({
    ttlMs: 15_000,
    requestTimeoutMs: 8_000,
    maxImages: 2_000,
    maxBytes: 50_000_000,
    parsePage,
    now: () => clock.nowMs,
    stretchOf: () => 1,
    isOutage: (error) => error instanceof Error && error.message === 'outage',
    isRefusal: (error) => error instanceof Error && error.message === 'refused',
    ...options,
  });
  const api = new PagedApi(imagesOf(count));
  const read = (need: ListNeed = WHOLE_LIST) => store.read(key, need, api.source, patient);
  const fail = (message: string) => {
    api.answer = async () => {
      throw new Error(message);
    };
  };
  return { store, api, clock, read, fail };
}

/** Lets what runs in the background end. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
}

describe('a held list', () => {
  it.each([
    [150, 15_000],
    [450, 21_600],
    [1_000, 36_000],
    [2_000, 72_000],
  ])('of %d images is fresh for %d ms', async (count, ttlMs) => {
    const { clock, read } = setUp(count);
    await read();
    clock.nowMs += ttlMs - 1;
    expect(await read()).toMatchObject({ origin: 'held', staleMs: 0 });
    clock.nowMs += 2;
    expect(await read()).toMatchObject({ origin: 'held', staleMs: 1 });
  });

  it('of which only the head was read is fresh as one page is', async () => {
    const { clock, read } = setUp(2_000);
    await read({ rows: 20, atHead: true });
    clock.nowMs += 15_001;
    expect(await read({ rows: 20, atHead: true })).toMatchObject({ staleMs: 1 });
  });

  it('answers while it is read anew, once for all who come meanwhile, and is fresh after that', async () => {
    const { api, clock, read } = setUp(150);
    const { list } = await read();
    api.images = imagesOf(151);
    clock.nowMs += 20_000;
    const meanwhile = await Promise.all([read(), read(), read()]);
    expect(meanwhile.map((reading) => reading.list)).toEqual([list, list, list]);
    await settle();
    expect(api.calls).toHaveLength(2);
    expect(await read()).toMatchObject({ origin: 'held', staleMs: 0, list: { total: 151 } });
    expect(api.calls).toHaveLength(2);
  });

  it('is refetched in the background to the end, also where a reader joins that fetch and leaves', async () => {
    const { store, api, clock, read } = setUp(150);
    await read();
    clock.nowMs += 20_000;
    const gate = Promise.withResolvers<void>();
    const waiters: Waiter[] = [];
    const slow: PagedApi['source'] = async (number, perPage, waiter) => {
      waiters.push(waiter);
      await gate.promise;
      return api.source(number, perPage, waiter);
    };
    const hasty = { signal: new AbortController().signal, leftMs: () => 5 };
    await store.read(key, WHOLE_LIST, slow, hasty);
    await settle();
    // It has a time of its own, and not that of the reader who came upon the old list.
    expect(waiters.map((waiter) => waiter.leftMs() > 1_000)).toEqual([true]);
    clock.nowMs += 20_000;
    const leaver = new AbortController();
    const joins = store.read(key, WHOLE_LIST, slow, { ...patient, signal: leaver.signal });
    leaver.abort(new Error('gone'));
    await expect(joins).rejects.toThrow('gone');
    expect(waiters.map(({ signal }) => signal.aborted)).toEqual([false]);
    gate.resolve();
    await settle();
    // As old as its reading, which began twenty seconds ago.
    expect(await read()).toMatchObject({ origin: 'held' });
    expect(waiters).toHaveLength(1);
  });

  it('is waited for again after twice its time', async () => {
    const { api, clock, read } = setUp(150);
    await read();
    api.images = imagesOf(151);
    clock.nowMs += 30_000;
    expect(await read()).toMatchObject({ origin: 'read', list: { total: 151 } });
  });

  it.each([
    [0, 16, 20_000],
    [150, 16, 20_000],
    [390, 8, 20_000],
    [1_900, 4, 90_000],
  ])(
    'of %d images is one of %d of its tenant that are read anew, and until then answers',
    async (count, most, ageMs) => {
      const { store, api, clock } = setUp(count);
      const read = (tag: number, tenant: string) =>
        store.read({ tenant, filter: `${tag}` }, WHOLE_LIST, api.source, patient);
      const all = (tenant: string) => Promise.all(Array.from({ length: 20 }, (_, tag) => read(tag, tenant)));
      const begun = () => api.calls.filter((call) => call.startsWith('1x')).length;
      const tenants = ['a', 'b', 'c'];
      for (const tenant of tenants) await all(tenant);
      clock.nowMs += ageMs;
      const before = begun();
      for (const [place, tenant] of tenants.entries()) {
        const readings = await all(tenant);
        expect(new Set(readings.map(({ origin }) => origin))).toEqual(new Set(['held']));
        expect(readings.every(({ staleMs }) => staleMs > 0)).toBe(true);
        expect(begun() - before).toBe(Math.min(2, place + 1) * most);
      }
      for (let time = 0; time < 20; time += 1) {
        await settle();
        for (const tenant of tenants) await all(tenant);
      }
      expect(begun() - before).toBe(3 * 20);
      expect((await all('c')).map(({ staleMs }) => staleMs)).toEqual(Array.from({ length: 20 }, () => 0));
    },
  );

  it('is read anew no further than it was read before', async () => {
    const { api, clock, read } = setUp(900);
    await read({ rows: 20, atHead: true });
    clock.nowMs += 20_000;
    await read({ rows: 20, atHead: true });
    await settle();
    expect(api.calls).toEqual(['1x20', '1x20']);
  });

  it('is fresh for longer where the budget runs low', async () => {
    const { api, clock, read } = setUp(150, { stretchOf: () => 4 });
    await read();
    clock.nowMs += 59_999;
    expect(await read()).toMatchObject({ origin: 'held', staleMs: 44_999 });
    await settle();
    expect(api.calls).toHaveLength(1);
  });

  it('serves for a minute more while the API is out of order, and says that it is stale', async () => {
    const { clock, read, fail } = setUp(150);
    await read();
    fail('outage');
    clock.nowMs += 74_000;
    expect(await read()).toMatchObject({ origin: 'held', staleMs: 59_000, list: { total: 150 } });
    clock.nowMs += 1_001;
    await expect(read()).rejects.toThrow('outage');
  });

  it('asks an API that is out of order once in five seconds, and serves meanwhile', async () => {
    const { api, clock, read, fail } = setUp(150);
    await read();
    fail('outage');
    clock.nowMs += 15_000;
    api.calls.length = 0;
    for (let second = 0; second < 55; second += 1) {
      expect(await read()).toMatchObject({ origin: 'held', list: { total: 150 } });
      await settle();
      clock.nowMs += 1_000;
    }
    expect(api.calls.length).toBeGreaterThan(9);
    expect(api.calls.length).toBeLessThan(13);
    api.answer = (page) => page;
    clock.nowMs += 5_000;
    expect(await read()).toMatchObject({ origin: 'read', staleMs: 0 });
  });

  it('does not serve where the API answers with another failure', async () => {
    const { clock, read, fail } = setUp(150);
    await read();
    fail('broken');
    clock.nowMs += 40_000;
    await expect(read()).rejects.toThrow('broken');
  });

  it('is gone, with all others of its tenant, once the API refuses the token', async () => {
    const { api, store, clock, read, fail } = setUp(150);
    const other = { tenant: 'tenant', filter: 'other' };
    const stranger = { tenant: 'stranger', filter: '[]' };
    for (const one of [other, stranger]) await store.read(one, WHOLE_LIST, api.source, patient);
    await read();
    fail('refused');
    clock.nowMs += 14_000;
    expect(await read()).toMatchObject({ origin: 'held' });
    clock.nowMs += 2_000;
    // Still served, for the last time: the refusal of its revalidation is under way.
    expect(await read()).toMatchObject({ origin: 'held', staleMs: 1_000 });
    await settle();
    await expect(read()).rejects.toThrow('refused');
    expect(store.held(other)).toBeUndefined();
    clock.nowMs -= 2_000;
    expect(store.held(stranger)).toBeDefined();
  });

  it('is not filled by a reading that began before the tenant wrote', async () => {
    const { api, store, read } = setUp(150);
    const gate = Promise.withResolvers<void>();
    api.answer = async (page) => {
      await gate.promise;
      return page;
    };
    const before = read();
    store.drop('tenant');
    gate.resolve();
    expect((await before).list.total).toBe(150);
    expect(store.size.lists).toBe(0);
  });

  it('is read for itself after the tenant wrote, also where a reading is under way', async () => {
    const { api, store, read } = setUp(150);
    const before = read();
    store.drop('tenant');
    const changed = new PagedApi(imagesOf(140));
    const after = store.read(key, WHOLE_LIST, changed.source, patient);
    expect((await before).list.total).toBe(150);
    expect((await after).list.total).toBe(140);
    expect(store.held(key)?.list.total).toBe(140);
    expect([api.calls, changed.calls]).toEqual([['1x200'], ['1x200']]);
  });

  it('remembers the ids of its earlier states', async () => {
    const { api, clock, read } = setUp(0);
    api.images = [5, 3, 9, 1, 7].map((id) => imageOf(id));
    const { list: first } = await read();
    api.images = [5, 7].map((id) => imageOf(id));
    clock.nowMs += 100_000;
    const { list } = await read();
    expect(first.idAt(2)).toBe(9);
    expect(
      list.recallGap({ anchor: 9, position: 2, predecessors: [3, 5], successors: [1, 7], value: undefined }),
    ).toBe(1);
  });

  it('is never more than an hour of budget allows: a tenth of it for one busy client', async () => {
    const { api, clock, read } = setUp(1_000);
    for (let second = 0; second < 3_600; second += 1) {
      await read();
      await settle();
      clock.nowMs += 1_000;
    }
    expect(api.calls.length).toBeLessThanOrEqual(0.11 * 5_000);
    expect(api.calls.length).toBeGreaterThan(100);
  });
});

describe('lists of very many tenants', () => {
  it('level off at the bound on bytes', async () => {
    const { store, api } = setUp(100, { maxBytes: 20_000_000 });
    const sizes: number[] = [];
    for (let tenant = 0; tenant < 2_000; tenant += 1) {
      const ask = () => store.read({ tenant: String(tenant), filter: '[]' }, WHOLE_LIST, api.source, patient);
      expect(await ask()).toMatchObject({ origin: 'read' });
      expect(await ask()).toMatchObject({ origin: 'held' });
      sizes.push(store.size.bytes);
    }
    for (let tenant = 2_000; tenant < 2_200; tenant += 1) {
      await store.read({ tenant: String(tenant), filter: '[]' }, WHOLE_LIST, api.source, patient);
      sizes.push(store.size.bytes);
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(20_000_000);
    expect(sizes.at(-1)).toBeGreaterThan(17_000_000);
    expect(store.size.lists).toBeLessThan(700);
    for (let tenant = 0; tenant < 2_200; tenant += 1) store.drop(String(tenant));
    expect(store.size).toEqual({ bytes: 0, lists: 0 });
  });

  it('count what their views weigh', async () => {
    const { store, read } = setUp(100);
    await read();
    const { list } = await read();
    const before = store.size.bytes;
    list.view({ fitsDiskSize: 7 }, null);
    await read();
    expect(store.size.bytes).toBe(list.bytes);
    expect(store.size.bytes).toBeGreaterThan(before);
  });
});
