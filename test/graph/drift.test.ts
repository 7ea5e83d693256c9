import { describe, expect, it } from 'vitest';

import type { Image } from '../../src/digitalocean/payloads.ts';
import { readWindow } from '../../src/graph/image-window.ts';
import { ListReader } from '../../src/lists/list-reader.ts';
import { ListStore } from '../../src/lists/list-store.ts';
import { ArgumentError } from '../../src/relay/argument-error.ts';
import { Connection } from '../../src/relay/connection.ts';
import { cursorScope } from '../../src/relay/cursor.ts';
import { parseWindow, type WindowArguments } from '../../src/relay/window.ts';
import { imageOf, PagedApi, parsePage, patient } from '../support/paged-api.ts';

const scope = cursorScope('test');
const SECONDS_PER_PAGE = 3;
const PAGE = 20;

interface Weather {
  readonly count: number;
  /** Whether the API lists the oldest first, or the newest. */
  readonly order: 'oldest first' | 'newest first';
  /** Seconds between two changes. */
  readonly every: number;
  readonly insertAt: 'head' | 'tail' | 'anywhere';
  /** How many images a deletion takes, around the place where the reader is. */
  readonly deletes: number;
}

/** Numbers from 0 to 1 that are the same in every run. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/** A list that changes as time goes by, by turns an insertion and a deletion. */
class ChangingApi extends PagedApi {
  readonly original: readonly Image[];
  readonly gone = new Set<number>();
  readonly #weather: Weather;
  readonly #random: () => number;
  #changes = 0;
  #nextId = 1_000_000;

  constructor(weather: Weather, seed: number) {
    const ids = Array.from({ length: weather.count }, (_, index) => 1_000 + index * 10);
    super((weather.order === 'oldest first' ? ids : ids.toReversed()).map((id) => imageOf(id)));
    this.original = this.images;
    this.#weather = weather;
    this.#random = seededRandom(seed);
  }

  /** Lets the changes happen that are due between two times, with the reader at a place in the list. */
  pass(fromMs: number, toMs: number, place: number): void {
    const everyMs = this.#weather.every * 1_000;
    for (let due = Math.floor(fromMs / everyMs) + 1; due * everyMs <= toMs; due += 1) this.#change(place);
  }

