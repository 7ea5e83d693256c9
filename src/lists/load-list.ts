import pMap from 'p-map';

import type { Image, Page } from '../digitalocean/payloads.ts';
import { ImageList } from './image-list.ts';

/** Reads one page of a list; pages count from 1. */
export type FetchPage = (page: number, perPage: number) => Promise<Page<Image>>;

/** The API's largest page. */
export const MAX_PER_PAGE = 200;
/** Of the pages of one list. */
export const CONCURRENCY = 4;

/** The list is longer than the gateway reads, and its pages do not say how long. */
export class ListTooLargeError extends Error {
  override readonly name = 'ListTooLargeError';
  readonly limit: number;

  constructor(limit: number) {
    super(`the list has more than ${limit} images`);
    this.limit = limit;
  }
}

export interface LoadOptions {
  readonly readAtMs: number;
  /** The longest list that is read whole. */
  readonly maxImages: number;
}

export interface WholeListOptions extends LoadOptions {
  /** How long the list was when it was last seen: lets all pages leave at once. */
  readonly expectedTotal?: number | undefined;
}

/**
 * Reads the head of a list: one page. The result is the whole list where that page shows its end. Where the page
 * does not tell whether more follows, the whole list is read.
 */
export async function loadHead(
  fetchPage: FetchPage,
  perPage: number,
  options: LoadOptions,
): Promise<ImageList> {
  const page = await fetchPage(1, perPage);
  return listOfPage(page, perPage, options) ?? loadWhole(fetchPage, options);
}

/** The list that a first page shows, whole or its head; null where the page does not tell whether more follows. */
export function listOfPage(page: Page<Image>, perPage: number, options: LoadOptions): ImageList | null {
  const { items, received } = page;
  const total = usableTotal(page, 0);
  const { readAtMs } = options;
  const isShort = received < perPage;
  if (total === received || (total === null && isShort)) {
    return new ImageList({ items, total: items.length, complete: true, coherent: total !== null, readAtMs });
  }
  // The page says that more follows and has room for it, or says nothing: the whole settles it.
  if (total === null || isShort) return null;
  return headOf(page, total, options);
}

/** A full page that more follows, as the head of its list. Rows that could not be read do not count. */
function headOf({ items, received }: Page<Image>, apiTotal: number, options: LoadOptions): ImageList {
  const total = apiTotal - (received - items.length);
  const isBeyondLimit = apiTotal > options.maxImages;
  const { readAtMs } = options;
  return new ImageList({ items, total, complete: false, isBeyondLimit, coherent: true, readAtMs });
}

/**
 * Reads a whole list, its pages in parallel. Numbered pages of a list that changes meanwhile may repeat an
 * image or miss one, which shows: totals differ, a page before the last is not full, the rows are not as many
 * as the total says, or an id stands on two pages. Then the list is read once more; a second disagreement is
 * the API's, not a change's, and the rows received are taken for the truth.
 *
 * A list that is longer than the limit is not read: the result is its first page, with its total.
 * @throws ListTooLargeError where the list passes the limit and no total says how long it is.
 */
export async function loadWhole(fetchPage: FetchPage, options: WholeListOptions): Promise<ImageList> {
  const { readAtMs, maxImages } = options;
  const pages = await readPages(fetchPage, options);
  const larger = headOfLarger(pages, options);
  if (larger !== null) return larger;
  const list = joinPages(pages, readAtMs);
  if (list.coherent) return list;
  const again = await readPages(fetchPage, { readAtMs, maxImages });
  return headOfLarger(again, options) ?? joinPages(again, readAtMs);
}

function headOfLarger([first]: readonly Page<Image>[], options: LoadOptions): ImageList | null {
  const total = first === undefined ? null : usableTotal(first, 0);
  if (first === undefined || total === null || total <= options.maxImages) return null;
  return first.received < MAX_PER_PAGE ? null : headOf(first, total, options);
}

async function readPages(fetchPage: FetchPage, options: WholeListOptions): Promise<Page<Image>[]> {
  const { expectedTotal = 0, maxImages } = options;
  const pages: Page<Image>[] = [];
  let planned = expectedTotal > maxImages ? 1 : Math.max(1, Math.ceil(expectedTotal / MAX_PER_PAGE));
  while (pages.length < planned) {
    const missing = Array.from({ length: planned - pages.length }, (_, index) => pages.length + 1 + index);
    pages.push(
      ...(await pMap(missing, (page) => fetchPage(page, MAX_PER_PAGE), { concurrency: CONCURRENCY })),
    );
    planned = planPages(pages, maxImages);
  }
  return pages;
}

/** How many pages the list has, going by the answers so far; at least as many as were read. */
function planPages(pages: readonly Page<Image>[], maxImages: number): number {
  const last = pages.at(-1);
  if (last === undefined || pages.some((page) => page.received < MAX_PER_PAGE)) return pages.length;
  const rows = pages.reduce((sum, page) => sum + page.received, 0);
  const total = usableTotal(last, rows - last.received);
  if (total !== null) {
    return rows >= total || total > maxImages
      ? pages.length
      : Math.max(pages.length, Math.ceil(total / MAX_PER_PAGE));
  }
  const repeats = pages.length > 1 && last.items[0]?.id === pages.at(-2)?.items[0]?.id;
  if (repeats) return pages.length;
  if (rows >= maxImages) throw new ListTooLargeError(maxImages);
  return pages.length + 1;
}

/** The page's total, or null where it is fewer than the rows seen: some answers count wrongly or not at all. */
function usableTotal(page: Page<Image>, rowsBefore: number): number | null {
  return page.total === null || page.total < rowsBefore + page.received ? null : page.total;
}

/** The rows of all pages in one list. An id that a page repeats is kept, one that an earlier page had is not. */
function joinPages(pages: readonly Page<Image>[], readAtMs: number): ImageList {
  const earlier = new Set<number>();
  let repeats = 0;
  const items = pages.flatMap((page) => {
    const fresh = page.items.filter((image) => !earlier.has(image.id));
    repeats += page.items.length - fresh.length;
    for (const image of fresh) earlier.add(image.id);
    return fresh;
  });
  const rows = pages.reduce((sum, page) => sum + page.received, 0);
  const coherent =
    repeats === 0 &&
    pages.every((page) => page.total === rows) &&
    pages.slice(0, -1).every((page) => page.received === MAX_PER_PAGE);
  return new ImageList({ items, total: items.length, complete: true, coherent, readAtMs });
}
