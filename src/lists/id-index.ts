/**
 * Where each id stands in a sequence of ids. The API has been seen to repeat an id within a page, so one id may
 * stand in several places.
 */
export class IdIndex {
  readonly #places = new Map<number, number | number[]>();

  constructor(ids: Iterable<number>) {
    let place = 0;
    for (const id of ids) {
      const known = this.#places.get(id);
      this.#places.set(id, known === undefined ? place : [known, place].flat());
      place += 1;
    }
  }

  /** The place of the id, the one nearest to `near` where it has several; -1 where it has none. */
  nearest(id: number, near: number): number {
    const places = this.#places.get(id);
    if (places === undefined) return -1;
    if (typeof places === 'number') return places;
    return places.reduce((best, place) => (Math.abs(place - near) < Math.abs(best - near) ? place : best));
  }
}

/** The first index from 0 to `length` at which `isAfter` holds; it must hold from there on. */
export function lowerBound(length: number, isAfter: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isAfter(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Ids that rise, or fall. */
export type Direction = 1 | -1;

/** Those of the given directions in which the ids go without an exception; fewer than two ids go in both. */
export function directionsOf(
  ids: readonly number[],
  among: readonly Direction[] = [1, -1],
): readonly Direction[] {
  return among.filter((direction) =>
    ids.every((id, place) => place === 0 || direction * (id - (ids[place - 1] ?? 0)) > 0),
  );
}
