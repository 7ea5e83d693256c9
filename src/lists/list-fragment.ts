import type { Page } from '../digitalocean/payloads.ts';
import type { Cursor } from '../relay/cursor.ts';
import { directionsOf, lowerBound } from './id-index.ts';
import { MAX_PER_PAGE, type Row, totalOf } from './paging.ts';

/** The head of a list, as it was read before, and how long it was. */
export interface KnownPart<T> {
  readonly total: number;
  readonly items: readonly T[];
}

/** The parts of a list that some pages of it showed, each where it stood. */
export class ListFragment<T extends Row> {
  /** As the page has it that was read last. */
  total: number;
  /** Whether a page left open how long the list is, or which rows of it the page has. */
  isOpen = false;
  /** Whether to take an item that is not in it for gone: once enough was read around its place. */
  complete = false;
  /** Where the rows end that were received. */
  #end = 0;
  readonly #items = new Map<number, T>();
  /** Where each id was seen last. */
  readonly #places = new Map<number, number>();
  readonly #unreadable = new Set<number>();

  constructor({ total, items }: KnownPart<T> = { total: 0, items: [] }) {
    this.total = total;
    for (const [place, { id }] of items.entries()) this.#places.set(id, place);
  }

  /** A list that was read to its end. */
  static whole<T extends Row>(items: readonly T[]): ListFragment<T> {
    const list = new ListFragment<T>({ total: items.length, items });
    for (const [position, item] of items.entries()) list.#items.set(position, item);
    list.complete = true;
    return list;
  }

  add(page: Page<T>, number: number, perPage: number): void {
    const start = (number - 1) * perPage;
    const unreadable = new Set(page.unreadable);
    for (const index of unreadable) this.#unreadable.add(start + index);
    let index = 0;
    for (const image of page.items) {
      while (unreadable.has(index)) index += 1;
      this.#set(start + index, image);
      index += 1;
    }
    this.#end = Math.max(this.#end, start + page.received);
    const total = totalOf(page, number, perPage);
    if (total === null || total < this.#end) this.isOpen = true;
    else this.total = total;
  }

  #set(place: number, item: T): void {
    const known = this.#places.get(item.id);
    // No change moves a row so far at once: the API gives the same rows for different pages.
    if (known !== undefined && Math.abs(known - place) >= MAX_PER_PAGE) this.isOpen = true;
    this.#places.set(item.id, place);
    this.#items.set(place, item);
  }

  /** Whether all items from `start` up to, not including, `end` are at hand, those that cannot be read left out. */
  has(start: number, end: number): boolean {
    for (let position = start; position < end; position += 1) {
      if (!this.#items.has(position) && !this.#unreadable.has(position)) return false;
    }
    return true;
  }

  slice(start: number, end: number): readonly T[] {
    return Array.from({ length: end - start }, (_, index) => this.#items.get(start + index)).filter(
      (image) => image !== undefined,
    );
  }

  idAt(position: number): number | undefined {
    return this.#items.get(position)?.id;
  }

  indexOf(id: number, near: number): number {
    let best = -1;
    for (const [place, image] of this.#items) {
      if (image.id !== id) continue;
      if (best === -1 || Math.abs(place - near) < Math.abs(best - near)) best = place;
    }
    return best;
  }

  /**
   * The gap of a cursor of which no item is left: between two neighbouring rows that its id lies between, where the
   * rows, and the cursor's own items, are in the order of their ids.
   */
  recallGap({ anchor, predecessors, successors }: Cursor): number | null {
    const places = [...this.#items.keys()].toSorted((a, b) => a - b);
    const ids = places.map((place) => this.idAt(place) ?? 0);
    const ofCursor = [...predecessors.toReversed(), anchor, ...successors];
    const [direction] = directionsOf(ofCursor, directionsOf(ids));
    if (direction === undefined) return null;
    const index = lowerBound(ids.length, (at) => direction * ((ids[at] ?? 0) - anchor) > 0);
    const [ahead = -1, behind = this.total] = [places[index - 1], places[index]];
    return behind === ahead + 1 ? behind : null;
  }
}
