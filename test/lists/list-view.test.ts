import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Image } from '../../src/digitalocean/payloads.ts';
import type { ImageCriteria } from '../../src/lists/image-criteria.ts';
import { ImageList } from '../../src/lists/image-list.ts';
import type { ImageOrder } from '../../src/lists/image-order.ts';
import { Connection } from '../../src/relay/connection.ts';
import { cursorScope } from '../../src/relay/cursor.ts';
import { parseWindow, sliceWindow, type WindowArguments } from '../../src/relay/window.ts';
import { imageOf } from '../support/paged-api.ts';

const scope = cursorScope('test');
const REGIONS = ['nyc3', 'fra1', 'atl1', 'sfo2'];
const TIMES = ['2024-01-01T00:00:00Z', '2025-06-01T12:00:00Z', '2026-03-21T04:25:45Z'];

/** Few values of each kind, so that there are many ties, nulls and names that differ in case only. */
const rows = fc.array(
  fc.record<Partial<Image>>({
    name: fc.constantFrom('22.04 (LTS) x64', 'lts', 'LTS', 'Docker', 'docker on 22.04', '', 'ß', 'Ärger'),
    type: fc.constantFrom('base', 'snapshot', 'custom', 'unknown'),
    status: fc.constantFrom('available', 'new', 'unknown'),
    distribution: fc.constantFrom('Ubuntu', 'Debian', 'Unknown'),
    regions: fc.uniqueArray(fc.constantFrom(...REGIONS)),
    minDiskSize: fc.constantFrom(null, 0, 7, 25, 25.5),
    sizeGigabytes: fc.constantFrom(null, 0.5, 2.34),
    createdAt: fc.constantFrom(null, ...TIMES),
  }),
  { maxLength: 60 },
);

const everyCriterion: fc.Arbitrary<Required<ImageCriteria>> = fc.record({
  types: fc.subarray<Image['type']>(['base', 'snapshot', 'unknown']),
  statuses: fc.subarray<Image['status']>(['available', 'new']),
  distributions: fc.subarray<Image['distribution']>(['Ubuntu', 'Debian']),
  regions: fc.subarray(REGIONS, { maxLength: 2 }),
  nameContains: fc.constantFrom('', 'lts', 'LtS', '22', 'ä', 'nothing'),
  fitsDiskSize: fc.constantFrom(0, 7, 25, 100),
  createdAfterMs: fc.constantFrom(...TIMES.map((time) => Date.parse(time)), 0),
  createdBeforeMs: fc.constantFrom(...TIMES.map((time) => Date.parse(time))),
});

/** None, one or two of the criteria: more of them let hardly anything through. */
const criteria: fc.Arbitrary<ImageCriteria> = everyCriterion.chain((every) =>
  fc
    .subarray(Object.entries(every), { maxLength: 2 })
    .map((entries): ImageCriteria => Object.fromEntries(entries)),
);

const order: fc.Arbitrary<ImageOrder | null> = fc.option(
  fc.record({
    field: fc.constantFrom('createdAt', 'name', 'minDiskSize', 'sizeGigabytes'),
    direction: fc.constantFrom('asc', 'desc'),
  }),
);

function listOf(fields: readonly Partial<Image>[], firstId = 1): ImageList {
  // Ids neither rise nor fall, so that no order of them helps.
  const items = fields.map((row, index) => imageOf(firstId + ((index * 37) % 61), row));
  return new ImageList({ items, total: items.length, complete: true, coherent: true, readAtMs: 0 });
}

/** The criteria, one by one, as their descriptions say it. */
function filterPlainly(items: readonly Image[], c: ImageCriteria): Image[] {
  return items.filter((image) => {
    const ms = image.createdAt === null ? null : new Date(image.createdAt).getTime();
    if (c.types && !c.types.some((type) => type === image.type)) return false;
    if (c.statuses && !c.statuses.some((status) => status === image.status)) return false;
    if (c.distributions && !c.distributions.some((name) => name === image.distribution)) return false;
    for (const region of c.regions ?? []) if (!image.regions.includes(region)) return false;
    if (c.nameContains !== undefined && !image.name.toLowerCase().includes(c.nameContains.toLowerCase()))
      return false;
    if (c.fitsDiskSize !== undefined && (image.minDiskSize === null || image.minDiskSize > c.fitsDiskSize))
      return false;
    if (c.createdAfterMs !== undefined && (ms === null || ms <= c.createdAfterMs)) return false;
    if (c.createdBeforeMs !== undefined && (ms === null || ms >= c.createdBeforeMs)) return false;
    return true;
  });
}

