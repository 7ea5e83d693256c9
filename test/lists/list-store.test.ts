import { describe, expect, it } from 'vitest';

import { type ListNeed, ListStore, type ListStoreOptions, WHOLE_LIST } from '../../src/lists/list-store.ts';
import { imageOf, imagesOf, PagedApi, parsePage, patient } from '../support/paged-api.ts';
import type { Waiter } from '../../src/lib/waiter.ts';

const key = { tenant: 'tenant', filter: '[]' };
const head = (rows: number): ListNeed => ({ rows, atHead: true });
const within = (rows: number): ListNeed => ({ rows, atHead: false });

function setUp(count: number, options: Partial<ListStoreOptions> = {}) {
  const clock = { nowMs: 1_000_000 };
  const store = new ListStore({
    ttlMs: 15_000,
    requestTimeoutMs: 8_000,
    maxImages: 2_000,
    maxBytes: 10_000_000,
    parsePage,
    now: () => clock.nowMs,
    stretchOf: () => 1,
    isOutage: (error) => error instanceof Error && error.message === 'outage',
    isRefusal: (error) => error instanceof Error && error.message === 'refused',
    ...options,
  });
  const api = new PagedApi(imagesOf(count));
  const reading = (need: ListNeed, waiter: Waiter = patient) => store.read(key, need, api.source, waiter);
  const read = async (need: ListNeed, waiter?: Waiter) => (await reading(need, waiter)).list;
  return { store, api, clock, read, reading };
}

