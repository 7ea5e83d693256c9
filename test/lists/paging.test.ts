import { assert, asyncProperty, constantFrom, integer, oneof, record } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { readWindow } from '../../src/graph/image-window.ts';
import { ListReader } from '../../src/lists/list-reader.ts';
import { ListStore } from '../../src/lists/list-store.ts';
import { ListTooLargeError } from '../../src/lists/load-list.ts';
import { PagingError, totalOf } from '../../src/lists/paging.ts';
import { Connection } from '../../src/relay/connection.ts';
import { cursorScope } from '../../src/relay/cursor.ts';
import { parseWindow, type WindowArguments } from '../../src/relay/window.ts';
import { type Habit, OddApi, SOUND } from '../support/odd-api.ts';
import { parsePage, patient } from '../support/paged-api.ts';

const scope = cursorScope('test');

interface Walk {
  readonly step: 'first' | 'last';
  readonly size: number;
  readonly ttlMs: number;
  readonly maxImages: number;
}

/** The pages of a walk from one end of the list to the other, each a request of its own. */
async function* walkOver(api: OddApi, { step, size, ttlMs, maxImages }: Walk) {
  const store = new ListStore({
    ttlMs,
    requestTimeoutMs: 8_000,
    maxImages,
    maxBytes: 50_000_000,
    parsePage,
    now: () => 0,
    stretchOf: () => 1,
    isOutage: () => false,
    isRefusal: () => false,
  });
  for (let cursor: string | null = null, more = true; more;) {
    const lists = new ListReader({
      store,
      tenant: () => 'tenant',
      caller: patient,
      toSource: () => api.source,
      onRead: () => {},
      onHeld: () => {},
      onPage: () => {},
    });
    const args: WindowArguments = { [step]: size, [step === 'first' ? 'after' : 'before']: cursor };
    const { list, slice } = await readWindow(lists, {}, parseWindow(args, scope), 'rows');
    const page = new Connection(list, slice, scope);
    yield page;
    more = step === 'first' ? page.pageInfo.hasNextPage : page.pageInfo.hasPreviousPage;
    cursor = step === 'first' ? page.pageInfo.endCursor : page.pageInfo.startCursor;
    if (cursor === null && more) throw new Error('more follows, and no cursor leads there');
  }
}

/** Walks over the whole list; the error where the walk could not go on and said so. */
async function walk(api: OddApi, how: Walk) {
  const ids: number[] = [];
  const totals: number[] = [];
  try {
    for await (const { nodes, totalCount } of walkOver(api, how)) {
      const seen = nodes.map(({ id }) => id);
      if (how.step === 'first') ids.push(...seen);
      else ids.unshift(...seen);
      totals.push(totalCount);
      if (totals.length > 1_000) throw new Error('the walk does not end');
    }
  } catch (error) {
    if (error instanceof PagingError || error instanceof ListTooLargeError) return { ids, totals, error };
    throw error;
  }
  return { ids, totals, error: null };
}

const WAYS = [
  { ttlMs: 15_000, maxImages: 2_000 },
  { ttlMs: 0, maxImages: 2_000 },
  { ttlMs: 15_000, maxImages: 200 },
  { ttlMs: 0, maxImages: 200 },
];

const habits = record<Habit>({
  rows: oneof(integer({ min: 0, max: 500 }), constantFrom(20, 100, 199, 200, 201, 400)),
  cap: constantFrom(200, 200, 100, 50, 30),
  least: constantFrom(1, 1, 1, 50, 500),
  hidesEach: constantFrom(0, 0, 2, 7, 100),
  total: constantFrom('rows', 'rows', 'shown', 'none', 'low', 'high', 'huge', 'changing'),
  links: constantFrom('right', 'right', 'none', 'always'),
  behind: constantFrom('nothing', 'nothing', 'the last page', 'the first page'),
  repeats: constantFrom(0),
});
const walks = record({
  step: constantFrom('first', 'last'),
  size: constantFrom(13, 20, 50, 101, 150, 200),
});

/** Whether all of the list is there for whoever reads on while a link or the total says that more follows. */
function isReadable({ rows, links, total, hidesEach, behind }: Habit): boolean {
  if (links === 'right') return true;
  // Without links, a total that is too low may end it, as one does that leaves out what pages leave out.
  if (links === 'none') return rows > 0 && (total === 'rows' || (total === 'shown' && hidesEach === 0));
  // A page that comes again where link and total say that more follows may be in the place of another.
  return (
    behind === 'nothing' || total === 'none' || total === 'shown' || (total === 'rows' && hidesEach === 0)
  );
}

