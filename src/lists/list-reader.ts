import DataLoader from 'dataloader';

import type { ImageListFilter } from '../digitalocean/images.ts';
import type { ImageList } from './image-list.ts';
import type { ListNeed, ListSource, ListStore, Waiter } from './list-store.ts';

/** The API filter as one string: the same filter always gives the same one. */
export function canonicalFilter(filter: ImageListFilter): string {
  return JSON.stringify([filter.category ?? null, filter.private ?? null, filter.tagName ?? null]);
}

export interface ListReaderOptions {
  readonly store: ListStore;
  readonly tenant: string;
  readonly toSource: (filter: ImageListFilter) => ListSource;
  readonly caller: Waiter;
}

interface ListRequest {
  readonly filter: ImageListFilter;
  readonly need: ListNeed;
}

/**
 * One request's way to the lists. What its fields ask of one list at the same time becomes one reading that
 * serves them all, so that aliases share their calls and see one state of the list.
 */
export class ListReader {
  readonly #options: ListReaderOptions;
  readonly #seen = new Set<ImageList>();
  readonly #pending = new Set<Promise<unknown>>();
  readonly #loader: DataLoader<ListRequest, ImageList, string>;

  constructor(options: ListReaderOptions) {
    this.#options = options;
    this.#loader = new DataLoader((requests) => this.#readAll(requests), {
      cacheKeyFn: ({ filter, need }) => `${canonicalFilter(filter)}${need.rows}${need.atHead}`,
    });
  }

  /** A list that covers the need. */
  read(filter: ImageListFilter, need: ListNeed): Promise<ImageList> {
    const reading = this.#loader.load({ filter, need });
    const settled = reading.catch(() => {}).finally(() => this.#pending.delete(settled));
    this.#pending.add(settled);
    return reading;
  }

  /** Every list at hand without a call: those this request has read, and the tenant's own where it is held. */
  async atHand(): Promise<Iterable<ImageList>> {
    await Promise.all(this.#pending);
    const held = this.#options.store.held({ tenant: this.#options.tenant, filter: canonicalFilter({}) });
    return held === undefined ? this.#seen : new Set([...this.#seen, held]);
  }

  async #readAll(requests: readonly ListRequest[]): Promise<(ImageList | Error)[]> {
    const merged = new Map<string, ListRequest>();
    for (const { filter, need } of requests) {
      const key = canonicalFilter(filter);
      merged.set(key, { filter, need: mergeNeeds(need, merged.get(key)?.need ?? need) });
    }
    const readings = new Map(
      [...merged].map(([key, request]) => [key, this.#readOne(request).catch(toError)]),
    );
    return Promise.all(
      requests.map(async ({ filter }) => (await readings.get(canonicalFilter(filter))) ?? unread()),
    );
  }

  async #readOne({ filter, need }: ListRequest): Promise<ImageList> {
    const { store, tenant, toSource, caller } = this.#options;
    const key = { tenant, filter: canonicalFilter(filter) };
    const list = await store.read(key, need, toSource(filter), caller);
    this.#seen.add(list);
    return list;
  }
}

function mergeNeeds(a: ListNeed, b: ListNeed): ListNeed {
  return { rows: Math.max(a.rows, b.rows), atHead: a.atHead && b.atHead };
}

/** A DataLoader keeps failures apart only where they are values. */
function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('the list could not be read', { cause: reason });
}

function unread(): Error {
  return new Error('the list was not among those read');
}
