import { coverWithPages } from '../relay/covering-pages.ts';
import type { Cursor } from '../relay/cursor.ts';
import { type Slice, sliceWindow, type Window } from '../relay/window.ts';
import { type KnownPart, ListFragment } from './list-fragment.ts';
import { walkPages } from './page-walk.ts';
import { type FetchPage, MAX_PER_PAGE, PagingError, type Row } from './paging.ts';

/** The pages that are searched for the item of a cursor, counted from the one where it was. */
const PAGES_AROUND = [0, 1, -1, 2, -2, 3, -3, 4];
const MAX_ROUNDS = 4;

/** A window and the rows that were read for it; or the cursor whose place they do not show. */
export interface LiveWindow<T extends Row> {
  readonly list: ListFragment<T>;
  readonly slice: Slice | 'after' | 'before';
}

/**
 * Reads a window from the API's pages as they are now, for a list that is not held: the smallest page that holds
 * the window and the item of its cursor. Where that item has moved, it is searched for around its place, and
 * where it is gone its neighbours stand for it. Numbered pages of a list that changes between two readings give
 * no more than that: images may come twice or be missed, as with any client of the API.
 *
 * Null where the pages leave open which rows they have, or how many follow: only the whole list shows it then.
 */
export async function readLiveWindow<T extends Row>(
  fetchPage: FetchPage<T>,
  window: Window,
  { needsRows, known }: { readonly needsRows: boolean; readonly known?: KnownPart<T> | undefined },
): Promise<LiveWindow<T> | null> {
  const list = new ListFragment<T>(known);
  const read = async (start: number, end: number) => {
    const { perPage, pages } = coverWithPages(start, end, MAX_PER_PAGE);
    await Promise.all(
      pages.map(async (page) => list.add(await fetchPage(page, perPage, false), page, perPage)),
    );
  };

  const { first, last, after, before } = window;
  const size = (needsRows ? (first ?? last) : null) ?? 0;
  if (after !== null) await read(after.position, after.position + 1 + (first === null ? 0 : size));
  if (before !== null && !list.has(before.position, before.position + 1)) {
    await read(first === null ? Math.max(0, before.position - size) : before.position, before.position + 1);
  }
  // Where the total is known, a window at the tail can be gone for at once.
  const isTail = first === null && list.total > 0;
  if (after === null && before === null && !isTail) await read(0, size);
  for (const cursor of [after, before]) {
    if (cursor !== null && !isPlaced(list, cursor)) await searchAround(cursor, list, read);
  }

  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    if (list.isOpen) return null;
    const slice = sliceWindow(window, list);
    if (typeof slice === 'string' || !needsRows || list.has(slice.start, slice.end)) return { list, slice };
    await read(slice.start, slice.end);
  }
  return null;
}

/**
 * The same window, of a list that is read to its end.
 * @throws PagingError where the list is longer than that, or its pages do not show all of it
 */
export async function readWholeWindow<T extends Row>(
  fetchPage: FetchPage<T>,
  window: Window,
  { maxRows }: { readonly maxRows: number },
): Promise<LiveWindow<T>> {
  const { items, isBeyondLimit } = await walkPages(fetchPage, { maxRows });
  if (isBeyondLimit)
    throw new PagingError(`more than ${maxRows} rows, on pages that do not show their places`);
  const list = ListFragment.whole(items);
  return { list, slice: sliceWindow(window, list) };
}

/** Reads page after page, going away from the cursor's place to both sides, until its place is told. */
async function searchAround(
  cursor: Cursor,
  list: ListFragment<Row>,
  read: (start: number, end: number) => Promise<void>,
): Promise<void> {
  const home = Math.floor(cursor.position / MAX_PER_PAGE);
  for (const distance of PAGES_AROUND) {
    if (list.isOpen || isPlaced(list, cursor)) break;
    const start = (home + distance) * MAX_PER_PAGE;
    if (start >= 0 && start < Math.max(list.total, 1)) await read(start, start + MAX_PER_PAGE);
  }
  list.complete = true;
}

/**
 * Whether the rows tell the cursor's place: its item is among them, or what stood on both sides of it touches, or
 * the order of the ids tells it. In the latter two cases the item is gone.
 */
function isPlaced(list: ListFragment<Row>, cursor: Cursor): boolean {
  const { anchor, position, predecessors, successors } = cursor;
  if (list.indexOf(anchor, position) !== -1) return true;
  const behind = predecessors.map((id, index) => list.indexOf(id, position - 1 - index) + 1);
  const ahead = new Set(successors.map((id, index) => list.indexOf(id, position + 1 + index)));
  const touches = behind.some((gap) => gap > 0 && ahead.has(gap));
  // Only between two rows: beyond the first or the last row at hand, rows of another order may follow.
  const ordered = list.recallGap(cursor);
  const isGone = touches || (ordered !== null && list.has(ordered - 1, ordered + 1));
  if (isGone) list.complete = true;
  return isGone;
}
