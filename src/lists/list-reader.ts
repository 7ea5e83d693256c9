import DataLoader from 'dataloader';

import type { ImageListFilter } from '../digitalocean/images.ts';
import type { Image, Page } from '../digitalocean/payloads.ts';
import type { ImageList } from './image-list.ts';
import { canonicalFilter, imageFilter } from './list-key.ts';
import { toError } from './to-error.ts';
import type { HeldList, ListNeed, ListReading, ListSource, ListStore } from './list-store.ts';
import type { Waiter } from '../lib/waiter.ts';

export interface ListReaderOptions {
  readonly store: ListStore;
  /** Asked for where a list is needed. */
  readonly tenant: () => string;
  readonly toSource: (filter: ImageListFilter) => ListSource;
  /** Told of each reading that this request made. */
  readonly onRead: (reading: ListReading, of: 'image' | 'list') => void;
  /** Told of each held list that was looked into. */
  readonly onHeld: (held: HeldList) => void;
  /** Told that a page has arrived, or has failed to. */
  readonly onPage: () => void;
  readonly caller: Waiter;
}

interface ListRequest {
  readonly filter: ImageListFilter;
  /** The filter in canonical form. */
  readonly key: string;
  readonly need: ListNeed;
}

/** What resolvers read of lists. */
export type Lists = Pick<ListReader, 'atHand' | 'isLive' | 'maxImages' | 'read' | 'readPage'>;

/**
 * One request's way to the lists. What its fields ask of one list at the same time becomes one reading that
 * serves them all, so that aliases share their calls and see one state of the list.
 */
export class ListReader {
  readonly #options: ListReaderOptions;
  readonly #seen = new Map<string, ImageList>();
  readonly #used = new Map<string, ImageList>();
  #usedOthers = false;
  /** Made when the first is read: most requests read none. */
  #pages: Map<string, Promise<Page<Image>>> | undefined;
  #readings: Promise<unknown>[] = [];
  readonly #loader: DataLoader<ListRequest, ImageList, string>;

  constructor(options: ListReaderOptions) {
    this.#options = options;
    this.#loader = new DataLoader((requests) => this.#readAll(requests), {
      cacheKeyFn: ({ key, need }) => `${key}${need.rows}${need.atHead}${need.readsOn}`,
    });
  }

  /** A list that covers the need. */
  read(filter: ImageListFilter, need: ListNeed): Promise<ImageList> {
    const reading = this.#loader.load({ filter, key: canonicalFilter(filter), need });
    this.#readings.push(reading);
    return reading;
  }

  /** Whether lists are not held, so that each request reads what is there now. */
  get isLive(): boolean {
    return this.#options.store.isLive;
  }

  /** One page as it is now, read at most once a request. */
  readPage(filter: ImageListFilter, page: number, perPage: number): Promise<Page<Image>> {
    const { store, tenant, toSource, caller, onPage } = this.#options;
    const key = `${page} ${perPage} ${canonicalFilter(filter)}`;
    this.#usedOthers = true;
    const pages = (this.#pages ??= new Map<string, Promise<Page<Image>>>());
    const known = pages.get(key);
    if (known !== undefined) return known;
    const read = store.readPage({ tenant: tenant(), filter: key }, caller, (waiter) =>
      toSource(filter)(page, perPage, waiter),
    );
    read.then(onPage, onPage);
    pages.set(key, read);
    return read;
  }

  /** One image, which is held and read as a list of its own; null where there is none. */
  async readImage(name: string, source: ListSource): Promise<Image | null> {
    const { store, tenant, caller, onRead } = this.#options;
    const key = imageFilter(name);
    const reading = await store.read({ tenant: tenant(), filter: key }, ONE_IMAGE, source, caller);
    onRead(reading, 'image');
    this.#use(key, reading.list);
    return reading.list.items[0] ?? null;
  }

  /** An image that was read by itself and is held. */
  imageAtHand(name: string): Image | undefined {
    const { store, tenant, onHeld } = this.#options;
    const key = imageFilter(name);
    const held = store.held({ tenant: tenant(), filter: key });
    if (held === undefined) return undefined;
    onHeld(held);
    this.#use(key, held.list);
    return held.list.items[0];
  }

  /** Forgets what this request has read, after it has written. */
  forget(): void {
    this.#loader.clearAll();
    this.#seen.clear();
    this.#pages?.clear();
    this.#readings = [];
  }

  /** Ends when everything that this request is reading has arrived, or failed. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#readings);
  }

  /** The longest list that is read whole. */
  get maxImages(): number {
    return this.#options.store.maxImages;
  }

  /** The list under this filter as far as it is at hand without a call: as this request read it, or as it is held. */
  atHand(filter: ImageListFilter): ImageList | undefined {
    const { store, tenant, onHeld } = this.#options;
    const key = canonicalFilter(filter);
    const seen = this.#seen.get(key);
    if (seen?.complete) return seen;
    const held = store.held({ tenant: tenant(), filter: key });
    if (seen !== undefined && !held?.list.complete) return seen;
    if (held !== undefined) {
      onHeld(held);
      this.#use(key, held.list);
    }
    return held?.list;
  }

  /** The lists that this request has looked into, by their filters; null where that was not all, or not one of each. */
  get used(): ReadonlyMap<string, ImageList> | null {
    return this.#usedOthers ? null : this.#used;
  }

  /** Every list that this request has read. */
  seen(): Iterable<ImageList> {
    return this.#seen.values();
  }

  async #readAll(requests: readonly ListRequest[]): Promise<(ImageList | Error)[]> {
    const [first] = requests;
    if (first !== undefined && requests.length === 1) return [await this.#readOne(first).catch(toError)];
    const merged = new Map<string, ListRequest>();
    for (const request of requests) {
      const { key, need } = request;
      merged.set(key, { ...request, need: mergeNeeds(need, merged.get(key)?.need ?? need) });
    }
    const readings = new Map<string, Promise<ImageList | Error>>();
    for (const [key, request] of merged) readings.set(key, this.#readOne(request).catch(toError));
    return Promise.all(requests.map(({ key }) => readings.get(key) ?? Promise.resolve(unread())));
  }

  async #readOne({ filter, key, need }: ListRequest): Promise<ImageList> {
    const { store, tenant, toSource, caller, onRead } = this.#options;
    const reading = await store.read({ tenant: tenant(), filter: key }, need, toSource(filter), caller);
    onRead(reading, 'list');
    this.#seen.set(key, reading.list);
    this.#use(key, reading.list);
    return reading.list;
  }

  #use(key: string, list: ImageList): void {
    const earlier = this.#used.get(key);
    if (earlier !== undefined && earlier !== list) this.#usedOthers = true;
    this.#used.set(key, list);
  }
}

const ONE_IMAGE: ListNeed = { rows: 1, atHead: true };

function mergeNeeds(a: ListNeed, b: ListNeed): ListNeed {
  return {
    rows: Math.max(a.rows, b.rows),
    atHead: a.atHead && b.atHead,
    readsOn: a.readsOn === true || b.readsOn === true,
  };
}

function unread(): Error {
  return new Error('the list was not among those read');
}
