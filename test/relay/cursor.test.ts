import { createHash } from 'node:crypto';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { ArgumentError } from '../../src/relay/argument-error.ts';
import {
  cursorScope,
  type CursorSource,
  decodeCursor,
  encodeCursor,
  MAX_TEXT_BYTES,
  type SortValue,
} from '../../src/relay/cursor.ts';
import { expectArgumentError } from '../support/expect-argument-error.ts';

const scope = cursorScope('Query.images');
/** An unsorted list of ids, or one sorted by the values. */
function sourceOf(list: readonly number[], values?: readonly SortValue[]): CursorSource {
  return {
    idAt: (at) => list[at],
    ...(values && { valueAt: (at: number) => values[at] ?? null }),
  };
}

const lists = fc.array(fc.integer({ min: 1, max: 999_999_999_999_999 }), { minLength: 1, maxLength: 12 });

describe('a cursor', () => {
  it('gives back its position, its anchor and three neighbours each side, for ids of any size', () => {
    fc.assert(
      fc.property(lists, fc.nat(), (list, seed) => {
        const position = seed % list.length;
        const cursor = decodeCursor('after', encodeCursor(scope, position, sourceOf(list)), scope);
        expect(cursor).toEqual({
          position,
          anchor: list[position],
          predecessors: list.slice(Math.max(0, position - 3), position).toReversed(),
          successors: list.slice(position + 1, position + 4),
          value: undefined,
        });
      }),
    );
  });

  it('gives back what its list is sorted by, of any kind', () => {
    const values = fc.oneof(
      fc.constant(null),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.string({ unit: 'binary', maxLength: 25 }).map((text) => text.toWellFormed()),
    );
    fc.assert(
      fc.property(values, (value) => {
        const cursor = encodeCursor(scope, 1, sourceOf([4, 5, 6], [null, value, 1]));
        expect(cursor.length).toBeLessThanOrEqual(256);
        expect(decodeCursor('after', cursor, scope)).toMatchObject({
          anchor: 5,
          value: Object.is(value, -0) ? -0 : value,
        });
      }),
    );
  });

  it('holds a text of the longest form in 256 characters, and no longer one', () => {
    const ids = [999_999_999_999_999, 1, 999_999_999_999_998, 2, 999_999_999_999_997, 3, 999_999_999_999_996];
    const encode = (text: string) =>
      encodeCursor(
        scope,
        3,
        sourceOf(
          ids,
          Array.from(ids, () => text),
        ),
      );
    expect(encode('x'.repeat(MAX_TEXT_BYTES)).length).toBeLessThanOrEqual(256);
    expect(() => encode('x'.repeat(MAX_TEXT_BYTES + 1))).toThrow(RangeError);
  });

  it('is the same string for the same place of the same list', () => {
    const source = sourceOf([30, 10, 20]);
    expect(encodeCursor(scope, 1, source)).toBe(encodeCursor(scope, 1, source));
    expect(encodeCursor(scope, 1, source)).not.toBe(encodeCursor(scope, 2, source));
  });

  it('is short and safe in a URL', () => {
    const cursor = encodeCursor(scope, 1_999, { idAt: (at) => 200_000_000 + at });
    expect(cursor).toMatch(/^[\w-]{1,64}$/);
  });

  it('is not made for a place outside the list', () => {
    expect(() => encodeCursor(scope, 3, sourceOf([]))).toThrow(RangeError);
  });

  it('of another scope is told apart from a damaged one', () => {
    const cursor = encodeCursor(scope, 0, sourceOf([7]));
    expectArgumentError(() => decodeCursor('before', cursor, cursorScope('Query.images?private')), {
      argument: 'before',
      reason: 'CURSOR_MISMATCH',
    });
  });

  it('is refused after the change of any one bit', () => {
    const list = [5, 900, 20, 70_000, 8, 400, 3];
    const bytes = Buffer.from(encodeCursor(scope, 3, sourceOf(list)), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const damaged = Buffer.from(bytes);
      damaged.writeUInt8(damaged.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expectArgumentError(() => decodeCursor('after', damaged.toString('base64url'), scope), {
        argument: 'after',
        reason: 'CURSOR_INVALID',
      });
    }
  });

  it('is refused when cut short, extended, padded, doubled or written in another alphabet', () => {
    const cursor = encodeCursor(scope, 2, sourceOf([9, 8, 7, 6]));
    const damaged = [
      ...Array.from({ length: cursor.length }, (_, length) => cursor.slice(0, length)),
      `${cursor}A`,
      `${cursor}=`,
      cursor + cursor,
      ` ${cursor}`,
      `${cursor}\n`,
      Buffer.from(cursor, 'base64url').toString('hex'),
      'https://example.com/v2/images?page=2',
      'OffsetConnection:5',
      'A'.repeat(60_000),
    ];
    for (const text of damaged) {
      expectArgumentError(() => decodeCursor('after', text, scope), {
        argument: 'after',
        reason: 'CURSOR_INVALID',
      });
    }
  });

  it('is refused when it is the same bytes written in another way', () => {
    const cursor = encodeCursor(scope, 2, sourceOf([9, 8, 7, 6]));
    const bytes = Buffer.from(cursor, 'base64url');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const twins = alphabet
      .split('')
      .map((last) => cursor.slice(0, -1) + last)
      .filter((twin) => twin !== cursor && Buffer.from(twin, 'base64url').equals(bytes));
    expect(twins.length).toBeGreaterThan(0);
    for (const twin of twins) {
      expectArgumentError(() => decodeCursor('after', twin, scope), {
        argument: 'after',
        reason: 'CURSOR_INVALID',
      });
    }
  });

  it.each<[string, number[]]>([
    ['a byte too many', [2, 7, 0, 0]],
    ['a neighbour too few', [2, 7, 4]],
    ['more neighbours than there are', [2, 7, 12, 1, 1]],
    ['an anchor of 0', [2, 0, 0]],
    ['a neighbour of 0', [2, 1, 1, 1]],
    ['a number with leading zeros', [0x82, 0, 7, 0]],
    ['a number without an end', [2, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
    ['a value of no kind', [2, 7, 16, 9]],
    ['half a number to sort by', [2, 7, 16, 1, 0, 0]],
    ['no number to sort by', [2, 7, 16, 1, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0]],
    ['half a text to sort by', [2, 7, 16, 2, 5, 65]],
    ['a text that is no UTF-8', [2, 7, 16, 2, 1, 0xff]],
    ['contents that are none', [2, 7, 32]],
    ['a place beyond any list', [0xff, 0xff, 0xff, 0xff, 0x0f, 7, 0]],
  ])('is refused with %s, even where its checksum fits', (_, numbers) => {
    const forge = (bytes: number[]) => {
      const payload = Buffer.from([1, ...scope, ...bytes]);
      const checksum = createHash('sha256').update(payload).digest().subarray(0, 6);
      return Buffer.concat([payload, checksum]).toString('base64url');
    };
    expect(decodeCursor('after', forge([2, 7, 0]), scope)).toMatchObject({ position: 2, anchor: 7 });
    expectArgumentError(() => decodeCursor('after', forge(numbers), scope), {
      argument: 'after',
      reason: 'CURSOR_INVALID',
    });
  });

  it('never fails in another way, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
        expect(() => decodeCursor('after', text, scope)).toThrow(ArgumentError);
      }),
    );
  });
});
