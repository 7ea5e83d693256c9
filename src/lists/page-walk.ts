import pMap from 'p-map';

import type { Page } from '../digitalocean/payloads.ts';
import { CONCURRENCY, type FetchPage, MAX_PER_PAGE, PagingError, type Row } from './paging.ts';

/** The API's default. Of a list at the limit, shorter pages are not read to the end. */
const MIN_PER_PAGE = 20;

/** Pages of a list, from the first on. */
export interface Walk<T> {
  readonly pages: readonly Page<T>[];
  /** The rows of all pages. An id that a page repeats is kept, one that an earlier page had is not. */
  readonly items: readonly T[];
  /** How long the list is, where its pages say so: as many rows as were received, or more. */
  readonly total: number | null;
  /** Whether more follows than may be read. */
  readonly isBeyondLimit: boolean;
  /** Whether the pages agree with one another. */
  readonly isCoherent: boolean;
}

export interface WalkOptions<T> {
  /** The longest list that is read. */
  readonly maxRows: number;
  /** Whether to read up to that limit although a total says that the list is longer. */
  readonly readsOn?: boolean;
  /** How long the list was when it was last seen: lets all pages leave at once. */
  readonly expectedTotal?: number | undefined;
  /** If it was read already. */
  readonly firstPage?: Page<T>;
}

/**
 * Reads a list to its end. Numbered pages of a list that changes meanwhile may repeat an image or miss one, which
 * shows: the totals differ, the rows are not as many as the total says, or an id is on two pages. Then the list is
 * read once more; a second disagreement is the API's, not a change's, and the rows received are taken for the truth.
 * @throws PagingError where the pages do not show all of the list
 */
export async function walkPages<T extends Row>(
  fetchPage: FetchPage<T>,
  options: WalkOptions<T>,
): Promise<Walk<T>> {
  const { maxRows, readsOn = false } = options;
  const walk = await walkOnce((page, perPage) => fetchPage(page, perPage, false), options);
  // Pages that are longer than they may be are not so because the list has changed.
  if (walk.isCoherent || walk.isBeyondLimit || walk.isTooLong || walk.isOversize) return walk.check();
  return (await walkOnce((page, perPage) => fetchPage(page, perPage, true), { maxRows, readsOn })).check();
}

async function walkOnce<T extends Row>(
  fetchPage: (page: number, perPage: number) => Promise<Page<T>>,
  { maxRows, readsOn = false, expectedTotal = 0, firstPage }: WalkOptions<T>,
): Promise<PageWalk<T>> {
  const walk = new PageWalk<T>(maxRows, readsOn);
  if (firstPage !== undefined) walk.add(firstPage);
  const expected = expectedTotal > maxRows ? 1 : Math.ceil(expectedTotal / MAX_PER_PAGE);
  let planned = firstPage === undefined ? Math.max(1, expected) : walk.plan();
  while (walk.pages.length < planned) {
    const { length } = walk.pages;
    const missing = Array.from({ length: planned - length }, (_, index) => length + 1 + index);
    const read = await pMap(missing, (page) => fetchPage(page, MAX_PER_PAGE), { concurrency: CONCURRENCY });
    for (const page of read) walk.add(page);
    planned = walk.plan();
  }
  return walk;
}

class PageWalk<T extends Row> implements Walk<T> {
  readonly pages: Page<T>[] = [];
  readonly items: T[] = [];
  isBeyondLimit = false;
  /** Whether its pages are so short that they are too many. */
  isTooLong = false;
  readonly #maxRows: number;
  readonly #maxPages: number;
  readonly #readsOn: boolean;
  readonly #ids = new Set<number>();
  /** Of all pages, without those that an earlier page had. */
  #rows = 0;
  #received = 0;
  /** Of the last page. */
  #newRows = 0;
  /** Whether a page repeated earlier ones although the page before it had a link to a next one. */
  #isStuck = false;

  constructor(maxRows: number, readsOn: boolean) {
    this.#maxRows = maxRows;
    this.#readsOn = readsOn;
    this.#maxPages = Math.ceil(maxRows / MIN_PER_PAGE);
  }

  add(page: Page<T>): void {
    const fresh = page.items.filter(({ id }) => !this.#ids.has(id));
    for (const item of fresh) {
      this.#ids.add(item.id);
      this.items.push(item);
    }
    this.#newRows = page.received - (page.items.length - fresh.length);
    this.#rows += this.#newRows;
    this.#received += page.received;
    if (page.received > 0 && this.#newRows === 0 && this.pages.at(-1)?.hasNext) this.#isStuck = true;
    this.pages.push(page);
  }

  get total(): number | null {
    return this.pages.findLast(({ total }) => total !== null && total >= this.#rows)?.total ?? null;
  }

  get isCoherent(): boolean {
    return this.#rows === this.#received && this.pages.every(({ total }) => total === this.#rows);
  }

  get isOversize(): boolean {
    return this.pages.some(({ received }) => received > MAX_PER_PAGE);
  }

  /** @throws PagingError */
  check(): this {
    const isCut = this.#isStuck && (this.total ?? 0) > this.#rows;
    if (this.isTooLong || (isCut && !this.isBeyondLimit)) {
      throw new PagingError(`${this.pages.length} pages do not show the whole list`);
    }
    return this;
  }

  /** How many pages the list has, going by those that were read; at least as many as these. */
  plan(): number {
    const { pages, total } = this;
    const { length } = pages;
    const last = pages.at(-1);
    if (last === undefined) return 1;
    const { received, hasNext = false } = last;
    const isLong = total !== null && total > this.#maxRows;
    if (this.#newRows === 0) {
      // One that repeats another ends the list. One without rows does not where both say that more follows.
      const isFiltered =
        received === 0 && hasNext && total !== null && total > this.#rows && !this.isOversize;
      const hasRoom = (!isLong && length * MAX_PER_PAGE < (total ?? 0)) || pages.at(-2)?.received !== 0;
      return isFiltered && hasRoom ? this.#upTo(length + 1) : length;
    }
    const hasMore = hasNext || (total === null ? received >= MAX_PER_PAGE : total > this.#rows);
    // Of a first page that is short, one more page shows whether a large total is to be believed.
    const isKnownLong = isLong && !this.#readsOn && (length > 1 || received >= MAX_PER_PAGE);
    this.isBeyondLimit = isKnownLong || (hasMore && this.#rows >= this.#maxRows && total !== this.#rows);
    if (this.isBeyondLimit || !hasMore) return length;
    if (total === null || total === this.#rows) return this.#upTo(length + 1);
    const fitting = Math.ceil((Math.min(total, this.#maxRows) * length) / this.#received);
    const isEven = !isLong && pages.every((page) => page.received === MAX_PER_PAGE);
    return this.#upTo(Math.max(length + 1, isEven ? fitting : Math.min(fitting, 2 * length)));
  }

  #upTo(pages: number): number {
    const { length } = this.pages;
    if (length >= this.#maxPages) this.isTooLong = true;
    return this.isTooLong ? length : Math.min(pages, this.#maxPages);
  }
}
