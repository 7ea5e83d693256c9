import { LRUCache } from 'lru-cache';

import type { ImageList } from '../lists/image-list.ts';
import { textBytes } from '../lib/text-bytes.ts';
import { NamedPlaces } from '../places.ts';
import { Doorkeeper } from './doorkeeper.ts';

/** The JSON of a response. */
export interface ResponseBody {
  readonly text: string;
  /** Of the text in UTF-8. */
  readonly bytes: number;
}

/** The lists that a response was made of, by their filters. */
export type UsedLists = ReadonlyMap<string, ImageList>;

interface Finished {
  readonly body: ResponseBody;
  /** Weakly: a response must not keep a list that the list cache has evicted. */
  readonly lists: readonly (readonly [filter: string, list: WeakRef<ImageList>])[];
}

/** What an entry takes beside its texts; measured on the heap. */
const BYTES_PER_ENTRY = 700;

export interface ResponseCacheOptions {
  /** Bound on all finished responses and their keys together; 0 caches none. */
  readonly maxBytes: number;
  /** Whether a list is the one that a new request with this filter would be served from without a call. */
  readonly isCurrent: (tenant: string, filter: string, list: ImageList) => boolean;
}

/**
 * Responses to queries by tenant, operation and coerced variables: in flight, or finished.
 *
 * A finished response is served for as long as each list that it was made of is current and fresh, so it is never
 * older than what a new execution would return: a write, a refused token, a refetch or age end it. It is cached the
 * second time that it is made, since most requests come once and would only evict the others.
 */
export class ResponseCache<Flight extends { readonly isJoinable: boolean }> {
  readonly #isCurrent: ResponseCacheOptions['isCurrent'];
  readonly #finished: LRUCache<string, Finished> | null;
  readonly #doorkeeper = new Doorkeeper();
  readonly #inFlight = new NamedPlaces<Flight>();

  constructor({ maxBytes, isCurrent }: ResponseCacheOptions) {
    this.#isCurrent = isCurrent;
    this.#finished =
      maxBytes === 0
        ? null
        : new LRUCache({
            maxSize: maxBytes,
            sizeCalculation: ({ body }, key) => BYTES_PER_ENTRY + textBytes(body.text) + textBytes(key),
          });
  }

  /** A finished response that is still current. */
  find(key: string): { readonly body: ResponseBody; readonly lists: number } | undefined {
    const entry = this.#finished?.get(key);
    if (entry === undefined) return undefined;
    for (const [filter, reference] of entry.lists) {
      const list = reference.deref();
      if (list !== undefined && this.#isCurrent(tenantOf(key), filter, list)) continue;
      this.#finished?.delete(key);
      return undefined;
    }
    return { body: entry.body, lists: entry.lists.length };
  }

  /** An execution of the same query that a request may join. */
  findInFlight(key: string): Flight | undefined {
    const flight = this.#inFlight.get(key);
    return flight?.isJoinable === true ? flight : undefined;
  }

  start(key: string, flight: Flight): void {
    this.#inFlight.set(key, flight);
  }

  end(key: string, flight: Flight): void {
    if (this.#inFlight.get(key) === flight) this.#inFlight.delete(key);
  }

  /** Caches a response that is made of nothing but these lists. */
  add(key: string, body: ResponseBody, lists: UsedLists): void {
    if (this.#finished === null || lists.size === 0 || !this.#doorkeeper.add(key)) return;
    const references = Array.from(lists, ([filter, list]) => [filter, new WeakRef(list)] as const);
    this.#finished.set(key, { body, lists: references });
  }

  /** After a write: a request that comes now must not join an execution that began before. */
  forget(tenant: string): void {
    this.#inFlight.deleteUnder(prefixOf(tenant));
  }
}

/** The key of a query. A tenant has no space in it, and an id is a number: no two queries share a key. */
export function toResponseKey(tenant: string, operationId: number, variables: string): string {
  return `${prefixOf(tenant)}${operationId} ${variables}`;
}

function prefixOf(tenant: string): string {
  return `${tenant} `;
}

function tenantOf(key: string): string {
  return key.slice(0, key.indexOf(' '));
}
