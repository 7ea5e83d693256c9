import { LRUCache } from 'lru-cache';

import { textBytes } from '../lib/text-bytes.ts';
import type { ImageList } from '../lists/image-list.ts';
import type { PlainPost } from './plain-post.ts';

/** An answer, and how to send it again. */
export interface KeptAnswer {
  /** Names and values in turn. */
  readonly headers: readonly string[];
  /** A text, and no bytes of its own outside the heap, which would be let go late. */
  readonly body: string;
  /** Of plain ASCII both are the same bytes, and the first is written without a look at each. */
  readonly encoding: 'latin1' | 'utf8';
  readonly operationName: string | undefined;
}

interface Entry {
  readonly answer: KeptAnswer;
  /** Weakly: an answer keeps no list that the store has let go. */
  readonly lists: readonly (readonly [filter: string, list: WeakRef<ImageList>])[];
}

/** What an entry takes beside its texts; measured on the heap. */
const BYTES_PER_ENTRY = 750;

export interface AnswerMemoOptions {
  /** Bound on the memory of all cached answers and their requests together. */
  readonly maxBytes: number;
  /** Whether a list is what a new reading under this filter would answer from, without a call. */
  readonly isCurrent: (tenant: string, filter: string, list: ImageList) => boolean;
}

/**
 * The same request of the same tenant over the same lists has the same answer, to the byte.
 *
 * A request is the same where tenant, body, `Accept`, `Content-Type` and `Origin` are; no other header has a part in
 * an answer, but those with which it is not a plain post. An answer counts for as long as each list that it was made
 * of is the one that would be read now and is fresh, so that it never outlives what it says: a write, a refused token,
 * a new reading or age end it.
 *
 * An answer is kept the second time that it is made: most are asked for once, and would only push out the others.
 */
export class AnswerMemo {
  readonly #isCurrent: AnswerMemoOptions['isCurrent'];
  readonly #entries: LRUCache<string, Entry>;
  readonly #once = new RecentKeys();

  constructor({ maxBytes, isCurrent }: AnswerMemoOptions) {
    this.#isCurrent = isCurrent;
    this.#entries = new LRUCache<string, Entry>({
      maxSize: maxBytes,
      sizeCalculation: ({ answer: { body } }, key) => BYTES_PER_ENTRY + textBytes(body) + textBytes(key),
    });
  }

  find({ key, tenant }: PlainPost): { readonly answer: KeptAnswer; readonly lists: number } | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    for (const [filter, list] of entry.lists) {
      const held = list.deref();
      if (held !== undefined && this.#isCurrent(tenant, filter, held)) continue;
      this.#entries.delete(key);
      return undefined;
    }
    return { answer: entry.answer, lists: entry.lists.length };
  }

  /** Keeps an answer that is made of nothing but these lists, by their filters. */
  keep({ key }: PlainPost, answer: KeptAnswer, lists: ReadonlyMap<string, ImageList>): void {
    if (!this.#once.add(key)) return;
    const weakly = Array.from(lists, ([filter, list]) => [filter, new WeakRef(list)] as const);
    this.#entries.set(key, { answer, lists: weakly });
  }
}

/** A power of two. */
const ROWS = 512;
const ROW_LENGTH = 8;

/**
 * Remembers some thousand keys by their hashes, in memory of its own: kept as texts they would cost a request more than
 * all else of the memo. The last eight of a row are remembered. With one place for each hash, two keys that share it and
 * are asked for in turn would push out one another for ever. Two of one hash are taken for one.
 */
class RecentKeys {
  readonly #hashes = new Int32Array(ROWS * ROW_LENGTH);

  /** Whether the key was there already. */
  add(key: string): boolean {
    const keyHash = hashOf(key);
    const row = (keyHash & (ROWS - 1)) * ROW_LENGTH;
    const end = row + ROW_LENGTH;
    for (let place = row; place < end; place += 1) if (this.#hashes[place] === keyHash) return true;
    this.#hashes.copyWithin(row + 1, row, end - 1);
    this.#hashes[row] = keyHash;
    return false;
  }
}

/** FNV-1a in 32 bits, by UTF-16 units: http://www.isthe.com/chongo/tech/comp/fnv/ */
function hashOf(text: string): number {
  let sum = 0x811c9dc5 | 0;
  for (let index = 0; index < text.length; index += 1)
    sum = Math.imul(sum ^ text.charCodeAt(index), 0x01000193);
  return sum;
}
