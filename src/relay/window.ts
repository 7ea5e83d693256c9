import { ArgumentError } from './argument-error.ts';
import { type Cursor, type CursorScope, decodeCursor } from './cursor.ts';

/**
 * Which part of a list a connection shows.
 *
 * The law is the pagination algorithm of the Relay cursor connections specification
 * (https://relay.dev/graphql/connections.htm#sec-Pagination-algorithm): drop up to and including `after`, drop
 * from `before` on, take `first` from the front of what remains, then `last` from the back of that. Three
 * points go beyond it:
 *
 * - A cursor stands for a *gap* between two items, not for an item, so that it keeps its meaning when the item
 *   it was cut at is deleted. `after` begins at its gap and `before` ends at its gap.
 * - Crossed cursors (`after` at or behind `before`) give an empty page. By the letter of the specification a
 *   `before` that `after` has removed would be ignored, which answers a question nobody asked.
 * - Where the specification leaves a page flag to what the server "can efficiently determine", the flag is
 *   exact, since a list knows its length.
 */
export interface Window {
  readonly first: number | null;
  readonly last: number | null;
  readonly after: Cursor | null;
  readonly before: Cursor | null;
}

export interface WindowArguments {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
  readonly last?: number | null | undefined;
  readonly before?: string | null | undefined;
}

/** What a cursor is looked up in. */
export interface Sequence {
  /** Items in the whole list, also where only a part of it is at hand. */
  readonly total: number;
  /** Whether the whole list is at hand: only then does an absent item mean that it is gone. */
  readonly complete: boolean;
  /** Where the item with this id stands; the place nearest to `near` where it stands in several; -1 if absent. */
  indexOf(id: number, near: number): number;
  /** In a sorted list, the gap that the cursor's value stands for, on this side of an item that still has it. */
  gapByValue?(cursor: Cursor, side: Side): number;
  /** The gap of a cursor of which no item is left, by whatever else the list knows; null where it knows nothing. */
  recallGap?(cursor: Cursor): number | null;
}

/** Which side of its item a cursor's gap is: behind it for `after`, ahead of it for `before`. */
export type Side = 'behind' | 'ahead';

/** A window on a list: the items from `start` up to, not including, `end`. */
export interface Slice {
  readonly start: number;
  readonly end: number;
  readonly hasPreviousPage: boolean;
  readonly hasNextPage: boolean;
}

const DEFAULT_SIZE = 20;
export const MAX_SIZE = 200;

/**
 * Reads a connection field's arguments: null counts as absent, 0 as a number. Without `first` and `last` it is
 * the first 20, or the last 20 where only `before` is given.
 * @throws ArgumentError naming the argument.
 */
export function parseWindow(args: WindowArguments, scope: CursorScope): Window {
  const first = parseSize('first', args.first);
  const last = parseSize('last', args.last);
  const after = parseCursor('after', args.after, scope);
  const before = parseCursor('before', args.before, scope);
  const backward = before !== null && after === null;
  return {
    first: first ?? (last === null && !backward ? DEFAULT_SIZE : null),
    last: last ?? (first === null && backward ? DEFAULT_SIZE : null),
    after,
    before,
  };
}

function parseSize(argument: string, value: number | null | undefined): number | null {
  if (value == null) return null;
  if (Number.isInteger(value) && value >= 0 && value <= MAX_SIZE) return value;
  throw new ArgumentError(argument, 'PAGE_SIZE', `must be a whole number from 0 to ${MAX_SIZE}.`);
}

function parseCursor(argument: string, value: string | null | undefined, scope: CursorScope): Cursor | null {
  return value == null ? null : decodeCursor(argument, value, scope);
}

/**
 * How many items from the head of the list the window needs, as far as its cursors tell; Infinity where only
 * the whole list will do. A list that has changed may need more: `sliceWindow` is the judge.
 */
export function rowsNeeded(window: Window): number {
  const { first, after, before } = window;
  if (first !== null) return Math.max(anchorRows(window), (after === null ? 0 : after.position + 1) + first);
  return before === null ? Infinity : anchorRows(window);
}

/** How many items from the head of the list hold the items that the window's cursors were cut at; 0 without. */
export function anchorRows({ after, before }: Window): number {
  return Math.max(after === null ? 0 : after.position + 1, before === null ? 0 : before.position + 1);
}

/**
 * The window's place in a list, or the name of the cursor argument whose place the list does not tell.
 */
export function sliceWindow(window: Window, list: Sequence): Slice | 'after' | 'before' {
  const { first, last, after, before } = window;
  const low = after === null ? 0 : findGap(after, 'behind', list);
  if (low === null) return 'after';
  const high = before === null ? list.total : findGap(before, 'ahead', list);
  if (high === null) return 'before';

  const room = Math.max(0, high - low);
  let start = low;
  let end = low + room;
  if (first !== null) end = Math.min(end, start + first);
  if (last !== null) start = Math.max(start, end - last);
  return {
    start,
    end,
    hasPreviousPage: last === null ? low > 0 : room > last,
    hasNextPage: first === null ? high < list.total : room > first,
  };
}

/**
 * The gap that a cursor stands for: the index of the first item after it.
 *
 * In a sorted list its value tells it, also where the item itself has moved: what is sorted before it has been
 * shown and what is sorted behind it has not. In any other list it is next to the anchor; with the anchor gone,
 * behind its nearest surviving predecessor, else ahead of its nearest surviving successor: what stood between
 * them and the anchor is gone too, so nothing that is still there is skipped or shown twice. Null where the list
 * does not tell.
 */
function findGap(cursor: Cursor, side: Side, list: Sequence): number | null {
  const { anchor, position } = cursor;
  if (list.gapByValue !== undefined) return list.gapByValue(cursor, side);
  const place = list.indexOf(anchor, position);
  if (place !== -1) return side === 'behind' ? place + 1 : place;
  return list.complete ? (gapByNeighbours(cursor, list) ?? list.recallGap?.(cursor) ?? null) : null;
}

/** The gap of a cursor whose anchor is gone, by the neighbours that are left. */
export function gapByNeighbours(cursor: Cursor, list: Pick<Sequence, 'indexOf'>): number | null {
  const { position, predecessors, successors } = cursor;
  for (const [index, id] of predecessors.entries()) {
    const found = list.indexOf(id, position - 1 - index);
    if (found !== -1) return found + 1;
  }
  for (const [index, id] of successors.entries()) {
    const found = list.indexOf(id, position + 1 + index);
    if (found !== -1) return found;
  }
  // Everything that stood before the anchor is known, and gone: the gap is at the head.
  return predecessors.length === position ? 0 : null;
}
