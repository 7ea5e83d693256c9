import { LRUCache } from 'lru-cache';

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
  /** Where its bytes begin, counted from the first byte that was ever written. */
  readonly position: number;
  readonly length: number;
  readonly perPage: number;
  readonly readAtMs: number;
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
  readonly #places: LRUCache<string, Place>;
  /** Null where the machine has no memory for it. */
  #ring: Buffer | null | undefined;
  /** How many bytes were ever written, with those that were left free at the ring's end. */
  #written = 0;

  constructor({ maxBytes, onGone }: PackedPagesOptions) {
    this.#maxBytes = maxBytes;
    this.#places = new LRUCache<string, Place>({
      maxSize: maxBytes,
      sizeCalculation: ({ length }, key) => length + key.length + BYTES_PER_PAGE,
      disposeAfter: (_place, key, reason) => {
        if (reason === 'evict') onGone(key);
      },
    });
  }

  /** What the pages weigh together, in bytes, and how many they are. */
  get size(): { readonly bytes: number; readonly pages: number } {
    return { bytes: this.#places.calculatedSize, pages: this.#places.size };
  }

  /** Whether a page of so many bytes can be kept without another going for it. */
  hasRoom(length: number): boolean {
    if (this.#places.calculatedSize + length + BYTES_PER_PAGE > this.#maxBytes) return false;
    const oldest = this.#oldest;
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
    this.#places.set(key, { position, length, perPage, readAtMs });
    this.#written = position + length;
    while (this.#oldest !== undefined && this.#isOver(this.#oldest.position)) this.#places.pop();
    return true;
  }

  /** Takes a page out; undefined where there is none. */
  take(key: string): PackedPage | undefined {
    const place = this.#places.peek(key);
    if (place === undefined) return undefined;
    this.#places.delete(key);
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

  get #oldest(): Place | undefined {
    for (const place of this.#places.rvalues()) return place;
    return undefined;
  }

  #isOver(position: number): boolean {
    return this.#written - position > this.#maxBytes;
  }

  /** Lets the oldest go. */
  pop(): void {
    this.#places.pop();
  }

  delete(key: string): void {
    this.#places.delete(key);
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
