import type { Image } from '../digitalocean/payloads.ts';
import type { Cursor, SortValue } from '../relay/cursor.ts';
import type { Side } from '../relay/window.ts';
import { IdIndex, lowerBound } from './id-index.ts';
import { countFacets, type ImageFacets } from './image-facets.ts';
import { type ImageCriteria, toPredicate } from './image-criteria.ts';
import { compareOrderValues, type ImageOrder, ORDER_VALUES } from './image-order.ts';

/** What a view is taken of. */
interface WholeList {
  readonly items: readonly Image[];
  /** The gap of a cursor in the list; null where the list does not tell it. */
  gapOf(cursor: Cursor): number | null;
}

/**
 * A whole list seen through criteria and in an order. Computed once for a list, whoever asks for it, and
 * immutable as the list is.
 */
export class ListView {
  readonly total: number;
  readonly complete = true;
  /** Present in a view that has an order. */
  readonly valueAt?: (position: number) => SortValue;
  /** Present in a view that has an order. */
  readonly gapByValue?: (cursor: Cursor, side: Side) => number;

  readonly #list: WholeList;
  /** Where each item of the view stands in the list. */
  readonly #places: Uint32Array;
  #index: IdIndex | undefined;
  #facets: ImageFacets | undefined;

  constructor(list: WholeList, criteria: ImageCriteria, order: ImageOrder | null) {
    this.#list = list;
    const matches = toPredicate(criteria);
    const places: number[] = [];
    for (const [place, image] of list.items.entries()) if (matches(image)) places.push(place);
    if (order === null) {
      this.#places = Uint32Array.from(places);
    } else {
      const values = list.items.map(ORDER_VALUES[order.field]);
      const valueOf = (place: number) => values[place] ?? null;
      this.#places = Uint32Array.from(
        places.toSorted(
          (a, b) =>
            compareOrderValues(valueOf(a), valueOf(b), order.direction) ||
            this.#idOf(a) - this.#idOf(b) ||
            a - b,
        ),
      );
      this.valueAt = (position) => valueOf(this.#places[position] ?? -1);
      this.gapByValue = (cursor, side) => this.#gapByValue(cursor, side, order.direction, valueOf);
    }
    this.total = this.#places.length;
  }

  /** What the view weighs in memory beyond its list, roughly, with an index and an order. */
  get bytes(): number {
    return 500 + this.#list.items.length * 8 + this.total * 50;
  }

  slice(start: number, end: number): readonly Image[] {
    return Array.from(this.#places.subarray(start, end), (place) => this.#list.items[place]).filter(
      (image) => image !== undefined,
    );
  }

  idAt(position: number): number | undefined {
    const place = this.#places[position];
    return place === undefined ? undefined : this.#idOf(place);
  }

  indexOf(id: number, near: number): number {
    this.#index ??= new IdIndex(Array.from(this.#places, (place) => this.#idOf(place)));
    return this.#index.nearest(id, near);
  }

  /** An image that the criteria no longer let through, or that is gone, still has a place in the list. */
  recallGap(cursor: Cursor): number | null {
    const inList = this.#list.gapOf(cursor);
    return inList === null ? null : lowerBound(this.total, (index) => (this.#places[index] ?? 0) >= inList);
  }

  /** How often each value occurs among the images of the view. */
  get facets(): ImageFacets {
    this.#facets ??= countFacets(this.slice(0, this.total));
    return this.#facets;
  }

  #idOf(place: number): number {
    return this.#list.items[place]?.id ?? 0;
  }

  /** Images of one value stand in the order of their ids, those of one id as the API had them. */
  #gapByValue(
    { anchor, value = null, position }: Cursor,
    side: Side,
    direction: 'asc' | 'desc',
    valueOf: (place: number) => SortValue,
  ): number {
    const compare = (index: number) => {
      const place = this.#places[index] ?? -1;
      return compareOrderValues(valueOf(place), value, direction) || this.#idOf(place) - anchor;
    };
    const first = lowerBound(this.total, (index) => compare(index) >= 0);
    const end = lowerBound(this.total, (index) => compare(index) > 0);
    // An id that stands in several places: go on at the one where the cursor was cut.
    const item = Math.min(Math.max(position, first), end - 1);
    return first === end ? first : item + (side === 'behind' ? 1 : 0);
  }
}
