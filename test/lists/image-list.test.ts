import { describe, expect, it } from 'vitest';

import { ImageList } from '../../src/lists/image-list.ts';
import { cursorScope, decodeCursor, encodeCursor } from '../../src/relay/cursor.ts';
import { imageOf } from '../support/paged-api.ts';

const scope = cursorScope('test');

function listOf(ids: readonly number[]): ImageList {
  const items = ids.map((id) => imageOf(id, { minDiskSize: id % 2 }));
  return new ImageList({ items, total: items.length, complete: true, coherent: true, readAtMs: 0 });
}

function cursorOf(source: { idAt(position: number): number | undefined }, position: number) {
  return decodeCursor('after', encodeCursor(scope, position, source), scope);
}

/** 1 to 40 in an order that neither rises nor falls. */
const MIXED = Array.from({ length: 40 }, (_, index) => 1 + ((index * 17) % 40));

function without(ids: readonly number[], from: number, to: number): number[] {
  return ids.filter((_, place) => place < from || place >= to);
}

describe('a cursor of which no item is left', () => {
  it.each([
    ['rising', 1],
    ['falling', -1],
  ])('is placed by its id in a list of %s ids', (_, sign) => {
    const ids = MIXED.toSorted((a, b) => sign * (a - b));
    const cursor = cursorOf(listOf(ids), 20);
    expect(listOf(without(ids, 10, 30)).recallGap(cursor)).toBe(10);
    expect(listOf(without(ids, 0, 30)).recallGap(cursor)).toBe(0);
    expect(listOf(without(ids, 20, 40)).recallGap(cursor)).toBe(20);
    expect(listOf([]).recallGap(cursor)).toBe(0);
  });

  it('is not placed by its id where what is left of a mixed list happens to rise', () => {
    const cursor = cursorOf(listOf([5, 3, 9, 1, 7]), 2);
    const left = listOf([5, 7]);
    expect(left.recallGap(cursor)).toBeNull();
    left.follow(listOf([5, 3, 9, 1, 7]));
    expect(left.recallGap(cursor)).toBe(1);
  });

  it('is lost in a list of mixed ids that remembers nothing', () => {
    const cursor = cursorOf(listOf(MIXED), 20);
    expect(listOf(without(MIXED, 10, 30)).recallGap(cursor)).toBeNull();
  });

  it.each([
    ['between what is left on both sides of it', 10, 30, 10],
    ['at the head', 0, 30, 0],
    ['at the tail', 10, 40, 10],
  ])('is placed by an earlier state of the list: %s', (_, from, to, gap) => {
    const first = listOf(MIXED);
    const cursor = cursorOf(first, 20);
    const later = listOf(without(MIXED, from, to));
    later.follow(first);
    expect(later.recallGap(cursor)).toBe(gap);
  });

  it('is placed by the state before the last, and by twenty before', () => {
    const cursor = cursorOf(listOf(MIXED), 20);
    let list = listOf(MIXED);
    for (let step = 0; step < 20; step += 1) {
      const next = listOf([...without(MIXED, 10, 30), 100 + step]);
      next.follow(list);
      list = next;
    }
    expect(list.recallGap(cursor)).toBe(10);
    const last = listOf([...without(MIXED, 10, 30), 500]);
    last.follow(list);
    expect(last.recallGap(cursor)).toBeNull();
  });

  it('is remembered for no longer where nothing changes meanwhile', () => {
    const first = listOf(MIXED);
    const cursor = cursorOf(first, 20);
    let list = listOf(without(MIXED, 10, 30));
    list.follow(first);
    for (let step = 0; step < 30; step += 1) {
      const same = listOf(without(MIXED, 10, 30));
      same.follow(list);
      list = same;
    }
    expect(list.recallGap(cursor)).toBe(10);
  });

  it('is placed in a filtered view by where its image stands in the list', () => {
    const odd = (list: ImageList) => list.view({ fitsDiskSize: 0 }, null);
    const first = listOf(MIXED);
    const view = odd(first);
    const cursor = cursorOf(view, 10);
    // The filter lets none of the cursor's images through any more, and all of them are still there.
    const near = new Set([cursor.anchor, ...cursor.predecessors, ...cursor.successors]);
    const items = first.items.map((image) => (near.has(image.id) ? { ...image, minDiskSize: 9 } : image));
    const later = new ImageList({ items, total: 40, complete: true, coherent: true, readAtMs: 1 });
    const gap = odd(later).recallGap(cursor);
    const before = view.slice(0, 10).filter(({ id }) => !near.has(id));
    expect(gap).toBe(before.length);
  });

  it('is placed in a filtered view by its neighbours where its image is gone from the list', () => {
    const first = listOf(MIXED);
    const view = first.view({ fitsDiskSize: 0 }, null);
    const cursor = cursorOf(view, 10);
    const items = first.items
      .filter(({ id }) => id !== cursor.anchor)
      .map((image) => (cursor.predecessors.includes(image.id) ? { ...image, minDiskSize: 9 } : image));
    const later = new ImageList({ items, total: 39, complete: true, coherent: true, readAtMs: 1 });
    expect(later.view({ fitsDiskSize: 0 }, null).recallGap(cursor)).toBe(7);
  });
});

describe('the weight of a list', () => {
  it('grows with its views and its memory', () => {
    const list = listOf(MIXED);
    const alone = list.bytes;
    list.view({}, null);
    const viewed = list.bytes;
    list.follow(listOf(MIXED.toReversed()));
    expect(viewed).toBeGreaterThan(alone);
    expect(list.bytes).toBe(viewed + 40 * 8);
  });

  it('has each view in it once, and those no more that were let go', () => {
    const list = listOf(MIXED);
    const alone = list.bytes;
    const { bytes } = list.view({ fitsDiskSize: 0 }, null);
    list.view({ fitsDiskSize: 0 }, null);
    expect(list.bytes).toBe(alone + bytes);
    const views = Array.from({ length: 20 }, (_, size) => list.view({ fitsDiskSize: size }, null));
    const kept = views.slice(-8).reduce((sum, view) => sum + view.bytes, 0);
    expect(list.bytes).toBe(alone + kept);
  });
});
