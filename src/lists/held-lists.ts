import { isDeepStrictEqual } from 'node:util';

import { LRUCache } from 'lru-cache';

import type { Image, Page } from '../digitalocean/payloads.ts';
import type { ImageList } from './image-list.ts';
import { ImagePool } from './image-pool.ts';
import { imageFilter, isOfOneImage, nameKey, type NamedKey, tenantOf, UNFILTERED } from './list-key.ts';
import { listOfPage } from './load-list.ts';
import { PackedPages } from './packed-pages.ts';
import { MAX_PER_PAGE } from './paging.ts';

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
  readonly names: Set<string>;
  /** Counts the lists that were kept; that of its last one. */
  keptLast: number;
}

/** How much of the room lists have that nobody has asked for again, at the most and where others need it. */
const PACKED_SHARE = 0.5;
const MIN_PACKED_SHARE = 0.125;
const MAX_PACKED_BYTES = 256 * 1_024 * 1_024;

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
  readonly #tenants = new Map<string, Tenant>();
  #kept = 0;

  constructor(options: HeldListsOptions) {
    this.#options = options;
    const packedBytes = Math.min(MAX_PACKED_BYTES, Math.floor(options.maxBytes * PACKED_SHARE));
    this.#packed = new PackedPages({ maxBytes: packedBytes, onGone: (name) => this.#unnote(name) });
    this.#entries = new LRUCache({
      maxSize: options.maxBytes,
      sizeCalculation: (entry) => entry.weight,
      disposeAfter: (entry, name) => this.#letGo(entry, name),
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
  find({ tenant, name }: NamedKey): Entry | undefined {
    // Of most that nothing is held of, nothing is held of their tenant.
    if (this.#tenants.get(tenant) === undefined) return undefined;
    return this.#entries.get(name) ?? this.#unpack(name);
  }

  /** The same of one that was asked for before, which counts for no use of it. */
  peek({ name }: NamedKey): Entry | undefined {
    return this.#entries.peek(name);
  }

  /** The same images, the public ones as another list has them already. */
  share(images: readonly Image[]): readonly Image[] {
    return this.#pool.share(images);
  }

  /** Keeps a list in place of an earlier one, if there is room for it. */
  keep({ tenant, filter, name }: NamedKey, list: ImageList, read: ListRead): void {
    const isFirst = this.#entries.peek(name) === undefined;
    const isKept = (isFirst && this.#pack(name, list.readAtMs, read)) || this.#hold(name, list);
    if (!isKept) return;
    this.#kept += 1;
    const known = this.#tenants.get(tenant);
    if (known === undefined) {
      this.#tenants.set(tenant, { names: new Set([name]), keptLast: this.#kept });
      return;
    }
    known.names.add(name);
    known.keptLast = this.#kept;
    const [image] = list.items;
    if (!isOfOneImage(name))
      this.#outdateByList(known, list, { isAll: list.complete && filter === UNFILTERED });
    else if (image !== undefined) this.outdateNames(tenant, image, list.readAtMs);
  }

  /** An image is otherwise now than it is held, or gone: lets go of it by itself, and of lists with it. */
  outdate(tenant: string, id: number, seen: Image | null): void {
    this.#deleteWhere(tenant, ({ items }) => {
      // Without an index, which each image by itself would keep.
      const image = items.find((one) => one.id === id);
      return image !== undefined && !isDeepStrictEqual(image, seen);
    });
  }

  /** Lets go of what was read before a moment, and at it. */
  dropOlder(tenant: string, untilMs: number): void {
    this.#deleteWhere(tenant, (list) => list.readAtMs <= untilMs);
  }

  #deleteWhere(tenant: string, isToGo: (list: ImageList) => boolean): void {
    for (const name of this.#tenants.get(tenant)?.names ?? []) {
      const { list } = this.#entries.peek(name) ?? this.#unpack(name) ?? {};
      if (list !== undefined && isToGo(list)) this.delete(name);
    }
  }

  /** Lets an image go, under both its names, that was read by itself before it was seen to be otherwise. */
  outdateNames(tenant: string, seen: Image, seenAtMs: number): void {
    for (const imageName of [String(seen.id), seen.slug]) {
      if (imageName === null) continue;
      const { name } = nameKey({ tenant, filter: imageFilter(imageName) });
      const image = this.#imageBefore(name, seenAtMs);
      if (image !== undefined && !isDeepStrictEqual(image, seen)) this.delete(name);
    }
  }

  /** Lets images go that were read by themselves before a list was that has them otherwise, or should have them and has not. */
  #outdateByList({ names }: Tenant, list: ImageList, { isAll }: { readonly isAll: boolean }): void {
    for (const name of names) {
      const image = isOfOneImage(name) ? this.#imageBefore(name, list.readAtMs) : undefined;
      if (image === undefined) continue;
      const seen = list.byId(image.id);
      if (seen === undefined ? isAll : !isDeepStrictEqual(image, seen)) this.delete(name);
    }
  }

  #imageBefore(name: string, untilMs: number): Image | undefined {
    const list = this.#entries.peek(name)?.list;
    return list !== undefined && list.readAtMs <= untilMs ? list.items[0] : undefined;
  }

  /** A list grows with the views that are taken of it: its weight is looked at again when it is used again. */
  weigh({ name }: NamedKey, entry: Entry): void {
    const weight = entry.list.bytes;
    if (weight === entry.weight) return;
    this.#entries.set(name, { ...entry, weight });
    this.#makeRoom();
  }

  delete(name: string): void {
    this.#entries.delete(name);
    this.#packed.delete(name);
    this.#unnote(name);
  }

  /** Lets all lists of a tenant go. */
  drop(tenant: string): void {
    for (const name of this.#tenants.get(tenant)?.names ?? []) this.delete(name);
  }

  /**
   * Keeps the only page that a list was read from, where no list of others has images of it and no page goes for it: what
   * many ask for in turn would go just ahead of its second use. As a list it makes room for the pages that follow.
   */
  #pack(name: string, readAtMs: number, { rows, page }: ListRead): boolean {
    const perPage = Math.min(rows, MAX_PER_PAGE);
    if (page?.bytes === undefined || page.received > perPage) return false;
    if (page.items.some((image) => image.public)) return false;
    if (!this.#packed.hasRoom(name, page.bytes.length)) return false;
    const isPacked = this.#packed.put(name, page.bytes, { perPage, readAtMs });
    if (isPacked) this.#makeRoom();
    return isPacked;
  }

  #unpack(name: string): Entry | undefined {
    const packed = this.#packed.take(name);
    if (packed === undefined) return undefined;
    const { text, perPage, readAtMs } = packed;
    const page = this.#options.parsePage(text);
    const list = page && listOfPage(page, perPage, { readAtMs, maxImages: this.#options.maxImages });
    if (list === null || !this.#hold(name, list)) this.#unnote(name);
    return this.#entries.peek(name);
  }

  /** Holds a list, in place of an earlier one; false where there is no room for it. */
  #hold(name: string, list: ImageList): boolean {
    this.#pool.retain(list.items);
    const entry = { list, weight: list.bytes, pausedUntilMs: 0 };
    this.#entries.set(name, entry);
    if (this.#entries.peek(name) !== entry) {
      // Heavier than all the room there is.
      this.#pool.release(list.items);
      return false;
    }
    this.#makeRoom();
    return this.#entries.peek(name) === entry;
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

  #letGo({ list }: Entry, name: string): void {
    const now = this.#entries.peek(name);
    if (now?.list !== list) this.#pool.release(list.items);
    if (now === undefined) this.#unnote(name);
  }

  #unnote(name: string): void {
    const tenant = tenantOf(name);
    const known = this.#tenants.get(tenant);
    if (known === undefined) return;
    known.names.delete(name);
    if (known.names.size === 0) this.#tenants.delete(tenant);
  }
}
