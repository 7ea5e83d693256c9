import type { Image } from '../digitalocean/payloads.ts';
import type { Cursor } from '../relay/cursor.ts';
import { gapByNeighbours } from '../relay/window.ts';
import { type Direction, directionsOf, IdIndex, lowerBound } from './id-index.ts';
import { canonicalCriteria, type ImageCriteria } from './image-criteria.ts';
import type { ImageOrder } from './image-order.ts';
import { weightOf } from './image-weight.ts';
import { ListView } from './list-view.ts';

/** What a list adds to the weight of its images: a reference to each, an index of the ids and slugs, and what is kept of its tenant. */
const BYTES_PER_ROW = 48;
const BYTES_PER_LIST = 750;
const BYTES_PER_PAST_ID = 8;

/** How many views of one list are kept, and how many earlier states of it are remembered by their ids. */
const MAX_VIEWS = 8;
const MAX_PAST = 20;

/**
 * What one token sees under one API filter, as it was at one moment: the whole list or a part from its head.
 * Its rows never change, so that every request that holds it sees one state; a change of the list is another
 * object.
 */
export class ImageList {
  readonly items: readonly Image[];
  /** How many images the whole list has. */
  readonly total: number;
  /** Whether the items are the whole list. */
  readonly complete: boolean;
  /** Whether the list is longer than lists are read, so that no more than its head can be had. */
  readonly isBeyondLimit: boolean;
  /** Whether the pages it was read from agreed with one another. */
  readonly coherent: boolean;
  /** When the reading began, by the clock of whoever read it. */
  readonly readAtMs: number;

  /** Made when the first is taken: most lists have none. */
  #views: Map<string, ListView> | undefined;
  #past: readonly Float64Array[] = [];
  #bytes: number;
  #index: IdIndex | undefined;
  #slugs: Map<string, Image> | undefined;
  #directions: readonly Direction[] | undefined;

  constructor(part: {
    items: readonly Image[];
    total: number;
    complete: boolean;
    isBeyondLimit?: boolean;
    coherent: boolean;
    readAtMs: number;
  }) {
    this.items = part.items;
    this.total = part.total;
    this.complete = part.complete;
    this.isBeyondLimit = part.isBeyondLimit ?? false;
    this.coherent = part.coherent;
    this.readAtMs = part.readAtMs;
    this.#bytes = part.items.reduce(
      (sum, image) => sum + BYTES_PER_ROW + (image.public ? 0 : weightOf(image)),
      BYTES_PER_LIST,
    );
  }

  /**
   * What the list weighs in memory now, roughly, without its public images, which it may share with others. It grows
   * with the views that are taken of it.
   */
  get bytes(): number {
    return this.#bytes;
  }

  slice(start: number, end: number): readonly Image[] {
    return this.items.slice(start, end);
  }

  idAt(position: number): number | undefined {
    return this.items[position]?.id;
  }

  /** Where the image with this id stands, the place nearest to `near` where it stands in several; -1 if absent. */
  indexOf(id: number, near: number): number {
    this.#index ??= new IdIndex(this.items.map((image) => image.id));
    return this.#index.nearest(id, near);
  }

  byId(id: number): Image | undefined {
    return this.items[this.indexOf(id, 0)];
  }

  bySlug(slug: string): Image | undefined {
    this.#slugs ??= new Map(
      this.items.flatMap((image) => (image.slug === null ? [] : [[image.slug, image] as const])),
    );
    return this.#slugs.get(slug);
  }

  /** The whole list through criteria and in an order, computed once however many ask for it. */
  view(criteria: ImageCriteria, order: ImageOrder | null): ListView {
    if (!this.complete) throw new RangeError('only a whole list can be filtered and sorted');
    const key = `${canonicalCriteria(criteria)}${order?.field} ${order?.direction}`;
    const views = (this.#views ??= new Map<string, ListView>());
    const known = views.get(key);
    const view = known ?? new ListView(this, criteria, order);
    if (known === undefined) this.#bytes += view.bytes;
    // Set anew, so that the first key is always the one that was used longest ago.
    views.delete(key);
    views.set(key, view);
    for (const [oldest, { bytes }] of views) {
      if (views.size <= MAX_VIEWS) break;
      views.delete(oldest);
      this.#bytes -= bytes;
    }
    return view;
  }

  /** Makes this list the successor of an earlier state of it, or of a part of one, whose ids it then remembers. */
  follow(earlier: ImageList): void {
    const ids = Float64Array.from(earlier.items, (image) => image.id);
    const unchanged = ids.length === this.items.length && ids.every((id, place) => id === this.idAt(place));
    this.#past = unchanged ? earlier.#past : [ids, ...earlier.#past].slice(0, MAX_PAST);
    this.#bytes += this.#past.reduce((sum, { length }) => sum + length * BYTES_PER_PAST_ID, 0);
  }

  /** The gap of a cursor in this list, by whatever of it is left: its item, the items next to it, or memory. */
  gapOf(cursor: Cursor): number | null {
    const place = this.indexOf(cursor.anchor, cursor.position);
    return place === -1 ? (gapByNeighbours(cursor, this) ?? this.recallGap(cursor)) : place;
  }

  /**
   * The gap of a cursor of which no item is left. Where the list is in the order of its ids, and the cursor's were
   * too, the id itself tells it; that order is seen, never assumed. Else an earlier state of the list, in which one
   * of the cursor's items still had neighbours that are here.
   */
  recallGap({ anchor, predecessors, successors }: Cursor): number | null {
    this.#directions ??= directionsOf(this.items.map(({ id }) => id));
    const [direction] = directionsOf([...predecessors.toReversed(), anchor, ...successors], this.#directions);
    if (direction !== undefined) {
      return lowerBound(this.items.length, (place) => direction * ((this.idAt(place) ?? 0) - anchor) > 0);
    }
    for (const ids of this.#past) {
      for (const id of [anchor, ...predecessors, ...successors]) {
        const gap = this.#gapByPast(ids, ids.indexOf(id));
        if (gap !== null) return gap;
      }
    }
    return null;
  }

  #gapByPast(ids: Float64Array, place: number): number | null {
    if (place === -1) return null;
    for (let before = place - 1; before >= 0; before -= 1) {
      const found = this.indexOf(ids[before] ?? 0, before);
      if (found !== -1) return found + 1;
    }
    for (let after = place + 1; after < ids.length; after += 1) {
      const found = this.indexOf(ids[after] ?? 0, after);
      if (found !== -1) return found;
    }
    // All that stood before it is known, since lists are read from their heads, and gone: the gap is at the head.
    return 0;
  }
}