function sortPlainly(items: readonly Image[], by: ImageOrder | null): Image[] {
  if (by === null) return [...items];
  const valueOf = (image: Image) => (by.field === 'name' ? image.name.toLowerCase() : image[by.field]);
  const withValue = items.filter((image) => valueOf(image) !== null);
  const without = items.filter((image) => valueOf(image) === null);
  const sorted = withValue.toSorted((a, b) => {
    const [x, y] = [valueOf(a) ?? '', valueOf(b) ?? ''];
    if (x !== y) return (x < y ? -1 : 1) * (by.direction === 'asc' ? 1 : -1);
    return a.id - b.id;
  });
  return [...sorted, ...without.toSorted((a, b) => a.id - b.id)];
}

function page(view: ReturnType<ImageList['view']>, args: WindowArguments): Connection<Image> {
  const slice = sliceWindow(parseWindow(args, scope), view);
  if (typeof slice === 'string') throw new Error(`no place for ${slice}`);
  return new Connection(view, slice, scope);
}

function walk(
  viewAt: (page: number) => ReturnType<ImageList['view']>,
  size: number,
  forward: boolean,
): number[] {
  const shown: number[] = [];
  let cursor: string | null = null;
  for (let number = 0; number < 500; number += 1) {
    const args = forward ? { first: size, after: cursor } : { last: size, before: cursor };
    const { nodes, pageInfo } = page(viewAt(number), args);
    const ids = nodes.map(({ id }) => id);
    if (forward) shown.push(...ids);
    else shown.unshift(...ids);
    cursor = forward ? pageInfo.endCursor : pageInfo.startCursor;
    if (!(forward ? pageInfo.hasNextPage : pageInfo.hasPreviousPage)) return shown;
  }
  throw new Error('the walk did not end');
}

