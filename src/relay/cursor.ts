import { createHash } from 'node:crypto';

import { ArgumentError } from './argument-error.ts';

/**
 * A cursor names a place in a list that may change: the item it was cut at (the anchor), where that item
 * stood, and up to three items on each side of it, which hold the place when the anchor itself is deleted.
 *
 * On the wire it is base64url of
 *
 *     version | scope tag (4) | position | anchor | counts | deltas of the neighbours' ids | checksum (6)
 *
 * with numbers as varints. The same place in the same list always gives the same string: no time and no
 * random part is in it, so that caches keyed on a query's variables still hit. It is not signed: it selects
 * among what the caller's own token sees and nothing else. The checksum is there so that a damaged cursor is
 * an error and not another place.
 */
export interface Cursor {
  /** Where the anchor stood, from 0. */
  readonly position: number;
  /** Id of the item that the cursor was cut at. */
  readonly anchor: number;
  /** Ids of the items before the anchor, nearest first. */
  readonly predecessors: readonly number[];
  /** Ids of the items after the anchor, nearest first. */
  readonly successors: readonly number[];
}

/** What a cursor may be used with: a digest of the field, its filter and its order. */
export type CursorScope = Buffer;

/** The id of the item at a position; undefined outside the list. */
export type IdAt = (position: number) => number | undefined;

const VERSION = 1;
const SCOPE_BYTES = 4;
const CHECKSUM_BYTES = 6;
const NEIGHBOURS = 3;
const MAX_LENGTH = 256;
const MAX_POSITION = 2 ** 31 - 1;
/** Ids have at most 15 digits, so that twice an id is still exact. */
const MAX_ID = 999_999_999_999_999;

/** The scope of cursors of a field under a filter and an order, all three in canonical form. */
export function cursorScope(canonical: string): CursorScope {
  return sha256(Buffer.from(canonical)).subarray(0, SCOPE_BYTES);
}

/** The cursor of the item at `position`, which must be in the list. */
export function encodeCursor(scope: CursorScope, position: number, idAt: IdAt): string {
  const anchor = idAt(position);
  if (anchor === undefined) throw new RangeError(`no item at ${position}`);
  const predecessors = walk(idAt, position, -1);
  const successors = walk(idAt, position, 1);

  const bytes: number[] = [VERSION, ...scope];
  writeVarint(bytes, position);
  writeVarint(bytes, anchor);
  bytes.push(predecessors.length * (NEIGHBOURS + 1) + successors.length);
  for (const neighbours of [predecessors, successors]) {
    let last = anchor;
    for (const id of neighbours) {
      writeVarint(bytes, zigzag(id - last));
      last = id;
    }
  }
  const payload = Buffer.from(bytes);
  return Buffer.concat([payload, checksum(payload)]).toString('base64url');
}

/**
 * Reads a cursor given as `argument`.
 * @throws ArgumentError CURSOR_INVALID where it is damaged or not ours, CURSOR_MISMATCH where it is of
 * another scope.
 */
export function decodeCursor(argument: string, text: string, scope: CursorScope): Cursor {
  const invalid = () =>
    new ArgumentError(argument, 'CURSOR_INVALID', 'not a cursor; pass one that this field gave, unchanged.');

  if (text.length > MAX_LENGTH || !/^[\w-]+$/.test(text)) throw invalid();
  const bytes = Buffer.from(text, 'base64url');
  if (bytes.toString('base64url') !== text) throw invalid();
  if (bytes.length < 1 + SCOPE_BYTES + 3 + CHECKSUM_BYTES || bytes[0] !== VERSION) throw invalid();
  const payload = bytes.subarray(0, -CHECKSUM_BYTES);
  if (!checksum(payload).equals(bytes.subarray(-CHECKSUM_BYTES))) throw invalid();
  if (!payload.subarray(1, 1 + SCOPE_BYTES).equals(scope)) {
    throw new ArgumentError(
      argument,
      'CURSOR_MISMATCH',
      'this cursor was made for another filter or order; start again without it.',
    );
  }

  const reader = new VarintReader(payload, 1 + SCOPE_BYTES);
  const position = reader.next();
  const anchor = reader.next();
  const counts = reader.nextByte();
  if (position === null || position > MAX_POSITION || !isId(anchor) || counts === null) throw invalid();
  const predecessors = readNeighbours(reader, anchor, Math.floor(counts / (NEIGHBOURS + 1)));
  const successors = readNeighbours(reader, anchor, counts % (NEIGHBOURS + 1));
  if (predecessors === null || successors === null || !reader.done()) throw invalid();
  return { position, anchor, predecessors, successors };
}

/** Ids next to a position, nearest first, up to the end of the list. */
function walk(idAt: IdAt, position: number, step: 1 | -1): number[] {
  const ids: number[] = [];
  for (let distance = 1; distance <= NEIGHBOURS; distance += 1) {
    const id = idAt(position + step * distance);
    if (id === undefined) break;
    ids.push(id);
  }
  return ids;
}

function readNeighbours(reader: VarintReader, anchor: number, count: number): number[] | null {
  if (count > NEIGHBOURS) return null;
  const ids: number[] = [];
  let last = anchor;
  for (let read = 0; read < count; read += 1) {
    const delta = reader.next();
    if (delta === null) return null;
    last += unzigzag(delta);
    if (!isId(last)) return null;
    ids.push(last);
  }
  return ids;
}

function isId(value: number | null): value is number {
  return value !== null && value >= 1 && value <= MAX_ID;
}

/** Bit operations stop at 32 bits and ids do not: these two and the varints are plain arithmetic. */
function zigzag(value: number): number {
  return value < 0 ? -value * 2 - 1 : value * 2;
}

function unzigzag(value: number): number {
  return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
}

/** LEB128: seven bits a byte, the lowest first. */
function writeVarint(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
}

/** Reads what `writeVarint` writes, and nothing else: one number has one form. */
class VarintReader {
  readonly #bytes: Buffer;
  #offset: number;

  constructor(bytes: Buffer, offset: number) {
    this.#bytes = bytes;
    this.#offset = offset;
  }

  nextByte(): number | null {
    const byte = this.#bytes[this.#offset];
    this.#offset += 1;
    return byte ?? null;
  }

  next(): number | null {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 49; factor *= 0x80) {
      const byte = this.nextByte();
      if (byte === null) return null;
      value += (byte % 0x80) * factor;
      if (byte < 0x80) return byte === 0 && factor > 1 ? null : value;
    }
    return null;
  }

  done(): boolean {
    return this.#offset === this.#bytes.length;
  }
}

function checksum(payload: Buffer): Buffer {
  return sha256(payload).subarray(0, CHECKSUM_BYTES);
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
