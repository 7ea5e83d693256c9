/** Numbered pages of one size, counted from 1. */
export interface CoveringPages {
  readonly perPage: number;
  readonly pages: readonly number[];
}

/**
 * The smallest single page that holds the items from `start` up to, not including, `end`; where there is none of
 * at most `maxPerPage` items, the two smallest neighbouring pages that do. A page begins at a multiple of its own
 * size, so the size has to be searched for. Holds for ranges of up to `maxPerPage + 1` items.
 */
export function coverWithPages(start: number, end: number, maxPerPage: number): CoveringPages {
  const length = Math.max(1, end - start);
  for (const count of [1, 2]) {
    for (let perPage = Math.ceil(length / count); perPage <= maxPerPage; perPage += 1) {
      const before = Math.floor(start / perPage);
      if ((before + count) * perPage < end) continue;
      return { perPage, pages: Array.from({ length: count }, (_, index) => before + 1 + index) };
    }
  }
  throw new RangeError(`no two pages of ${maxPerPage} hold ${length} items`);
}
