import { describe, expect, it } from 'vitest';

import type { Image } from '../../src/digitalocean/payloads.ts';
import { readLiveWindow } from '../../src/lists/live-window.ts';
import { Connection } from '../../src/relay/connection.ts';
import { cursorScope } from '../../src/relay/cursor.ts';
import { parseWindow, type WindowArguments } from '../../src/relay/window.ts';
import { imageOf, imagesOf, PagedApi, patient } from '../support/paged-api.ts';
import { readBySpecification } from '../support/relay-reference.ts';

const scope = cursorScope('test');

async function read(api: PagedApi, args: WindowArguments, knownTotal = 0): Promise<Connection<Image>> {
  const shown = await readLiveWindow(
    (page, perPage) => api.source(page, perPage, patient),
    parseWindow(args, scope),
    { needsRows: true, known: { total: knownTotal, items: [] } },
  );
  if (shown === null) throw new Error('open');
  const { list, slice } = shown;
  if (typeof slice === 'string') throw new Error(`lost ${slice}`);
  return new Connection(list, slice, scope);
}

describe('a live window', () => {
  it.each<[WindowArguments, string[]]>([
    [{ first: 20 }, ['1x20']],
    [{ first: 0 }, ['1x1']],
    [{ last: 20 }, ['1x20', '150x20']],
    [{ first: 200 }, ['1x200']],
  ])('%j of 3,000 images takes the calls %j', async (args, calls) => {
    const api = new PagedApi(imagesOf(3_000));
    const page = await read(api, args);
    expect(api.calls).toEqual(calls);
    expect(page.totalCount).toBe(3_000);
  });

  it('at the tail is one call where the total is known', async () => {
    const api = new PagedApi(imagesOf(3_000));
    const { nodes } = await read(api, { last: 20 }, 3_000);
    expect(nodes.at(-1)?.id).toBe(3_000);
    expect(api.calls).toEqual(['150x20']);
    const grown = new PagedApi(imagesOf(3_001));
    expect((await read(grown, { last: 20 }, 3_000)).nodes.at(-1)?.id).toBe(3_001);
  });

  it('leaves out rows that cannot be read, and goes on behind them', async () => {
    const api = new PagedApi(imagesOf(100));
    const broken = new Set([3, 20, 21, 40, 41, 42, 60]);
    api.answer = (page, number, perPage) => {
      const at = (id: number) => id - 1 - (number - 1) * perPage;
      const unreadable = page.items.filter(({ id }) => broken.has(id)).map(({ id }) => at(id));
      return { ...page, items: page.items.filter(({ id }) => !broken.has(id)), unreadable };
    };
    for (const size of [7, 20]) {
      for (const forward of [true, false]) {
        const shown: number[] = [];
        let cursor: string | null = null;
        for (let hasMore = true, step = 0; hasMore && step < 120; step += 1) {
          const page: Connection<Image> = await read(
            api,
            forward ? { first: size, after: cursor } : { last: size, before: cursor },
          );
          const ids = page.nodes.map(({ id }) => id);
          shown.splice(forward ? shown.length : 0, 0, ...ids);
          const { startCursor, endCursor, hasNextPage, hasPreviousPage } = page.pageInfo;
          const next: string | null = forward ? endCursor : startCursor;
          hasMore = (forward ? hasNextPage : hasPreviousPage) && next !== null;
          cursor = next;
        }
        expect(shown).toEqual(
          imagesOf(100)
            .map(({ id }) => id)
            .filter((id) => !broken.has(id)),
        );
      }
    }
  });

  it('says so where a full page does not tell the total', async () => {
    const api = new PagedApi(imagesOf(100));
    api.answer = (page) => ({ ...page, total: null });
    await expect(read(api, { first: 20 })).rejects.toThrow('open');
    expect((await read(api, { first: 200 })).totalCount).toBe(100);
  });

  it('behind a cursor is the one page that covers it and the image of the cursor', async () => {
    const api = new PagedApi(imagesOf(3_000));
    const { pageInfo } = await read(api, { first: 20 });
    api.calls.length = 0;
    const next = await read(api, { first: 20, after: pageInfo.endCursor });
    expect(next.nodes.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, index) => 21 + index));
    expect(api.calls).toEqual(['1x40']);
  });

  it('is what the Relay specification says, wherever it lies', async () => {
    const images = imagesOf(47);
    const api = new PagedApi(images);
    const { edges } = await read(api, { first: 200 });
    const cursorOf = (image: Image) => edges[image.id - 1]?.cursor ?? '';
    for (const first of [null, 0, 1, 5, 60]) {
      for (const last of [null, 0, 3, 60]) {
        for (const after of [null, 0, 20, 46]) {
          for (const before of [null, 0, 21, 46]) {
            const args = {
              first: first ?? (last === null && !(before !== null && after === null) ? 20 : null),
              last: last ?? (first === null && before !== null && after === null ? 20 : null),
              after: after === null ? null : edges[after]?.cursor,
              before: before === null ? null : edges[before]?.cursor,
            };
            const page = await read(api, args);
            const { edges: expected, ...flags } = readBySpecification(images, cursorOf, args);
            expect(page.nodes.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
            expect(page.pageInfo).toMatchObject(flags);
          }
        }
      }
    }
  });

  it('finds the image of its cursor where it has moved, on the pages around', async () => {
    const api = new PagedApi(imagesOf(3_000));
    const { pageInfo } = await read(api, { first: 150 });
    api.images = [...imagesOf(500, 10_000), ...api.images];
    const { nodes } = await read(api, { first: 3, after: pageInfo.endCursor });
    expect(nodes.map(({ id }) => id)).toEqual([151, 152, 153]);
  });

  it('goes on next to the neighbours of an image that is gone, without a search', async () => {
    // In an order that neither rises nor falls, so that the ids tell nothing.
    const mixed = imagesOf(3_000).map((_, index) => imageOf(1 + ((index * 1_009) % 3_000)));
    const api = new PagedApi(mixed);
    const { edges } = await read(api, { first: 150 });
    api.images = mixed.toSpliced(99, 1);
    api.calls.length = 0;
    const { nodes } = await read(api, { first: 3, after: edges[99]?.cursor });
    expect(nodes).toEqual(mixed.slice(100, 103));
    expect(api.calls).toHaveLength(1);
  });

  it('goes on at the id of a cursor of which nothing is left, between two rows in the order of their ids', async () => {
    const api = new PagedApi(imagesOf(3_000));
    const { edges } = await read(api, { first: 200 });
    api.images = api.images.filter(({ id }) => id < 90 || id > 160);
    api.calls.length = 0;
    const { nodes } = await read(api, { first: 3, after: edges[120]?.cursor });
    expect(nodes.map(({ id }) => id)).toEqual([161, 162, 163]);
    expect(api.calls.length).toBeLessThanOrEqual(3);
  });

  it('gives up after eight pages around the place of a cursor of which nothing is left', async () => {
    const api = new PagedApi(imagesOf(3_000));
    const { edges } = await read(api, { first: 200 });
    api.images = imagesOf(3_000, 10_000).toReversed();
    api.calls.length = 0;
    await expect(read(api, { first: 3, after: edges[150]?.cursor })).rejects.toThrow('lost after');
    expect(api.calls.length).toBeLessThanOrEqual(9);
  });
});