/** Lists that few of the others are like: pages that look sound by themselves, and have rows of others. */
const HARD: [Habit, { step: 'first' | 'last'; size: number }, (typeof WAYS)[number]][] = [
  [
    { ...SOUND, rows: 200, total: 'huge', behind: 'the first page' },
    { step: 'first', size: 150 },
    { ttlMs: 15_000, maxImages: 2_000 },
  ],
  [
    { ...SOUND, rows: 400, total: 'huge', behind: 'the first page' },
    { step: 'last', size: 13 },
    { ttlMs: 15_000, maxImages: 2_000 },
  ],
  [
    { ...SOUND, rows: 201, total: 'high', behind: 'the first page' },
    { step: 'last', size: 20 },
    { ttlMs: 0, maxImages: 2_000 },
  ],
  [
    { ...SOUND, rows: 275, least: 500, total: 'changing' },
    { step: 'last', size: 13 },
    { ttlMs: 0, maxImages: 2_000 },
  ],
];

/** What is wrong with what a walk has shown. */
function faultsOf(
  api: OddApi,
  { step, ttlMs, maxImages }: Walk,
  shown: Awaited<ReturnType<typeof walk>>,
): string[] {
  const { ids, totals, error } = shown;
  const { habit } = api;
  const isWhole = error === null;
  const isWithinLimit = maxImages > habit.rows;
  const total = totals.at(-1) ?? 0;
  // If no list is kept, a page whose own rows are all there may still count those that no page shows.
  const isTotal =
    total === api.shown.length || (ttlMs === 0 && habit.total === 'rows' && total === habit.rows);
  // At the most two readings of the whole list for each page, after those that showed that it takes one.
  const pages = Math.ceil(habit.rows / Math.max(habit.least, habit.cap)) + 10;
  const isAsShown = ids.length === api.shown.length && api.shown.every(({ id }, place) => id === ids[place]);
  const rules: Readonly<Record<string, boolean>> = {
    'an image is missing, or in another place': !isReadable(habit) || !isWhole || isAsShown,
    'the list can be read, and is an error': !isReadable(habit) || !isWithinLimit || isWhole,
    'a total is neither the truth nor what pages say':
      !isReadable(habit) || totals.every((one) => api.isPlausible(one)),
    // The last page of a walk forwards shows the end.
    'the total is not that of the images': !isReadable(habit) || !isWithinLimit || step === 'last' || isTotal,
    // Unless pages behind the last have rows and links of others.
    'an image is there twice': habit.behind !== 'nothing' || new Set(ids).size === ids.length,
    'there were too many calls': api.calls <= (2 * pages + 12) * (totals.length + 1),
  };
  return Object.keys(rules).filter((rule) => !rules[rule]);
}

describe('a list of an API with odd habits', { timeout: 120_000 }, () => {
  it('is shown whole, each image once, or an error says that it cannot be', async () => {
    await assert(
      asyncProperty(habits, walks, constantFrom(...WAYS), async (habit, how, way) => {
        const api = new OddApi(habit);
        const shown = await walk(api, { ...how, ...way });
        expect(faultsOf(api, { ...how, ...way }, shown)).toEqual([]);
      }),
      // The same lists in every run: others may be of an API of which nobody could tell what it has.
      { numRuns: 400, seed: 1, examples: HARD },
    );
  });
});

describe('one page of twenty', () => {
  const page = (received: number, total: number | null, hasNext?: boolean) => ({
    items: [],
    received,
    total,
    hasNext,
  });

  it.each([
    ['the first, full', 1, page(20, 50, true), 50],
    ['the first, full, without links', 1, page(20, 50), 50],
    ['the first, full, which is all', 1, page(20, 20), 20],
    ['the first, full, which is all by its total, with a link', 1, page(20, 20, true), null],
    ['the first, full, with a total below its rows', 1, page(20, 3), null],
    ['the first, longer than it should be', 1, page(30, 50, true), 50],
    ['the first, short', 1, page(7, 7), 7],
    ['the first, short, without a total', 1, page(7, null), 7],
    ['the first, short, with a total below its rows', 1, page(7, 3), 7],
    ['the first, short, of more', 1, page(7, 50), null],
    ['the first, short, with a link', 1, page(7, 7, true), null],
    ['the first, empty', 1, page(0, 0), 0],
    ['the second, full', 2, page(20, 50, true), 50],
    ['the second, full, which is the last', 2, page(20, 40, false), 40],
    ['the second, full, with links to others but the next', 2, page(20, 50, false), null],
    ['the second, short, which is the last', 2, page(7, 27, false), 27],
    ['the second, short, without a total', 2, page(7, null, false), null],
    ['the second, short, of fewer', 2, page(7, 17, false), null],
    ['the second, longer than it should be', 2, page(30, 50, false), null],
    ['the second, behind the end', 2, page(0, 13, false), 13],
    ['the second, empty, of more', 2, page(0, 50, false), null],
    ['the second, empty, with a link', 2, page(0, 13, true), null],
  ])('shows how long the list is, or that it leaves that open: %s', (_, number, shown, total) => {
    expect(totalOf(shown, number, 20)).toBe(total);
  });
});
