import { createHash } from 'node:crypto';

import { LRUCache } from 'lru-cache';

import { ArgumentError } from './argument-error.ts';

/**
 * A cursor names a place in a list that may change: the item it was cut at (the anchor), where that item
 * stood, and up to three items on each side of it, which hold the place when the anchor itself is deleted. In a
 * list that is sorted by a value, it has the anchor's value as well, and that alone tells the place.
 *
 * On the wire it is base64url of
 *
 *     version | scope tag (4) | position | anchor | contents | deltas of the neighbours' ids
 *     | sort value, in a sorted list | checksum (6)
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
  /** What the list is sorted by, of the anchor; undefined in a list that is not sorted. */
  readonly value: SortValue | undefined;
}

/** What a list can be sorted by; null stands last. */
export type SortValue = number | string | null;

/** What a cursor is cut from. */
export interface CursorSource {
  /** The id of the item at a position; undefined outside the list. */
  idAt(position: number): number | undefined;
  /** In a sorted list, what the item at a position is sorted by. */
  valueAt?(position: number): SortValue;
}

/** What a cursor may be used with: a digest of the field, its filter and its order. */
export type CursorScope = Buffer;

const VERSION = 1;
const SCOPE_BYTES = 4;
const CHECKSUM_BYTES = 6;
const NEIGHBOURS = 3;
/** Added to the counts of the neighbours where a sort value follows them. */
const HAS_VALUE = (NEIGHBOURS + 1) ** 2;
const MAX_LENGTH = 256;
const MAX_POSITION = 2 ** 31 - 1;
/** Ids have at most 15 digits, so that twice an id is still exact. */
const MAX_ID = 999_999_999_999_999;

const scopes = new LRUCache<string, CursorScope>({ max: 1_000 });

/** The scope of cursors of a field under a filter and an order, all three in canonical form. */
export function cursorScope(canonical: string): CursorScope {
  const known = scopes.get(canonical);
  if (known !== undefined) return known;
  const scope = Buffer.from(sha256(Buffer.from(canonical)).subarray(0, SCOPE_BYTES));
  scopes.set(canonical, scope);
  return scope;
}

/**
 * The longest text that sorted lists may be sorted by, in bytes of UTF-8. A text that is longer has to be cut to
 * it before it is compared or written, so that both go by the same text.
 */
export const MAX_TEXT_BYTES = 100;

/** The cursor of the item at `position`, which must be in the list. */
export function encodeCursor(scope: CursorScope, position: number, source: CursorSource): string {
  const anchor = source.idAt(position);
  if (anchor === undefined) throw new RangeError(`no item at ${position}`);
  const predecessors = walk(source, position, -1);
  const successors = walk(source, position, 1);
  const value = source.valueAt?.(position);

  const bytes: number[] = [VERSION, ...scope];
  writeVarint(bytes, position);
  writeVarint(bytes, anchor);
  bytes.push(
    (value === undefined ? 0 : HAS_VALUE) + predecessors.length * (NEIGHBOURS + 1) + successors.length,
  );
  for (const neighbours of [predecessors, successors]) {
    let last = anchor;
    for (const id of neighbours) {
      writeVarint(bytes, zigzag(id - last));
      last = id;
    }
  }
  if (value !== undefined) bytes.push(...writeValue(value));
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

  const reader = new PayloadReader(payload, 1 + SCOPE_BYTES);
  const position = reader.next();
  const anchor = reader.next();
  const contents = reader.nextByte();
  if (position === null || position > MAX_POSITION || !isId(anchor) || contents === null) throw invalid();
  const counts = contents % HAS_VALUE;
  const predecessors = readNeighbours(reader, anchor, Math.floor(counts / (NEIGHBOURS + 1)));
  const successors = readNeighbours(reader, anchor, counts % (NEIGHBOURS + 1));
  const value = contents < HAS_VALUE ? undefined : readValue(reader);
  if (predecessors === null || successors === null || value instanceof Error) throw invalid();
  if (contents >= 2 * HAS_VALUE || !reader.done()) throw invalid();
  return { position, anchor, predecessors, successors, value };
}

/** Ids next to a position, nearest first, up to the end of the list. */
function walk(source: CursorSource, position: number, step: 1 | -1): number[] {
  const ids: number[] = [];
  for (let distance = 1; distance <= NEIGHBOURS; distance += 1) {
    const id = source.idAt(position + step * distance);
    if (id === undefined) break;
    ids.push(id);
  }
  return ids;
}

function readNeighbours(reader: PayloadReader, anchor: number, count: number): number[] | null {
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

const NULL = 0;
const NUMBER = 1;
const TEXT = 2;

function writeValue(value: SortValue): number[] {
  if (value === null) return [NULL];
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value);
    return [NUMBER, ...bytes];
  }
  const text = Buffer.from(value, 'utf8');
  if (text.length > MAX_TEXT_BYTES) throw new RangeError(`a text of ${text.length} bytes to sort by`);
  return [TEXT, text.length, ...text];
}

/** The value, or an error where the bytes are none that `writeValue` gives. */
function readValue(reader: PayloadReader): SortValue | Error {
  const kind = reader.nextByte();
  if (kind === NULL) return null;
  if (kind === NUMBER) {
    const number = reader.nextBytes(8)?.readDoubleBE() ?? NaN;
    return Number.isFinite(number) ? number : new Error('no number');
  }
  const length = kind === TEXT ? reader.nextByte() : null;
  const bytes = length === null || length > MAX_TEXT_BYTES ? null : reader.nextBytes(length);
  const text = bytes?.toString('utf8');
  return text === undefined || !bytes?.equals(Buffer.from(text, 'utf8')) ? new Error('no text') : text;
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
class PayloadReader {
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

  nextBytes(length: number): Buffer | null {
    const bytes = this.#bytes.subarray(this.#offset, this.#offset + length);
    this.#offset += length;
    return bytes.length === length ? bytes : null;
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
