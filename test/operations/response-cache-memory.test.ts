import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { describe, expect, it } from 'vitest';

import { ImageList } from '../../src/lists/image-list.ts';
import { ResponseCache, toResponseKey } from '../../src/operations/response-cache.ts';

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');

function heapBytes(): number {
  if (typeof collect === 'function') collect();
  return process.memoryUsage().heapUsed;
}

const MAX_BYTES = 4_000_000;

describe('the memory of cached responses', () => {
  it.each([
    ['a', 100, 2_000],
    ['é', 100, 2_000],
    ['漢', 100, 2_000],
    ['😀', 100, 2_000],
    // Long requests with short answers, and hardly any text at all.
    ['漢', 4_000, 20],
    ['a', 1, 1],
  ])(
    'is within its bound: responses of %s, keys of %d and responses of %d characters',
    (letter, ofKey, ofBody) => {
      const list = new ImageList({ items: [], total: 0, complete: true, coherent: true, readAtMs: 0 });
      const cache = new ResponseCache({ maxBytes: MAX_BYTES, isCurrent: () => true });
      // In one piece, as what is read from a connection and made by JSON.stringify.
      const textOf = (length: number, n: number) => Buffer.from(`${letter.repeat(length)} ${n}`).toString();
      const keyOf = (n: number) => toResponseKey('tenant', n, textOf(ofKey, n));
      const before = heapBytes();
      // Twice as many as fit where a character is a byte.
      const count = Math.ceil((2 * MAX_BYTES) / (700 + ofKey + ofBody));
      for (let n = 0; n < count; n += 1) {
        for (let time = 0; time < 2; time += 1) {
          const text = textOf(ofBody, n);
          cache.add(keyOf(n), { text, bytes: Buffer.byteLength(text) }, new Map([['filter', list]]));
        }
      }
      const bytes = heapBytes() - before;
      expect(cache.find(keyOf(count - 1))).toBeDefined();
      expect(bytes).toBeLessThan(1.15 * MAX_BYTES);
      expect(bytes).toBeGreaterThan(0.6 * MAX_BYTES);
    },
  );
});
