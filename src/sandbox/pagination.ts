import type { Exchange } from './exchange.ts';
import type { JsonObject } from './json.ts';

import { unprocessable } from './api-errors.ts';

export const DEFAULT_PER_PAGE = 20;
const MAX_PER_PAGE = 200;

/** Parameters that a link repeats; any other name means nothing to the API. */
const RECOGNISED = new Set(['per_page', 'type', 'private', 'tag_name']);

/**
 * Cuts the page that the query asks for, with its links and the count over all pages.
 * @throws ApiError 422 for a page or per_page out of bounds, where the sandbox is strict
 */
export function paginate<T>(rows: readonly T[], { query, state, pageUrl }: Exchange) {
  const { strict } = state.options;
  const page = toCount(query.get('page'), 'page', strict) ?? 1;
  const perPage = toCount(query.get('per_page'), 'per_page', strict) ?? DEFAULT_PER_PAGE;
  if (strict && perPage > MAX_PER_PAGE) throw unprocessable(`per_page must be at most ${MAX_PER_PAGE}`);
  const size = Math.min(perPage, MAX_PER_PAGE);

  return {
    items: rows.slice((page - 1) * size, page * size),
    links: toLinks(page, Math.ceil(rows.length / size), (target) => `${pageUrl}?${toSearch(target, query)}`),
    meta: { total: rows.length },
  };
}

/** Past the end there is still a way back: `first`, and the page before this one. */
function toLinks(page: number, last: number, url: (page: number) => string): JsonObject {
  const back = page > 1 ? { first: url(1), prev: url(page - 1) } : {};
  const on = page < last ? { next: url(page + 1), last: url(last) } : {};
  const pages = { ...back, ...on };
  return Object.keys(pages).length === 0 ? {} : { pages };
}

function toSearch(page: number, query: URLSearchParams): string {
  const search = new URLSearchParams({ page: String(page) });
  for (const [name, value] of query) {
    if (RECOGNISED.has(name)) search.append(name, value);
  }
  return search.toString();
}

function toCount(text: string | null, name: string, strict: boolean): number | undefined {
  if (text === null) return undefined;
  const count = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (count >= 1) return count;
  if (strict) throw unprocessable(`${name} must be a positive integer`);
  return undefined;
}
