import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { describe, expect, it } from 'vitest';

import { AnswerMemo } from '../../src/fast-lane/answer-memo.ts';
import { toPlainPost } from '../../src/fast-lane/plain-post.ts';
import { ImageList } from '../../src/lists/image-list.ts';

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');

function heapBytes(): number {
  if (typeof collect === 'function') collect();
  return process.memoryUsage().heapUsed;
}

const MAX_BYTES = 4_000_000;
const HEADERS = Array.from({ length: 20 }, (_, index) => `header ${index}`);

describe('the memory of cached answers', () => {
  it.each([
    ['a', 100, 2_000],
    ['é', 100, 2_000],
    ['漢', 100, 2_000],
    ['😀', 100, 2_000],
    // Long requests with short answers, and hardly any text at all.
    ['漢', 4_000, 20],
    ['a', 1, 1],
  ])(
    'is what it may be: answers of %s, requests of %d and answers of %d characters',
    (letter, ofKey, ofBody) => {
      const list = new ImageList({ items: [], total: 0, complete: true, coherent: true, readAtMs: 0 });
      const memo = new AnswerMemo({ maxBytes: MAX_BYTES, isCurrent: () => true });
      // In one piece, as what is read from a connection and made by JSON.stringify.
      const textOf = (length: number, n: number) => Buffer.from(`${letter.repeat(length)} ${n}`).toString();
      const postOf = (n: number) =>
        toPlainPost({
          token: 'token',
          tenant: 'tenant',
          type: 'application/json',
          origin: undefined,
          body: textOf(ofKey, n),
        });
      const before = heapBytes();
      // Twice as many as fit where a character is a byte.
      const count = Math.ceil((2 * MAX_BYTES) / (700 + ofKey + ofBody));
      for (let n = 0; n < count; n += 1) {
        const post = postOf(n);
        for (let time = 0; time < 2; time += 1) {
          memo.keep(
            post,
            { headers: [...HEADERS], body: textOf(ofBody, n), encoding: 'utf8', operationName: undefined },
            new Map([['filter', list]]),
          );
        }
      }
      const bytes = heapBytes() - before;
      expect(memo.find(postOf(count - 1))).toBeDefined();
      expect(bytes).toBeLessThan(1.15 * MAX_BYTES);
      expect(bytes).toBeGreaterThan(0.6 * MAX_BYTES);
    },
  );
});
