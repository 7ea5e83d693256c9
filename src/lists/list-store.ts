import { LRUCache } from 'lru-cache';

import type { Image, Page } from '../digitalocean/payloads.ts';
import type { ImageList } from './image-list.ts';
import { loadHead, loadWhole, MAX_PER_PAGE } from './load-list.ts';
import { SharedFlight } from './shared-flight.ts';

/**
 * The lists that are held, and the rule by which they are read.
 *
 * Upstream requests are what is scarce, and a front end's first question is nearly always for the head of a
 * list. So a list is read as far as it is needed, in three steps, each of them one reading that yields the
 * head of the list or all of it:
 *
 * 1. nothing held and a window at the head: just that window, as one page (`first: 20` is 20 rows);
 * 2. a need within the first 200 rows: the first page of 200;
 * 3. a need beyond them, or for the end of the list: all pages at once, 200 rows each.
 *
 * A list of up to 200 images is therefore whole after one call, 300 after two, 1,000 after five; and a walk by
 * 20 over 300 images costs four calls, if it ends within the time to live. A page that was read earlier never
 * becomes a part of a whole list: what changed between the two readings would not show.
 *
 * A held list answers until it is older than the time to live. Readers of one list that come together share
 * one reading. Lists are kept apart by tenant and filter, and nothing is shared between tenants, not even what
 * is public: what a token may see is for the API to say.
 */
export class ListStore {
  readonly #options: ListStoreOptions;
  readonly #lists: LRUCache<string, ImageList>;
  readonly #flights = new Map<string, Flight[]>();

  constructor(options: ListStoreOptions) {
    this.#options = options;
    this.#lists = new LRUCache({ maxSize: options.maxBytes, sizeCalculation: (list) => list.bytes });
  }

  /** The list as it is held and fresh, whatever part of it that is. Never a call. */
  held(key: ListKey): ImageList | undefined {
    return this.#fresh(toStoreKey(key));
  }

  /**
   * A list that covers the need: from the store, from a reading under way, or from a new one. The reading is
   * not bound to this caller's signal, since others may have come to share it.
   */
  async read(key: ListKey, need: ListNeed, source: ListSource, waiter: Waiter): Promise<ImageList> {
    const storeKey = toStoreKey(key);
    const held = this.#fresh(storeKey);
    if (held !== undefined && covers(held, need)) return held;
    const { signal } = waiter;
    signal.throwIfAborted();
    const underWay = (this.#flights.get(storeKey) ?? []).filter(({ flight }) => flight.joinable);
    const shared = underWay.find(({ rows }) => rows >= need.rows);
    const touched = held !== undefined || underWay.length > 0;
    const joined = shared ?? this.#start(storeKey, planRows(need, touched), source, held?.total);
    return joined.flight.join(signal);
  }

  #fresh(storeKey: string): ImageList | undefined {
    const list = this.#lists.get(storeKey);
    const { ttlMs, now } = this.#options;
    return list !== undefined && now() - list.readAtMs < ttlMs ? list : undefined;
  }

  #start(storeKey: string, rows: number, source: ListSource, expectedTotal: number | undefined): Flight {
    const { maxImages, now } = this.#options;
    const options = { readAtMs: now(), maxImages };
    const flight = new SharedFlight(async (signal) => {
      const fetchPage = (page: number, perPage: number) => source(page, perPage, signal);
      try {
        const list = Number.isFinite(rows)
          ? await loadHead(fetchPage, rows, options)
          : await loadWhole(fetchPage, { ...options, expectedTotal });
        this.#keep(storeKey, list);
        return list;
      } finally {
        this.#forget(storeKey, started);
      }
    });
    const started = { rows, flight };
    this.#flights.set(storeKey, [...(this.#flights.get(storeKey) ?? []), started]);
    return started;
  }

  #keep(storeKey: string, list: ImageList): void {
    const held = this.#fresh(storeKey);
    if (this.#options.ttlMs > 0 && (held === undefined || supersedes(list, held)))
      this.#lists.set(storeKey, list);
  }

  #forget(storeKey: string, ended: Flight): void {
    const others = (this.#flights.get(storeKey) ?? []).filter((flight) => flight !== ended);
    if (others.length === 0) this.#flights.delete(storeKey);
    else this.#flights.set(storeKey, others);
  }
}

export interface ListStoreOptions {
  /** How long a list answers, in milliseconds; 0 keeps none. */
  readonly ttlMs: number;
  /** The longest list that is read whole. */
  readonly maxImages: number;
  /** Bound on all held lists of all tenants together. */
  readonly maxBytes: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface ListKey {
  /** Digest of the whole token. */
  readonly tenant: string;
  /** The API filter in canonical form. */
  readonly filter: string;
}

/** How much of a list a reader needs. */
export interface ListNeed {
  /** Rows from the head, 1 or more; Infinity for the whole list. */
  readonly rows: number;
  /** Whether these rows are a window at the head, and not the way to one. */
  readonly atHead: boolean;
}

export const WHOLE_LIST: ListNeed = { rows: Infinity, atHead: false };

/** Whoever waits for a list; its signal is asked for only when there is something to wait for. */
export interface Waiter {
  readonly signal: AbortSignal;
}

/** Reads one page of the list from the API. */
export type ListSource = (page: number, perPage: number, signal: AbortSignal) => Promise<Page<Image>>;

interface Flight {
  readonly rows: number;
  readonly flight: SharedFlight<ImageList>;
}

function covers(list: ImageList, need: ListNeed): boolean {
  return list.complete || need.rows <= list.items.length;
}

/** Readings may end in another order than they began in: a whole list stays, the later one or the longer part. */
function supersedes(list: ImageList, held: ImageList): boolean {
  if (list.complete !== held.complete) return list.complete;
  return list.complete ? list.readAtMs >= held.readAtMs : list.items.length >= held.items.length;
}

/** The rows of the reading that serves a need: see the three steps above. */
function planRows(need: ListNeed, touched: boolean): number {
  if (need.rows > MAX_PER_PAGE) return Infinity;
  return need.atHead && !touched ? need.rows : MAX_PER_PAGE;
}

function toStoreKey({ tenant, filter }: ListKey): string {
  return `${tenant}?${filter}`;
}
