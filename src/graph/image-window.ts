import type { ImageListFilter } from '../digitalocean/images.ts';
import type { Image } from '../digitalocean/payloads.ts';
import type { ImageCriteria } from '../lists/image-criteria.ts';
import { ImageList } from '../lists/image-list.ts';
import type { ImageOrder } from '../lists/image-order.ts';
import type { Lists } from '../lists/list-reader.ts';
import { type ListNeed, TO_THE_END, WHOLE_LIST } from '../lists/list-store.ts';
import type { ListView } from '../lists/list-view.ts';
import { readLiveWindow } from '../lists/live-window.ts';
import { ListTooLargeError } from '../lists/load-list.ts';
import { ArgumentError } from '../relay/argument-error.ts';
import type { ConnectionSource } from '../relay/connection.ts';
import { anchorRows, rowsNeeded, type Slice, sliceWindow, type Window } from '../relay/window.ts';
import type { ConnectionPart } from './connection-selection.ts';

/** A list and the window's place in it. */
interface WindowOn<List extends ConnectionSource<Image>> {
  readonly list: List;
  readonly slice: Slice;
}

/** Stands for the list of a connection of which nothing is selected that a list would tell. */
export const NOTHING: WindowOn<ImageList> = {
  list: new ImageList({ items: [], total: 0, complete: true, coherent: true, readAtMs: 0 }),
  slice: { start: 0, end: 0, hasPreviousPage: false, hasNextPage: false },
};

/**
 * Reads as much of a list as the selected part of the window needs, and finds the window in it. The cursors tell
 * how far to read; where the list has changed so much that they misjudge, the whole list settles it. Only a whole
 * list may say that a cursor's item is gone: in a part of one it may have moved out of sight. Where lists are not
 * held, and where this one is longer than the limit, the window is read from the pages as they are now.
 */
export async function readWindow(
  lists: Lists,
  filter: ImageListFilter,
  window: Window,
  part: ConnectionPart,
): Promise<WindowOn<ConnectionSource<Image>>> {
  if (lists.isLive) return readLive(lists, filter, window, part);
  let list = await lists.read(filter, needOf(window, part));
  if (!isAnswer(list, window, part)) list = await lists.read(filter, WHOLE_LIST);
  return isAnswer(list, window, part) ? windowOn(list, window, part) : readLive(lists, filter, window, part);
}

/** Reads the whole list, takes a view of it and finds the window in that. */
export async function readView(
  lists: Lists,
  query: {
    readonly filter: ImageListFilter;
    readonly criteria: ImageCriteria | null;
    readonly order: ImageOrder | null;
    readonly window: Window;
    readonly part: ConnectionPart;
  },
): Promise<{ view: ListView; slice: Slice }> {
  const { filter, criteria, order, window, part } = query;
  const list = await lists.read(filter, WHOLE_LIST);
  if (!list.complete) throw new ListTooLargeError(lists.maxImages);
  const view = list.view(criteria ?? {}, order);
  return { view, slice: found(placeIn(view, window, part)) };
}

async function readLive(
  lists: Lists,
  filter: ImageListFilter,
  window: Window,
  part: ConnectionPart,
): Promise<WindowOn<ConnectionSource<Image>>> {
  // The total alone does not depend on the cursors; any page has it.
  const read =
    part === 'total' && !isAtHead(window)
      ? { ...window, after: null, before: null, last: null, first: 0 }
      : window;
  const fetchPage = (page: number, perPage: number) => lists.readPage(filter, page, perPage);
  const shown = await readLiveWindow(fetchPage, read, {
    needsRows: part === 'rows' || isAtHead(window),
    known: lists.atHand(filter),
  });
  if (shown !== null) return { list: shown.list, slice: found(shown.slice) };
  // Only the whole list shows it then, which may be shorter than its pages say.
  const whole = await lists.read(filter, TO_THE_END);
  if (!isAnswer(whole, window, part)) throw new ListTooLargeError(lists.maxImages);
  return windowOn(whole, window, part);
}

function needOf(window: Window, part: ConnectionPart): ListNeed {
  const atHead = isAtHead(window);
  // Any page tells the total; one at the head may as well be the window, which is likely to be asked for next.
  if (part === 'rows' || atHead) return { rows: Math.max(1, rowsNeeded(window)), atHead };
  const anchors = part === 'flags' ? anchorRows(window) : 0;
  return anchors === 0 ? { rows: 1, atHead: true } : { rows: anchors, atHead: false };
}

function isAtHead({ last, after, before }: Window): boolean {
  return last === null && after === null && before === null;
}

function placeIn(
  list: ImageList | ListView,
  window: Window,
  part: ConnectionPart,
): Slice | 'after' | 'before' {
  return part === 'total' ? NOTHING.slice : sliceWindow(window, list);
}

function isAnswer(list: ImageList, window: Window, part: ConnectionPart): boolean {
  if (list.complete) return true;
  const slice = placeIn(list, window, part);
  return typeof slice !== 'string' && (part !== 'rows' || slice.end <= list.items.length);
}

function windowOn(list: ImageList, window: Window, part: ConnectionPart): WindowOn<ImageList> {
  return { list, slice: found(placeIn(list, window, part)) };
}

function found(slice: Slice | 'after' | 'before'): Slice {
  if (typeof slice !== 'string') return slice;
  throw new ArgumentError(
    slice,
    'CURSOR_EXPIRED',
    'the image that this cursor was cut at is gone, and nothing tells any more where it was; start again without it.',
  );
}
