/**
 * What comes and goes with every request, in places that are used again.
 *
 * A `Set` or a `Map` moves into a new table whenever so many have come and gone, every hundred requests or so. V8 links
 * the table it leaves to the new one, and what stood in it then is kept for as long as that is: once one of them is old,
 * all that follow are, and each holds a few requests with all that they hold, until the whole heap is looked through.
 */
export class Places<T> {
  readonly #items: (T | undefined)[] = [];
  readonly #free: number[] = [];

  /** Where the item stands from now on. */
  take(item: T): number {
    const place = this.#free.pop() ?? this.#items.length;
    this.#items[place] = item;
    return place;
  }

  at(place: number): T | undefined {
    return this.#items[place];
  }

  put(place: number, item: T): void {
    this.#items[place] = item;
  }

  leave(place: number): void {
    this.#items[place] = undefined;
    this.#free.push(place);
  }

  *[Symbol.iterator](): Generator<T> {
    for (const item of this.#items) if (item !== undefined) yield item;
  }
}

/** The same with a name for each: of a table that was left, only the names are kept. */
export class NamedPlaces<T> {
  readonly #items = new Places<T>();
  readonly #places = new Map<string, number>();

  get size(): number {
    return this.#places.size;
  }

  get(name: string): T | undefined {
    const place = this.#places.get(name);
    return place === undefined ? undefined : this.#items.at(place);
  }

  set(name: string, item: T): void {
    const place = this.#places.get(name);
    if (place === undefined) this.#places.set(name, this.#items.take(item));
    else this.#items.put(place, item);
  }

  delete(name: string): void {
    const place = this.#places.get(name);
    if (place === undefined) return;
    this.#places.delete(name);
    this.#items.leave(place);
  }

  /** Lets go of all whose names begin so. */
  deleteUnder(prefix: string): void {
    for (const name of this.#places.keys()) if (name.startsWith(prefix)) this.delete(name);
  }

  names(): Iterable<string> {
    return this.#places.keys();
  }
}