/** Walks with one change every few pages, and counts what images that stay came twice or not at all. */
async function driftOf(walk: (api: PagedApi, onPage: () => void) => Promise<number[]>, seed: number) {
  const api = new PagedApi(imagesOf(1_000));
  const gone = new Set<number>();
  let random = seed;
  const next = (below: number) => (random = (random * 1_103_515_245 + 12_345) % 2 ** 31) % below;
  let fresh = 10_000;
  const shown = await walk(api, () => {
    const images = [...api.images];
    if (next(2) === 0) {
      const [victim] = images.splice(next(images.length), 1);
      if (victim) gone.add(victim.id);
    } else {
      images.splice(next(images.length), 0, imageOf(++fresh));
    }
    api.images = images;
  });
  const stayed = imagesOf(1_000).filter(({ id }) => !gone.has(id));
  const counts = stayed.map(({ id }) => shown.filter((other) => other === id).length);
  return {
    twice: counts.filter((count) => count > 1).length,
    missed: counts.filter((count) => count === 0).length,
  };
}

describe('walks by 20 over 1,000 images with a change between any two pages', () => {
  const walkLive = async (api: PagedApi, onPage: () => void) => {
    const shown: number[] = [];
    let after: string | null = null;
    for (let page = 0; page < 100; page += 1) {
      const { nodes, pageInfo } = await read(api, { first: 20, after });
      shown.push(...nodes.map(({ id }) => id));
      if (!pageInfo.hasNextPage) return shown;
      after = pageInfo.endCursor;
      onPage();
    }
    throw new Error('the walk did not end');
  };
  const walkByOffset = async (api: PagedApi, onPage: () => void) => {
    const shown: number[] = [];
    for (let page = 1; page <= 60; page += 1) {
      const { items } = await api.source(page, 20, patient);
      shown.push(...items.map(({ id }) => id));
      onPage();
    }
    return shown;
  };

  it('show every image that stays once by cursors, and not by offsets', async () => {
    const drifts = { cursors: { twice: 0, missed: 0 }, offsets: { twice: 0, missed: 0 } };
    for (let seed = 1; seed <= 20; seed += 1) {
      for (const [name, walk] of [
        ['cursors', walkLive],
        ['offsets', walkByOffset],
      ] as const) {
        const { twice, missed } = await driftOf(walk, seed);
        drifts[name].twice += twice;
        drifts[name].missed += missed;
      }
    }
    expect(drifts.cursors).toEqual({ twice: 0, missed: 0 });
    expect(drifts.offsets.twice).toBeGreaterThan(0);
    expect(drifts.offsets.missed).toBeGreaterThan(0);
  });
});
