import { DEFAULT_PER_PAGE } from './pagination.ts';
import { isObject, type Json, type JsonObject, parseJson } from './json.ts';

/** What can be odd about the pages of a list, while each is a sound answer. */
export interface OddPage {
  /** Longer pages are not given; page numbers then count in pages of this size. */
  readonly cap?: number;
  /** Rows that are left out at the end of the page, as if they were filtered after it was cut. */
  readonly omit?: number;
  /** In place of `meta.total`. */
  readonly total?: Json;
  /** Whether there is a link to a next page, whether there is one or not. */
  readonly next?: boolean;
}

/** The query as an API with a cap on its pages takes it. */
export function capPage(query: URLSearchParams, { cap = Infinity }: OddPage = {}): URLSearchParams {
  const perPage = Number(query.get('per_page') ?? DEFAULT_PER_PAGE);
  if (perPage <= cap) return query;
  const capped = new URLSearchParams(query);
  capped.set('per_page', String(cap));
  return capped;
}

/** The JSON of a page made odd; any other body as it is. */
export function oddPage(json: string, page: OddPage): string {
  const body = parseJson(json);
  if (!isObject(body) || !isObject(body['meta'])) return json;
  const { omit = 0, total = body['meta']['total'] ?? null, next } = page;
  const rows = Object.entries(body).map(([name, value]): [string, Json] => {
    return [name, Array.isArray(value) ? value.slice(0, Math.max(0, value.length - omit)) : value];
  });
  const odd: JsonObject = {
    ...Object.fromEntries(rows),
    links: next === undefined ? (body['links'] ?? {}) : withNext(body['links'], next),
    meta: { total },
  };
  return JSON.stringify(odd);
}

function withNext(links: Json | undefined, isThere: boolean): JsonObject {
  const pages = isObject(links) && isObject(links['pages']) ? links['pages'] : {};
  const { next = 'https://api.digitalocean.com/v2/images?page=2', ...others } = pages;
  const kept = isThere ? { ...others, next } : others;
  return Object.keys(kept).length === 0 ? {} : { pages: kept };
}
