import type { Page } from '../digitalocean/payloads.ts';

/** What the API's lists are of. */
export interface Row {
  readonly id: number;
}

/** Reads one page of a list; pages count from 1. `isAgain` asks for a page that was read before as it is now. */
export type FetchPage<T> = (page: number, perPage: number, isAgain: boolean) => Promise<Page<T>>;

/** The API's largest page. */
export const MAX_PER_PAGE = 200;
/** Of the pages of one list. */
export const CONCURRENCY = 4;

/** The pages of a list do not show all of it, also when they are read once more. */
export class PagingError extends Error {
  override readonly name = 'PagingError';
}

/**
 * How long a list is, going by one of its pages; null where that page leaves it open, or leaves open which rows it has.
 *
 * The rows that were received are the truth: a total below them is ignored. More follows if a link or the total says so.
 * A page behind the first has to agree with its total, since its place in the list is computed: a server that caps its
 * pages gives other rows.
 */
export function totalOf(
  { received, total, hasNext }: Page<unknown>,
  number: number,
  perPage: number,
): number | null {
  const start = (number - 1) * perPage;
  const end = start + received;
  const isShort = received < perPage;
  if (hasNext && (isShort || total === end)) return null;
  if (number === 1 && isShort && (total === null || total <= received)) return received;
  if (total === null || (number > 1 && received > perPage)) return null;
  if (number > 1 && received === 0) return total <= start ? total : null;
  const isEnd = isShort || hasNext === false;
  if (total < end || (isEnd && total > end)) return null;
  return total;
}
