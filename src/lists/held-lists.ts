import { LRUCache } from 'lru-cache';

import type { Image, Page } from '../digitalocean/payloads.ts';
import { NamedPlaces } from '../places.ts';
import type { ImageList } from './image-list.ts';
import { ImagePool } from './image-pool.ts';
import { listOfPage, MAX_PER_PAGE } from './load-list.ts';
import { PackedPages } from './packed-pages.ts';

export interface HeldListsOptions {
  /** Bound on all lists of all tenants together. */
  readonly maxBytes: number;
  /** The longest list that is read whole. */
  readonly maxImages: number;
  /** Reads a page of which the JSON was kept. */
  readonly parsePage: (text: string) => Page<Image> | null;
}

/** A list as it is held. */
export interface Entry {
  readonly list: ImageList;
  readonly weight: number;
  /** Until then, the API is not asked for it: it was out of order just now. */
  pausedUntilMs: number;
}

/** How a list was read. */
export interface ListRead {
  /** How many rows were asked for; Infinity for all. */
  readonly rows: number;
  /** Its only page; undefined where it took several. */
  readonly page: Page<Image> | undefined;
}

interface Tenant {
  /** Of the lists that are held. */
  readonly storeKeys: Set<string>;
  /** Counts the lists that were kept; that of its last one. */
  keptLast: number;
}

/** How much of the room lists have that nobody has asked for again, at the most and where others need it. */
const PACKED_SHARE = 0.5;
const MIN_PACKED_SHARE = 0.125;
const MAX_PACKED_BYTES = 256 * 1_024 * 1_024;

/** What a list stands under: the same for the same tenant and filter. */
export function toStoreKey(tenant: string, filter: string): string {
  return `${tenant}?${filter}`;
}

/** A tenant has no question mark in it. */
function tenantOf(storeKey: string): string {
  return storeKey.slice(0, storeKey.indexOf('?'));
}

/**
 * Lists in memory, within a bound, those that were not used for longest going first. What was read once and not asked
 * for since is a page of bytes; what is asked for is a list of images, of which lists have the public ones in common.
 */
export class HeldLists {
  readonly #options: HeldListsOptions;
  readonly #entries: LRUCache<string, Entry>;
  readonly #packed: PackedPages;
  readonly #pool = new ImagePool();
  /** Those of whom a list is held, and no others. */
  readonly #tenants = new NamedPlaces<Tenant>();
  #kept = 0;

