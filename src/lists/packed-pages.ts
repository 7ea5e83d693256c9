/** A page as the bytes that it came as, with what else it takes to make a list of it. */
export interface PackedPage {
  readonly text: string;
  readonly perPage: number;
  readonly readAtMs: number;
}

export interface PackedPagesOptions {
  /** Bound on all pages together. */
  readonly maxBytes: number;
  /** Told of a page that went to make room. */
  readonly onGone: (key: string) => void;
}

interface Place {
  readonly key: string;
  /** Where its bytes begin, counted from the first byte that was ever written. */
  readonly position: number;
  readonly length: number;
  readonly perPage: number;
  readonly readAtMs: number;
  isGone: boolean;
}

/** What it costs to know of a page, and of the tenant whose it is; measured on the heap. */
const BYTES_PER_PAGE = 560;

/** A page beyond this part of all the room is not taken: it would push out too many others. */
const MAX_SHARE = 1 / 16;

/**
 * Pages that were read once, outside the heap: most lists are never asked for again, and what as images is some hundred
 * objects, copied twice and marked again and again by the garbage collector, is nothing to it here. Whoever asks for one
 * takes it out.
 *
 * The bytes stand in a ring, the newest over the oldest. What was written less than a ring's length ago has not been
 * written over: a page is read only where its place says so, and so nobody reads another's bytes.
 */
export class PackedPages {
  readonly #maxBytes: number;
  readonly #onGone: PackedPagesOptions['onGone'];
  readonly #places = new Map<string, Place>();
  readonly #order = new Queue();
  #bytes = 0;
  /** Null where the machine has no memory for it. */
  #ring: Buffer | null | undefined;
  /** How many bytes were ever written, with those that were left free at the ring's end. */
  #written = 0;

  constructor({ maxBytes, onGone }: PackedPagesOptions) {
    this.#maxBytes = maxBytes;
    this.#onGone = onGone;
  }

  /** What the pages weigh together, in bytes, and how many they are. */
  get size(): { readonly bytes: number; readonly pages: number } {
    return { bytes: this.#bytes, pages: this.#places.size };
  }

  /** Whether a page of so many bytes can be kept under a key without another going for it. */
  hasRoom(key: string, length: number): boolean {
    if (this.#bytes + weightOf({ key, length }) > this.#maxBytes) return false;
    const { oldest } = this.#order;
    return oldest === undefined || this.#placeFor(length) + length - oldest.position <= this.#maxBytes;
  }

  /** Keeps a page, in place of an earlier one; false where it is too long, or there is no memory for pages. */
  put(key: string, bytes: Uint8Array, { perPage, readAtMs }: { perPage: number; readAtMs: number }): boolean {
    const { length } = bytes;
    if (length === 0 || length > MAX_SHARE * this.#maxBytes) return false;
    this.#ring ??= allocate(this.#maxBytes);
    if (this.#ring === null) return false;
    const position = this.#placeFor(length);
    this.#ring.set(bytes, position % this.#maxBytes);
    const earlier = this.#places.get(key);
    if (earlier !== undefined) this.#remove(earlier);
    const place = { key, position, length, perPage, readAtMs, isGone: false };
    this.#places.set(key, place);
    this.#order.push(place, this.#places.size);
    this.#bytes += weightOf(place);
    this.#written = position + length;
    while (this.#bytes > this.#maxBytes || this.#isOver(this.#order.oldest?.position ?? position)) this.pop();
    return true;
  }

  /** Takes a page out; undefined where there is none. */
  take(key: string): PackedPage | undefined {
    const place = this.#places.get(key);
    if (place === undefined) return undefined;
    this.#remove(place);
    const { position, length, perPage, readAtMs } = place;
    if (this.#ring == null || this.#isOver(position)) throw new RangeError('the page was written over');
    const start = position % this.#maxBytes;
    return { text: this.#ring.toString('utf8', start, start + length), perPage, readAtMs };
  }

  /** In one piece: what does not fit in before the ring's end begins anew. */
  #placeFor(length: number): number {
    const left = this.#maxBytes - (this.#written % this.#maxBytes);
    return length > left ? this.#written + left : this.#written;
  }

  #isOver(position: number): boolean {
    return this.#written - position > this.#maxBytes;
  }

  /** Lets the oldest go. */
  pop(): void {
    const { oldest } = this.#order;
    if (oldest === undefined) return;
    this.#remove(oldest);
    this.#onGone(oldest.key);
  }

  delete(key: string): void {
    const place = this.#places.get(key);
    if (place !== undefined) this.#remove(place);
  }

  #remove(place: Place): void {
    this.#places.delete(place.key);
    this.#bytes -= weightOf(place);
    place.isGone = true;
  }
}

function weightOf({ key, length }: Pick<Place, 'key' | 'length'>): number {
  return length + key.length + BYTES_PER_PAGE;
}

/** How many places may be left, beside as many as there are pages, before the others move up. */
const MAX_LEFT = 1_000;

/** Places in the order in which they were written. */
class Queue {
  #places: Place[] = [];
  /** None before it is of use. */
  #first = 0;

  /** @param pages How many of the places are of use. */
  push(place: Place, pages: number): void {
    this.#places.push(place);
    if (this.#places.length <= 2 * pages + MAX_LEFT) return;
    this.#places = this.#places.filter(({ isGone }) => !isGone);
    this.#first = 0;
  }

  get oldest(): Place | undefined {
    while (this.#places[this.#first]?.isGone) this.#first += 1;
    return this.#places[this.#first];
  }
}

/** Memory of the machine is taken as it is written to. */
function allocate(bytes: number): Buffer | null {
  try {
    return Buffer.allocUnsafeSlow(bytes);
  } catch {
    return null;
  }
}