/** The API's pages, held back until `answer` is called; with the signal that each reading was given. */
function heldBack(api: PagedApi) {
  const gate = Promise.withResolvers<void>();
  const signals: AbortSignal[] = [];
  const source: PagedApi['source'] = async (number, perPage, waiter) => {
    signals.push(waiter.signal);
    await gate.promise;
    return api.source(number, perPage, waiter);
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

  it('lets requests for one page of a live list leave one another in peace', async () => {
    const { api, store } = setUp(300, { ttlMs: 0 });
    const { source, signals, answer } = heldBack(api);
    const leaver = new AbortController();
    const read = (waiter: Waiter) => store.readPage(key, waiter, (shared) => source(1, 20, shared));
    const left = read({ signal: leaver.signal, leftMs: () => 100 });
    const stays = read(patient);
    leaver.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    answer();
    expect((await stays).received).toBe(20);
    expect(api.calls).toHaveLength(1);
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
    await expect(
      read(head(20), { ...patient, signal: AbortSignal.abort(new Error('gone')) }),
    ).rejects.toThrow('gone');
    expect(api.calls).toEqual([]);
  });

  it('ends the other pages of a reading when one of them fails', async () => {
    const { api, store } = setUp(600);
    const ended = Promise.withResolvers<void>();
    const source: PagedApi['source'] = async (number, perPage, waiter) => {
      if (number === 1) return api.source(number, perPage, waiter);
      if (number === 3) waiter.signal.addEventListener('abort', () => ended.resolve());
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
    const left = store.read(key, head(20), source, { ...patient, signal: leaver.signal });
    const stays = store.read(key, head(20), source, patient);
    leaver.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    answer();
    expect((await stays).list.total).toBe(300);
  });

  it('gives a reading the time of the reader who waits longest, whoever began it', async () => {
    const { api, store } = setUp(300);
    const gate = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<Waiter>();
    const source: PagedApi['source'] = async (number, perPage, waiter) => {
      asked.resolve(waiter);
      await gate.promise;
      return api.source(number, perPage, waiter);
    };
    const leavers = [new AbortController(), new AbortController()] as const;
    const read = (leftMs: number, { signal }: AbortController) =>
      store.read(key, head(20), source, { signal, leftMs: () => leftMs });
    const first = read(100, leavers[0]);
    const waiter = await asked.promise;
    expect(waiter.leftMs()).toBe(100);
    const second = read(5_000, leavers[1]);
    expect(waiter.leftMs()).toBe(5_000);
    leavers[0].abort(new Error('gone'));
    await expect(first).rejects.toThrow('gone');
    expect(waiter.leftMs()).toBe(5_000);
    const third = store.read(key, head(20), source, { ...patient, leftMs: () => 200 });
    leavers[1].abort(new Error('gone'));
    await expect(second).rejects.toThrow('gone');
    expect(waiter.leftMs()).toBe(200);
    gate.resolve();
    expect((await third).list.total).toBe(300);
  });

  it('ends a reading when the last reader has left, and starts a new one for the next', async () => {
    const { api, store } = setUp(300);
    const { source, signals, answer } = heldBack(api);
    const leaver = new AbortController();
    const left = store.read(key, head(20), source, { ...patient, signal: leaver.signal });
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

/** Many tenants who see the same hundred images. */
function setUpTenants(maxBytes: number) {
  const { store } = setUp(0, { maxBytes });
  const api = new PagedApi(imagesOf(100));
  const read = (tenant: string) => store.read({ tenant, filter: '' }, WHOLE_LIST, api.source, patient);
  return { store, api, read };
}

describe('a list that nobody has asked for again', () => {
  it('is held as the bytes that it came as, and answers as it would have else', async () => {
    const { api, store, read, reading, clock } = setUp(300);
    const first = await read(head(20));
    const packed = store.size;
    clock.nowMs += 5_000;
    const again = await reading(head(20));
    expect(again).toEqual({ list: first, origin: 'held', staleMs: 0 });
    expect(again.list).not.toBe(first);
    expect(again.list.readAtMs).toBe(first.readAtMs);
    expect((await reading(head(20))).list).toBe(again.list);
    expect(packed).toEqual({ bytes: expect.any(Number), lists: 1 });
    expect(packed.bytes).not.toBe(first.bytes);
    expect(store.size).toEqual({ bytes: again.list.bytes, lists: 1 });
    expect(api.calls).toEqual(['1x20']);
  });

  it('goes where a later reading shows what is about to change', async () => {
    const { api, store, read } = setUp(300);
    const { source, answer } = heldBack(api);
    const passing: typeof source = async (...asked) => ({ ...(await source(...asked)), isPassing: true });
    const later = store.read(key, head(30), passing, patient);
    await store.read(key, within(31), api.source, patient);
    expect(store.size.lists).toBe(1);
    answer();
    expect((await later).list.items).toHaveLength(30);
    expect(store.size.lists).toBe(0);
    expect(store.stateOf('tenant')).toBe(0);
    await read(head(20));
    expect(api.calls).toEqual(['1x200', '1x30', '1x20']);
  });

  it('lets go of an image by itself that it has otherwise, unless that was read after it', async () => {
    for (const laterMs of [-5, 5]) {
      const { api, store, clock } = setUp(150);
      const alone = { tenant: 'tenant', filter: 'image 7' };
      const byItself = async () => ({ items: [imageOf(7, { name: 'by itself' })], received: 1, total: 1 });
      const { source, answer } = heldBack(api);
      const readAlone = () => store.read(alone, head(1), byItself, patient);
      if (laterMs < 0) await readAlone();
      clock.nowMs += 5;
      const list = store.read(key, WHOLE_LIST, source, patient);
      clock.nowMs += 5;
      if (laterMs > 0) await readAlone();
      answer();
      await list;
      expect(store.held(alone) === undefined).toBe(laterMs < 0);
    }
  });

  it('is whole where its page showed its end', async () => {
    const { api, read } = setUp(150);
    const first = await read(WHOLE_LIST);
    expect(await read(within(140))).toEqual(first);
    expect(first.complete).toBe(true);
    expect(api.calls).toEqual(['1x200']);
  });

  it("is the tenant's alone, of each that asked for it", async () => {
    const { store } = setUp(0);
    const apis = Array.from({ length: 50 }, (_, tenant) => new PagedApi(imagesOf(3, 1 + 10 * tenant)));
    const readAll = () =>
      Promise.all(
        apis.map(async ({ source }, tenant) => {
          const { list } = await store.read({ tenant: `t${tenant}`, filter: '[]' }, head(3), source, patient);
          return list.idAt(0);
        }),
      );
    expect(await readAll()).toEqual(apis.map((_, tenant) => 1 + 10 * tenant));
    expect(await readAll()).toEqual(apis.map((_, tenant) => 1 + 10 * tenant));
    expect(apis.map(({ calls }) => calls.length)).toEqual(apis.map(() => 1));
  });

  it('is let go with all that is held for its tenant', async () => {
    const { api, store, read } = setUp(300);
    await read(head(20));
    store.drop('tenant');
    expect(store.size).toEqual({ bytes: 0, lists: 0 });
    expect(store.stateOf('tenant')).toBe(0);
    await read(head(20));
    expect(api.calls).toEqual(['1x20', '1x20']);
  });

  it('is another state of its tenant when it is read, and none when it is asked for again', async () => {
    const { store, read } = setUp(300);
    await read(head(20));
    const state = store.stateOf('tenant');
    expect(state).toBeGreaterThan(0);
    await read(head(20));
    expect(store.stateOf('tenant')).toBe(state);
  });

  it('makes room for later ones, and its tenant is forgotten with it', async () => {
    const { store } = setUp(0, { maxBytes: 200_000 });
    const api = new PagedApi(imagesOf(20));
    for (let tenant = 0; tenant < 100; tenant += 1)
      await store.read({ tenant: `t${tenant}`, filter: '' }, head(20), api.source, patient);
    expect(store.size.bytes).toBeLessThanOrEqual(200_000);
    expect(store.size.lists).toBeGreaterThan(20);
    expect(store.stateOf('t0')).toBe(0);
    expect(store.held({ tenant: 't0', filter: '' })).toBeUndefined();
    expect(store.held({ tenant: 't99', filter: '' })?.list.total).toBe(20);
  });

  it('makes room for one that is asked for and is long', async () => {
    const { store } = setUp(0, { maxBytes: 200_000 });
    const small = new PagedApi(imagesOf(20));
    for (let tenant = 0; tenant < 100; tenant += 1)
      await store.read({ tenant: `t${tenant}`, filter: '' }, head(20), small.source, patient);
    const description = 'x'.repeat(300);
    const large = new PagedApi(imagesOf(200).map((image) => ({ ...image, description })));
    const { list } = await store.read({ tenant: 'large', filter: '' }, WHOLE_LIST, large.source, patient);
    expect(list.bytes).toBeGreaterThan(110_000);
    expect(list.bytes).toBeLessThan(200_000);
    expect(store.held({ tenant: 'large', filter: '' })?.list).toBe(list);
    expect(store.size.bytes).toBeLessThanOrEqual(200_000);
    expect(store.size.lists).toBeGreaterThan(2);
    const isKnown = (tenant: number) => store.stateOf(`t${tenant}`) > 0;
    expect(Array.from({ length: 100 }, (_, tenant) => tenant).filter(isKnown)).toHaveLength(
      store.size.lists - 1,
    );
  });

  it('leaves no trace of a tenant whose list finds no room at all', async () => {
    const { store } = setUp(0, { maxBytes: 50_000 });
    const description = 'x'.repeat(300);
    const publicOnes = new PagedApi(imagesOf(200).map((image) => ({ ...image, description, public: true })));
    await store.read({ tenant: 'large', filter: '' }, WHOLE_LIST, publicOnes.source, patient);
    expect(store.size).toEqual({ bytes: 0, lists: 0 });
    expect(store.stateOf('large')).toBe(0);
  });

  it('is held as long as all of what is asked for in turn has room', async () => {
    const { api, read } = setUpTenants(1_000_000);
    const origins = new Set<string>();
    for (let round = 0; round < 4; round += 1)
      for (let tenant = 0; tenant < 26; tenant += 1) {
        const { origin } = await read(`t${tenant}`);
        if (round > 0) origins.add(origin);
      }
    expect(origins).toEqual(new Set(['held']));
    expect(api.calls).toHaveLength(26);
  });

  it('takes the place of such lists alone, where newcomers do not end', async () => {
    const { store, read } = setUpTenants(1_000_000);
    const { list } = await read('t0');
    const page = store.size.bytes;
    const shares: number[] = [];
    for (let tenant = 1; tenant < 500; tenant += 1) {
      await read(`t${tenant}`);
      const { bytes, lists } = store.size;
      if (tenant > 100) shares.push((page * (lists * list.bytes - bytes)) / (list.bytes - page) / 1_000_000);
    }
    expect(Math.min(...shares)).toBeGreaterThan(0.4);
    expect(Math.max(...shares)).toBeLessThanOrEqual(0.5);
  });

  it('gives way to lists that are asked for again and again', async () => {
    const { store, read } = setUpTenants(1_000_000);
    const hot = Array.from({ length: 24 }, (_, tenant) => `hot ${tenant}`);
    for (const tenant of [...hot, ...hot]) await read(tenant);
    const origins = new Set<string>();
    for (let newcomer = 0; newcomer < 300; newcomer += 1) {
      await read(`newcomer ${newcomer}`);
      origins.add((await read(hot[newcomer % hot.length] ?? '')).origin);
    }
    expect(origins).toEqual(new Set(['held']));
    // And the last newcomers have some room all the same.
    expect((await read('newcomer 299')).origin).toBe('held');
    expect(store.size.bytes).toBeLessThanOrEqual(1_000_000);
  });

  it('has some room also where lists that were asked for again could take all of it', async () => {
    const { store, read } = setUpTenants(1_000_000);
    for (let tenant = 0; tenant < 60; tenant += 1)
      for (let time = 0; time < 2; time += 1) await read(`earlier ${tenant}`);
    for (let newcomer = 0; newcomer < 3; newcomer += 1) await read(`newcomer ${newcomer}`);
    expect((await read('newcomer 0')).origin).toBe('held');
    expect(store.size.bytes).toBeLessThanOrEqual(1_000_000);
  });

  it('is within the bound together with the views of others', async () => {
    const { store, read } = setUpTenants(1_000_000);
    for (let tenant = 0; tenant < 40; tenant += 1) await read(`t${tenant}`);
    const sizes: number[] = [];
    for (let tenant = 20; tenant < 40; tenant += 1) {
      const { list } = await read(`t${tenant}`);
      for (let size = 1; size < 8; size += 1) list.view({ fitsDiskSize: size }, null);
      await read(`t${tenant}`);
      sizes.push(store.size.bytes);
    }
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1_000_000);
    expect(Math.max(...sizes)).toBeGreaterThan(800_000);
  });

  it('is held as images where its page was longer than was asked for', async () => {
    const { api, read } = setUp(0, { maxImages: 200 });
    api.answer = () => ({ items: imagesOf(250), received: 250, total: 250 });
    const first = await read(WHOLE_LIST);
    expect(await read(WHOLE_LIST)).toBe(first);
    expect(first.isBeyondLimit).toBe(true);
  });

  it('is held as images where some are public, which other lists may have in common', async () => {
    const { api, read } = setUp(0);
    api.images = [imageOf(1), imageOf(2, { public: true })];
    expect(await read(head(2))).toBe(await read(head(2)));
  });

  it('leaves what was read before it to be remembered', async () => {
    const { api, clock, read } = setUp(0);
    api.images = [5, 3, 9, 1, 7].map((id) => imageOf(id));
    await read(WHOLE_LIST);
    api.images = [5, 7].map((id) => imageOf(id));
    clock.nowMs += 100_000;
    const list = await read(WHOLE_LIST);
    const cursor = { anchor: 9, position: 2, predecessors: [3, 5], successors: [1, 7], value: undefined };
    expect(list.recallGap(cursor)).toBe(1);
  });
});