  constructor(options: HeldListsOptions) {
    this.#options = options;
    const packedBytes = Math.min(MAX_PACKED_BYTES, Math.floor(options.maxBytes * PACKED_SHARE));
    this.#packed = new PackedPages({ maxBytes: packedBytes, onGone: (storeKey) => this.#unnote(storeKey) });
    this.#entries = new LRUCache({
      maxSize: options.maxBytes,
      sizeCalculation: (entry) => entry.weight,
      disposeAfter: (entry, storeKey) => this.#letGo(entry, storeKey),
    });
  }

  /** What the lists weigh together, in bytes, and how many they are. */
  get size(): { readonly bytes: number; readonly lists: number } {
    const { bytes, pages } = this.#packed.size;
    return { bytes: this.#listBytes + bytes, lists: this.#entries.size + pages };
  }

  /** A number that is another one whenever another list of the tenant is kept. */
  stateOf(tenant: string): number {
    return this.#tenants.get(tenant)?.keptLast ?? 0;
  }

  /** A list that is asked for. */
  find(tenant: string, storeKey: string): Entry | undefined {
    // Of most that nothing is held of, nothing is held of their tenant.
    if (this.#tenants.get(tenant) === undefined) return undefined;
    return this.#entries.get(storeKey) ?? this.#unpack(storeKey);
  }

  /** The same of one that was asked for before, which counts for no use of it. */
  peek(storeKey: string): Entry | undefined {
    return this.#entries.peek(storeKey);
  }

  /** The same images, the public ones as another list has them already. */
  share(images: readonly Image[]): readonly Image[] {
    return this.#pool.share(images);
  }

  /** Keeps a list in place of an earlier one, if there is room for it. */
  keep(tenant: string, storeKey: string, list: ImageList, read: ListRead): void {
    const isFirst = this.#entries.peek(storeKey) === undefined;
    const isKept = (isFirst && this.#pack(storeKey, list.readAtMs, read)) || this.#hold(storeKey, list);
    if (!isKept) return;
    this.#kept += 1;
    const known = this.#tenants.get(tenant);
    if (known === undefined) {
      this.#tenants.set(tenant, { storeKeys: new Set([storeKey]), keptLast: this.#kept });
      return;
    }
    known.storeKeys.add(storeKey);
    known.keptLast = this.#kept;
  }

  /** A list grows with the views that are taken of it: its weight is looked at again when it is used again. */
  weigh(storeKey: string, entry: Entry): void {
    const weight = entry.list.bytes;
    if (weight === entry.weight) return;
    this.#entries.set(storeKey, { ...entry, weight });
    this.#makeRoom();
  }

  delete(storeKey: string): void {
    this.#entries.delete(storeKey);
    this.#packed.delete(storeKey);
    this.#unnote(storeKey);
  }

  /** Lets all lists of a tenant go. */
  drop(tenant: string): void {
    for (const storeKey of this.#tenants.get(tenant)?.storeKeys ?? []) this.delete(storeKey);
    this.#tenants.delete(tenant);
  }

  /**
   * Keeps the only page that a list was read from, where no list of others has images of it and no page goes for it: what
   * many ask for in turn would go just ahead of its second use. As a list it makes room for the pages that follow.
   */
  #pack(storeKey: string, readAtMs: number, { rows, page }: ListRead): boolean {
    const perPage = Math.min(rows, MAX_PER_PAGE);
    if (page?.bytes === undefined || page.received > perPage) return false;
    if (page.items.some((image) => image.public)) return false;
    if (!this.#packed.hasRoom(page.bytes.length)) return false;
    const isPacked = this.#packed.put(storeKey, page.bytes, { perPage, readAtMs });
    if (isPacked) this.#makeRoom();
    return isPacked;
  }

  #unpack(storeKey: string): Entry | undefined {
    const packed = this.#packed.take(storeKey);
    if (packed === undefined) return undefined;
    const { text, perPage, readAtMs } = packed;
    const page = this.#options.parsePage(text);
    const list = page && listOfPage(page, perPage, { readAtMs, maxImages: this.#options.maxImages });
    if (list === null || !this.#hold(storeKey, list)) this.#unnote(storeKey);
    return this.#entries.peek(storeKey);
  }

  /** Holds a list, in place of an earlier one; false where there is no room for it. */
  #hold(storeKey: string, list: ImageList): boolean {
    this.#pool.retain(list.items);
    const entry = { list, weight: list.bytes, pausedUntilMs: 0 };
    this.#entries.set(storeKey, entry);
    if (this.#entries.peek(storeKey) !== entry) {
      // Heavier than all the room there is.
      this.#pool.release(list.items);
      return false;
    }
    this.#makeRoom();
    return this.#entries.peek(storeKey) === entry;
  }

  /**
   * Lists that are asked for go before the last pages, so that newcomers have some room, and pages before the last list,
   * which may be a long one; else pages go first.
   */
  #makeRoom(): void {
    const { maxBytes } = this.#options;
    while (this.#isFull) {
      const { bytes, pages } = this.#packed.size;
      const areFewPages = bytes <= maxBytes * MIN_PACKED_SHARE;
      if (pages > 0 && (!areFewPages || this.#entries.size <= 1)) this.#packed.pop();
      else this.#entries.pop();
    }
  }

  get #listBytes(): number {
    return this.#entries.calculatedSize + this.#pool.bytes;
  }

  get #isFull(): boolean {
    return this.size.bytes > this.#options.maxBytes;
  }

  #letGo({ list }: Entry, storeKey: string): void {
    const now = this.#entries.peek(storeKey);
    if (now?.list !== list) this.#pool.release(list.items);
    if (now === undefined) this.#unnote(storeKey);
  }

  #unnote(storeKey: string): void {
    const tenant = tenantOf(storeKey);
    const known = this.#tenants.get(tenant);
    if (known === undefined) return;
    known.storeKeys.delete(storeKey);
    if (known.storeKeys.size === 0) this.#tenants.delete(tenant);
  }
}
