import { describe, expect, it } from 'vitest';

import { coverWithPages } from '../../src/relay/covering-pages.ts';

/** Every page size and first page, tried one by one. */
function smallestByTrial(start: number, end: number, count: number, max: number): number | null {
  for (let perPage = 1; perPage <= max; perPage += 1) {
    for (let first = 1; (first - 1) * perPage <= start; first += 1) {
      if ((first - 1 + count) * perPage >= end) return perPage;
    }
  }
  return null;
}

describe('the pages that cover a range', () => {
  it('are one of the smallest size there is, else two, for every range of a list', () => {
    for (let start = 0; start <= 130; start += 1) {
      for (let length = 1; length <= 41; length += 1) {
        const end = start + length;
        const { perPage, pages } = coverWithPages(start, end, 40);
        const single = smallestByTrial(start, end, 1, 40);
        expect([perPage, pages.length]).toEqual(
          single === null ? [smallestByTrial(start, end, 2, 40), 2] : [single, 1],
        );
        expect(((pages[0] ?? 0) - 1) * perPage).toBeLessThanOrEqual(start);
        expect((pages.at(-1) ?? 0) * perPage).toBeGreaterThanOrEqual(end);
      }
    }
  });

  it('are one page for every window of up to 100 items, and for most of those up to 200', () => {
    const short: boolean[] = [];
    let one = 0;
    let all = 0;
    for (let start = 0; start < 2_000; start += 7) {
      for (let length = 1; length <= 200; length += 1) {
        const single = coverWithPages(start, start + length, 200).pages.length === 1;
        short.push(single || length > 100);
        one += Number(single);
        all += 1;
      }
    }
    expect(short.every(Boolean)).toBe(true);
    expect(one / all).toBeGreaterThan(0.85);
  });

  it('are just the window at the head', () => {
    expect(coverWithPages(0, 20, 200)).toEqual({ perPage: 20, pages: [1] });
    expect(coverWithPages(0, 0, 200)).toEqual({ perPage: 1, pages: [1] });
  });

  it('do not exist for a range that is too long', () => {
    expect(() => coverWithPages(0, 401, 200)).toThrow(RangeError);
  });
});
