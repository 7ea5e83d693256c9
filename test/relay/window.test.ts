import { describe, expect, it } from 'vitest';

import { cursorScope, encodeCursor } from '../../src/relay/cursor.ts';
import {
  parseWindow,
  rowsNeeded,
  type Sequence,
  sliceWindow,
  type WindowArguments,
} from '../../src/relay/window.ts';
import { expectArgumentError } from '../support/expect-argument-error.ts';
import { readBySpecification } from '../support/relay-reference.ts';

const scope = cursorScope('Query.images');

/** A list of ids as the windows see it. */
function sequence(ids: readonly number[]): Sequence & { cursorOf(id: number): string } {
  return {
    total: ids.length,
    complete: true,
    indexOf: (id) => ids.indexOf(id),
    cursorOf: (id) => encodeCursor(scope, ids.indexOf(id), { idAt: (at) => ids[at] }),
  };
}

function slice(list: Sequence, args: WindowArguments) {
  const found = sliceWindow(parseWindow(args, scope), list);
  if (typeof found === 'string') throw new Error(`no place for ${found}`);
  return found;
}

describe('a window', () => {
  it('is what the Relay specification says, for every combination of arguments over small lists', () => {
    let combinations = 0;
    for (let length = 0; length <= 6; length += 1) {
      const ids = Array.from({ length }, (_, index) => 100 + index * 7);
      const list = sequence(ids);
      const sizes = [undefined, null, ...Array.from({ length: length + 2 }, (_, size) => size)];
      const cursors = [undefined, null, ...ids.map((id) => list.cursorOf(id))];
      for (const first of sizes) {
        for (const last of sizes) {
          for (const after of cursors) {
            for (const before of cursors) {
              const isBackward = before != null && after == null;
              const spec = {
                first: first ?? (last == null && !isBackward ? 20 : null),
                last: last ?? (first == null && isBackward ? 20 : null),
                after,
                before,
              };
              const expected = readBySpecification(ids, (id) => list.cursorOf(id), spec);
              const { start, end, ...flags } = slice(list, { first, last, after, before });
              expect({ edges: ids.slice(start, end), ...flags }).toEqual(expected);
              combinations += 1;
            }
          }
        }
      }
    }
    expect(combinations).toBe(14_763);
  });

  it('of no arguments is the first 20', () => {
    expect(slice(sequence(range(50)), {})).toMatchObject({ start: 0, end: 20 });
  });

  it('with only `before` is the 20 ahead of it', () => {
    const list = sequence(range(50));
    expect(slice(list, { before: list.cursorOf(41) })).toMatchObject({ start: 20, end: 40 });
  });

  it.each(['first', 'last'])(
    'refuses a %s that is negative, broken, above 200 or not a number',
    (argument) => {
      for (const value of [-1, -0.5, 1.5, 201, 2 ** 31, NaN, Infinity]) {
        expectArgumentError(() => parseWindow({ [argument]: value }, scope), {
          argument,
          reason: 'PAGE_SIZE',
        });
      }
      for (const value of [0, 1, 200])
        expect(parseWindow({ [argument]: value }, scope)).toHaveProperty(argument, value);
    },
  );
});

describe('a window whose list has changed', () => {
  const before = sequence(range(20));

  it('goes on behind the nearest predecessor when the item of `after` is gone', () => {
    const after = before.cursorOf(10);
    expect(slice(sequence(without(range(20), 10)), { after })).toMatchObject({ start: 9 });
    expect(slice(sequence(without(range(20), 10, 9)), { after })).toMatchObject({ start: 8 });
    expect(slice(sequence(without(range(20), 10, 9, 8)), { after })).toMatchObject({ start: 7 });
  });

  it('goes on ahead of the nearest successor when the predecessors are gone as well', () => {
    const after = before.cursorOf(10);
    const left = without(range(20), 10, 9, 8, 7, 11);
    expect(left.slice(slice(sequence(left), { after }).start)[0]).toBe(12);
  });

  it('ends at the same gap when the item of `before` is gone', () => {
    const cursor = before.cursorOf(10);
    expect(slice(sequence(without(range(20), 10)), { before: cursor })).toMatchObject({ end: 9 });
    const left = without(range(20), 10, 9, 8, 7, 11);
    expect(left.slice(0, slice(sequence(left), { before: cursor }).end).at(-1)).toBe(6);
  });

  it('begins at the head when all that stood before the item of the cursor is gone', () => {
    const after = before.cursorOf(2);
    expect(slice(sequence(range(20).slice(6)), { after })).toMatchObject({ start: 0 });
  });

  it('names the cursor whose place is lost, and never starts again at the beginning', () => {
    const left = sequence(without(range(20), 7, 8, 9, 10, 11, 12, 13));
    const cursor = before.cursorOf(10);
    expect(sliceWindow(parseWindow({ after: cursor }, scope), left)).toBe('after');
    expect(sliceWindow(parseWindow({ before: cursor }, scope), left)).toBe('before');
  });

  it('shows nothing twice and skips nothing when items arrive at any place', () => {
    const after = before.cursorOf(10);
    for (let place = 0; place <= 20; place += 1) {
      const changed = range(20).toSpliced(place, 0, 999);
      const rest = changed.slice(slice(sequence(changed), { after }).start);
      expect(rest.filter((id) => id !== 999)).toEqual(range(20).slice(10));
    }
  });
});

describe('the rows that a window needs', () => {
  const list = sequence(range(500));
  const needed = (args: WindowArguments) => rowsNeeded(parseWindow(args, scope));

  it.each<[string, WindowArguments, number]>([
    ['a window at the head', { first: 20 }, 20],
    ['nothing', { first: 0 }, 0],
    ['a window behind a cursor', { first: 20, after: list.cursorOf(40) }, 60],
    ['a window ahead of a cursor', { last: 20, before: list.cursorOf(120) }, 120],
    ['a window between two cursors', { first: 5, after: list.cursorOf(10), before: list.cursorOf(90) }, 90],
    ['a window at the tail', { last: 5 }, Infinity],
    ['a window at the tail behind a cursor', { last: 5, after: list.cursorOf(3) }, Infinity],
  ])('for %s are as few as will do', (_, args, rows) => {
    expect(needed(args)).toBe(rows);
  });
});

/** 1 to `length`. */
function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index + 1);
}

function without(ids: readonly number[], ...gone: readonly number[]): number[] {
  return ids.filter((id) => !gone.includes(id));
}
