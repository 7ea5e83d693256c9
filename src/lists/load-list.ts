import type { Image, Page } from '../digitalocean/payloads.ts';
import { ImageList } from './image-list.ts';
import { type Walk, walkPages } from './page-walk.ts';
import { type FetchPage, MAX_PER_PAGE, totalOf } from './paging.ts';

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
  /** Whether to read up to the limit although a total says that the list is longer. */
  readonly readsOn?: boolean;
  /** If it was read already. */
  readonly firstPage?: Page<Image>;
}

/**
 * Reads the head of a list: one page. The result is the whole list where that page shows its end. Where the page
 * leaves open how much follows, the whole list is read.
 * @throws ListTooLargeError | PagingError as `loadWhole`
 */
export async function loadHead(
  fetchPage: FetchPage<Image>,
  perPage: number,
  options: LoadOptions,
): Promise<ImageList> {
  const page = await fetchPage(1, perPage, false);
  const list = listOfPage(page, perPage, options);
  if (list !== null) return list;
  return loadWhole(fetchPage, perPage === MAX_PER_PAGE ? { ...options, firstPage: page } : options);
}

/** The list that a first page shows, whole or its head; null where the page leaves open how much follows. */
export function listOfPage(page: Page<Image>, perPage: number, options: LoadOptions): ImageList | null {
  const total = totalOf(page, 1, perPage);
  if (total === null) return null;
  const { items, received } = page;
  const { readAtMs } = options;
  if (total > received) return headOf(page, total, options);
  const coherent = page.total === received;
  return new ImageList({ items, total: items.length, complete: true, coherent, readAtMs });
}

/** A page that more follows, as the head of its list. Rows that could not be read do not count. */
function headOf({ items, received }: Page<Image>, apiTotal: number, options: LoadOptions): ImageList {
  const total = apiTotal - (received - items.length);
  const isBeyondLimit = apiTotal > options.maxImages;
  const { readAtMs } = options;
  return new ImageList({ items, total, complete: false, isBeyondLimit, coherent: true, readAtMs });
}

/**
 * Reads a whole list, its pages in parallel.
 *
 * A list that is longer than the limit is not read: the result is its first page, with its total.
 * @throws ListTooLargeError where the list passes the limit and its pages do not say how long it is
 * @throws PagingError where the pages do not show all of the list
 */
export async function loadWhole(fetchPage: FetchPage<Image>, options: WholeListOptions): Promise<ImageList> {
  const { readAtMs, maxImages, ...more } = options;
  const walk = await walkPages(fetchPage, { maxRows: maxImages, ...more });
  if (walk.isBeyondLimit) return headOfLarger(walk, options);
  const { items, isCoherent } = walk;
  return new ImageList({ items, total: items.length, complete: true, coherent: isCoherent, readAtMs });
}

function headOfLarger({ pages: [first], total }: Walk<Image>, options: LoadOptions): ImageList {
  const { maxImages } = options;
  if (first === undefined || total === null || total <= maxImages) throw new ListTooLargeError(maxImages);
  return headOf(first, total, options);
}