  #change(place: number): void {
    const { insertAt, deletes } = this.#weather;
    const images = [...this.images];
    this.#changes += 1;
    if (this.#changes % 2 === 0) {
      const start = Math.max(0, Math.min(images.length - 1, place - Math.floor(this.#random() * deletes)));
      for (const { id } of images.splice(start, deletes)) this.gone.add(id);
    } else {
      this.#nextId += 1;
      const at = { head: 0, tail: images.length, anywhere: Math.floor(this.#random() * images.length) }[
        insertAt
      ];
      images.splice(at, 0, imageOf(this.#nextId));
    }
    this.images = images;
  }
}

interface Drift {
  /** Images that were shown more than once. */
  readonly twice: number;
  /** Images that stayed throughout and were not shown. */
  readonly missed: number;
  /** Walks that could not go on. */
  readonly lost: number;
}

/** The ids that a walk was shown; null where it could not go on. */
type Walk = (api: ChangingApi, clock: { nowMs: number }, ttlMs: number) => Promise<number[] | null>;

/** Scrolls through the list by its cursors, a page every three seconds, each page a request of its own. */
const walkByCursors =
  (step: 'first' | 'last'): Walk =>
  async (api, clock, ttlMs) => {
    const store = new ListStore({
      ttlMs,
      requestTimeoutMs: 8_000,
      maxImages: 2_000,
      maxBytes: 50_000_000,
      parsePage,
      now: () => clock.nowMs,
      stretchOf: () => 1,
      isOutage: () => false,
      isRefusal: () => false,
    });
    const shown: number[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < 1_000; page += 1) {
      const lists = new ListReader({
        store,
        tenant: () => 'tenant',
        caller: patient,
        toSource: () => api.source,
        onRead: () => {},
        onHeld: () => {},
        onPage: () => {},
      });
      const args: WindowArguments = { [step]: PAGE, [step === 'first' ? 'after' : 'before']: cursor };
      const window: Awaited<ReturnType<typeof readWindow>> | null = await readWindow(
        lists,
        {},
        parseWindow(args, scope),
        'rows',
      ).catch((error: unknown) => {
        if (error instanceof ArgumentError && error.reason === 'CURSOR_EXPIRED') return null;
        throw error;
      });
      if (window === null) return null;
      const { list, slice } = window;
      const { nodes, pageInfo } = new Connection(list, slice, scope);
      const ids = nodes.map(({ id }) => id);
      if (step === 'first') shown.push(...ids);
      else shown.unshift(...ids);
      if (!(step === 'first' ? pageInfo.hasNextPage : pageInfo.hasPreviousPage)) return shown;
      cursor = step === 'first' ? pageInfo.endCursor : pageInfo.startCursor;
      const place = step === 'first' ? slice.end - 1 : slice.start;
      api.pass(clock.nowMs, clock.nowMs + SECONDS_PER_PAGE * 1_000, place);
      clock.nowMs += SECONDS_PER_PAGE * 1_000;
    }
    throw new Error('the walk did not end');
  };

/** What a client does that counts pages. */
const walkByPages: Walk = async (api, clock) => {
  const shown: number[] = [];
  for (let page = 1; page <= 1_000; page += 1) {
    const { items } = await api.source(page, PAGE, patient);
    shown.push(...items.map(({ id }) => id));
    if (items.length < PAGE) return shown;
    api.pass(clock.nowMs, clock.nowMs + SECONDS_PER_PAGE * 1_000, page * PAGE - 1);
    clock.nowMs += SECONDS_PER_PAGE * 1_000;
  }
  throw new Error('the walk did not end');
};

async function driftOf(walk: Walk, weather: Weather, ttlMs: number, seed: number): Promise<Drift> {
  const api = new ChangingApi(weather, seed);
  const shown = await walk(api, { nowMs: 0 }, ttlMs);
  if (shown === null) return { twice: 0, missed: 0, lost: 1 };
  const times = new Map<number, number>();
  for (const id of shown) times.set(id, (times.get(id) ?? 0) + 1);
  const stayed = api.original.filter(({ id }) => !api.gone.has(id));
  return {
    twice: [...times.values()].filter((count) => count > 1).length,
    missed: stayed.filter(({ id }) => !times.has(id)).length,
    lost: 0,
  };
}

const WEATHERS: Weather[] = [600, 60, 10, 1].flatMap((every) =>
  ([300, 1_000] as const).flatMap((count) =>
    (['oldest first', 'newest first'] as const).flatMap((order) =>
      (['head', 'tail', 'anywhere'] as const).flatMap((insertAt) =>
        [1, 5, 20, 60].map((deletes) => ({ count, order, every, insertAt, deletes })),
      ),
    ),
  ),
);

async function sumOf(
  walk: Walk,
  ttlMs = 15_000,
  seed = 1,
): Promise<Drift & { readonly worst: (Weather & Drift)[] }> {
  const sum = { twice: 0, missed: 0, lost: 0 };
  const worst: (Weather & Drift)[] = [];
  for (const weather of WEATHERS) {
    const drift = await driftOf(walk, weather, ttlMs, seed);
    sum.twice += drift.twice;
    sum.missed += drift.missed;
    sum.lost += drift.lost;
    if (drift.twice + drift.missed + drift.lost > 0) worst.push({ ...weather, ...drift });
  }
  return { ...sum, worst };
}

describe(`${WEATHERS.length} walks through lists that change`, { timeout: 120_000 }, () => {
  it.each([
    ['first', 1],
    ['last', 1],
    ['first', 2],
    ['last', 2],
  ] as const)('by %s show every image that stays once, and none twice (seed %d)', async (step, seed) => {
    const drift = await sumOf(walkByCursors(step), 15_000, seed);
    expect(drift).toEqual({ twice: 0, missed: 0, lost: 0, worst: [] });
  });

  it('by page numbers do neither: the measure can tell', async () => {
    const { twice, missed } = await sumOf(walkByPages);
    expect(twice).toBeGreaterThan(100);
    expect(missed).toBeGreaterThan(100);
  });

  it('by cursors on live pages show none twice and miss none either, where they can go on at all', async () => {
    const { twice, missed, lost } = await sumOf(walkByCursors('first'), 0);
    expect({ twice, missed }).toEqual({ twice: 0, missed: 0 });
    // Nothing is remembered there: deletions of twenty and more around the reader, in a list of mixed ids, end a walk.
    expect(lost).toBeLessThan(WEATHERS.length / 4);
  });
});