describe('a view of a list', () => {
  it('has the images that the criteria let through, in the order, with their number and their facets', () => {
    fc.assert(
      fc.property(rows, criteria, order, (fields, which, by) => {
        const list = listOf(fields);
        const view = list.view(which, by);
        const expected = sortPlainly(filterPlainly(list.items, which), by);
        expect(view.slice(0, view.total).map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
        expect(view.total).toBe(expected.length);
        const counts = (values: readonly string[]) =>
          Object.fromEntries(
            values.map((value) => [value, values.filter((other) => other === value).length]),
          );
        const given = (facets: readonly { value: string; count: number }[]) =>
          Object.fromEntries(facets.map(({ value, count }) => [value, count]));
        expect(given(view.facets.types)).toEqual(counts(expected.map(({ type }) => type)));
        expect(given(view.facets.statuses)).toEqual(counts(expected.map(({ status }) => status)));
        expect(given(view.facets.distributions)).toEqual(
          counts(expected.map(({ distribution }) => distribution)),
        );
        expect(given(view.facets.regions)).toEqual(counts(expected.flatMap(({ regions }) => regions)));
      }),
      { numRuns: 400 },
    );
  });

  it.each([0, 1, 199, 200, 201, 1_000, 3_000])('of %d images is right as well, in every order', (count) => {
    const samples = fc.sample(rows, { numRuns: 400, seed: count }).flat();
    const fields = Array.from({ length: count }, (_, index) => samples[index % samples.length] ?? {});
    const items = fields.map((row, index) => imageOf(1 + ((index * 7_919) % 100_003), row));
    const list = new ImageList({ items, total: count, complete: true, coherent: true, readAtMs: 0 });
    for (const which of fc.sample(criteria, { numRuns: 12, seed: count + 1 })) {
      for (const field of ['createdAt', 'name', 'minDiskSize', 'sizeGigabytes'] as const) {
        for (const direction of ['asc', 'desc'] as const) {
          const view = list.view(which, { field, direction });
          const expected = sortPlainly(filterPlainly(items, which), { field, direction }).map(({ id }) => id);
          expect(view.slice(0, view.total).map(({ id }) => id)).toEqual(expected);
          expect(walk(() => view, 150, true)).toEqual(expected);
          expect(walk(() => view, 150, false)).toEqual(expected);
        }
      }
    }
  });

  it('is walked forwards and backwards with every image once', () => {
    fc.assert(
      fc.property(
        rows,
        criteria,
        order,
        fc.integer({ min: 1, max: 9 }),
        fc.boolean(),
        (fields, which, by, size, forward) => {
          const view = listOf(fields).view(which, by);
          expect(walk(() => view, size, forward)).toEqual(view.slice(0, view.total).map(({ id }) => id));
        },
      ),
      { numRuns: 300 },
    );
  });

  it('shows each image that stays as it is exactly once while others come, go and change', () => {
    fc.assert(
      fc.property(
        rows,
        criteria,
        order,
        fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
        fc.boolean(),
        (fields, which, by, seeds, forward) => {
          let items = listOf(fields).items;
          const original = items;
          const states: ImageList[] = [];
          const touched = new Set<number>();
          for (const [step, seed] of [0, ...seeds].entries()) {
            if (step > 0 && items.length > 0) {
              // Each step deletes one image, changes another and puts a new one anywhere.
              const victim = items[seed % items.length];
              const changed = items[(seed * 7 + 3) % items.length];
              for (const image of [victim, changed]) if (image) touched.add(image.id);
              items = items
                .filter((image) => image !== victim)
                .map((image) =>
                  image === changed
                    ? { ...image, name: `m${seed % 5}`, status: 'new' as const, minDiskSize: 9 }
                    : image,
                )
                .toSpliced(seed % items.length, 0, imageOf(1_000 + step, { name: 'LTS', minDiskSize: 7 }));
            }
            const list = new ImageList({
              items,
              total: items.length,
              complete: true,
              coherent: true,
              readAtMs: step,
            });
            const before = states.at(-1);
            if (before) list.follow(before);
            states.push(list);
          }
          const viewAt = (number: number) => (states[number] ?? states.at(-1) ?? listOf([])).view(which, by);
          const shown = walk(viewAt, 3, forward);
          const stayed = sortPlainly(filterPlainly(original, which), by)
            .map(({ id }) => id)
            .filter((id) => !touched.has(id));
          expect(shown.filter((id) => stayed.includes(id))).toEqual(stayed);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('goes on at the value of a cursor, not at its image, when that has moved', () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const by = { field: 'name', direction: 'asc' } as const;
    const cursor = page(listOf(names.map((name) => ({ name }))).view({}, by), { first: 2 }).pageInfo
      .endCursor;
    const renamed = listOf(['a', 'z', 'c', 'd', 'e'].map((name) => ({ name }))).view({}, by);
    expect(page(renamed, { first: 9, after: cursor }).nodes.map(({ name }) => name)).toEqual([
      'c',
      'd',
      'e',
      'z',
    ]);
  });

  it('sorts names that are longer than a cursor by what a cursor holds of them', () => {
    const names = ['x'.repeat(300), `${'x'.repeat(200)}a`, '😀'.repeat(80), `${'é'.repeat(49)}xyz`, 'y'];
    const view = listOf(names.map((name) => ({ name }))).view({}, { field: 'name', direction: 'desc' });
    expect(walk(() => view, 1, true)).toEqual(view.slice(0, view.total).map(({ id }) => id));
  });

  it('is walked over rows that repeat an id', () => {
    const items = [5, 7, 7, 7, 3].map((id) => imageOf(id, { minDiskSize: 7 }));
    const list = new ImageList({ items, total: 5, complete: true, coherent: true, readAtMs: 0 });
    for (const forward of [true, false]) {
      expect(walk(() => list.view({}, { field: 'minDiskSize', direction: 'asc' }), 1, forward)).toEqual([
        3, 5, 7, 7, 7,
      ]);
      expect(walk(() => list.view({ types: ['base'] }, null), 1, forward)).toEqual([5, 7, 7, 7, 3]);
    }
  });

  it('is computed once for all who ask for the same, in whatever order they name it', () => {
    const list = listOf([{}, {}]);
    const view = list.view({ types: ['base', 'custom'], nameContains: 'IMAGE' }, null);
    expect(list.view({ nameContains: 'image', types: ['custom', 'base', 'base'] }, null)).toBe(view);
    expect(list.view({ types: ['base'] }, null)).not.toBe(view);
  });

  it('is let go when eight others were used later', () => {
    const list = listOf([{}]);
    const first = list.view({ fitsDiskSize: 0 }, null);
    const second = list.view({ fitsDiskSize: 1 }, null);
    for (let size = 2; size < 8; size += 1) list.view({ fitsDiskSize: size }, null);
    expect(list.view({ fitsDiskSize: 0 }, null)).toBe(first);
    list.view({ fitsDiskSize: 8 }, null);
    expect(list.view({ fitsDiskSize: 0 }, null)).toBe(first);
    expect(list.view({ fitsDiskSize: 1 }, null)).not.toBe(second);
  });

  it('is not taken of a part of a list', () => {
    const part = new ImageList({
      items: [imageOf(1)],
      total: 9,
      complete: false,
      coherent: true,
      readAtMs: 0,
    });
    expect(() => part.view({}, null)).toThrow(RangeError);
  });
});
