/** A power of two. */
const ROWS = 512;
const ROW_LENGTH = 8;

/**
 * Remembers the hashes of some thousand recent keys, in memory of its own: the keys themselves would cost a request more
 * than the rest of the cache. Each row remembers the last eight. With one slot for each hash, two keys that share it and
 * come in turn would evict each other forever. Two keys with one hash count as one.
 */
export class Doorkeeper {
  readonly #hashes = new Int32Array(ROWS * ROW_LENGTH);

  /** Whether the key came before. */
  add(key: string): boolean {
    const keyHash = hashOf(key);
    const row = (keyHash & (ROWS - 1)) * ROW_LENGTH;
    const end = row + ROW_LENGTH;
    for (let slot = row; slot < end; slot += 1) if (this.#hashes[slot] === keyHash) return true;
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
