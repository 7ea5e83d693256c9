import type { Page } from '../digitalocean/payloads.ts';
import type { Cursor } from '../relay/cursor.ts';
import { directionsOf, lowerBound } from './id-index.ts';

/** The parts of a list that some pages of it showed, each where it stood. */
export class ListFragment<T extends { readonly id: number }> {
  /** As the page that was read last told it. */
  total: number;
  /** Whether a page was full and did not tell the total, so that nothing tells whether more follows. */
  isTotalUnknown = false;
  /** Whether to take an item that is not in it for gone: once enough was read around its place. */
  complete = false;
  readonly #items = new Map<number, T>();
  readonly #unreadable = new Set<number>();

  /** @param total the total as it is known already; 0 where it is not */
  constructor(total: number) {
    this.total = total;
  }

  add(page: Page<T>, number: number, perPage: number): void {
    const start = (number - 1) * perPage;
    const unreadable = new Set(page.unreadable);
    for (const index of unreadable) this.#unreadable.add(start + index);
    let index = 0;
    for (const image of page.items) {
      while (unreadable.has(index)) index += 1;
      this.#items.set(start + index, image);
      index += 1;
    }
    const end = start + page.received;
    const isShort = page.received < perPage;
    // Rows received are the truth: a short page ends the list, and a total below the rows is none.
    if (isShort && page.received > 0) this.total = end;
    else if (page.received === 0) this.total = Math.min(page.total ?? start, start);
    else if (page.total !== null && page.total >= end) this.total = page.total;
    else this.isTotalUnknown = true;
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
