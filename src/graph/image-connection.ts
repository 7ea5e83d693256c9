import type { Context } from '../context.ts';
import type { ImageListFilter } from '../digitalocean/images.ts';
import type { Image as ImageRow } from '../digitalocean/payloads.ts';
import { ImageList } from '../lists/image-list.ts';
import { canonicalFilter } from '../lists/list-reader.ts';
import { type ListNeed, WHOLE_LIST } from '../lists/list-store.ts';
import { ArgumentError } from '../relay/argument-error.ts';
import { Connection, type Edge } from '../relay/connection.ts';
import { cursorScope } from '../relay/cursor.ts';
import {
  anchorRows,
  parseWindow,
  rowsNeeded,
  type Slice,
  sliceWindow,
  type Window,
} from '../relay/window.ts';
import { builder } from './builder.ts';
import { type ConnectionPart, selectedPart } from './connection-selection.ts';
import { Image } from './image.ts';
import { ImageFilter, toListFilter } from './image-filter.ts';

const ImageEdge = builder.objectRef<Edge<ImageRow>>('ImageEdge').implement({
  description: 'One image in a page, with its cursor.',
  fields: (t) => ({
    cursor: t.exposeString('cursor', {
      description: 'The place of this image in the list. Pass it as `after` or `before`, unchanged.',
    }),
    node: t.expose('node', { type: Image, description: 'The image.' }),
  }),
});

const ImageConnection = builder.objectRef<Connection<ImageRow>>('ImageConnection').implement({
  description: 'A page of a list of images.',
  fields: (t) => ({
    edges: t.expose('edges', {
      type: [ImageEdge],
      description: 'The images of the page, each with its cursor.',
    }),
    nodes: t.expose('nodes', {
      type: [Image],
      description: 'The images of the page, without their cursors.',
    }),
    pageInfo: t.expose('pageInfo', {
      type: builder.pageInfoRef(),
      description: 'Where the page lies in the list.',
    }),
    totalCount: t.exposeInt('totalCount', {
      description: 'How many images the filter lets through, whichever page this is.',
    }),
  }),
});

builder.queryField('images', (t) =>
  t.field({
    type: ImageConnection,
    description:
      'The images that your token sees, public ones and your own. Cursors stay right while the list changes: a walk by them shows every image that is there throughout exactly once.',
    args: {
      ...t.arg.connectionArgs(),
      filter: t.arg({ type: ImageFilter, description: 'Which images to list.' }),
    },
    resolve: async (_root, args, context, info) => {
      const filter = toListFilter(args.filter);
      const scope = cursorScope(`Query.images${canonicalFilter(filter)}`);
      const window = parseWindow(args, scope);
      const part = selectedPart(info);
      if (part === 'nothing') return new Connection(NO_IMAGES, NO_SLICE, scope);
      const { list, slice } = await readWindow(context, filter, window, part);
      return new Connection(list, slice, scope);
    },
  }),
);

/** Stands for the list of a connection of which nothing is selected that a list would tell. */
const NO_IMAGES = new ImageList({ items: [], total: 0, complete: true, coherent: true, readAtMs: 0 });
const NO_SLICE: Slice = { start: 0, end: 0, hasPreviousPage: false, hasNextPage: false };

/**
 * Reads as much of the list as the selected part of the window needs, and finds the window in it. The cursors
 * tell how far to read; where the list has changed so much that they misjudge, the whole list settles it. Only
 * a whole list may say that a cursor's item is gone: in a part of one it may have moved out of sight.
 */
async function readWindow(
  context: Context,
  filter: ImageListFilter,
  window: Window,
  part: ConnectionPart,
  need: ListNeed = needOf(window, part),
): Promise<{ list: ImageList; slice: Slice }> {
  const list = await context.lists.read(filter, need);
  // The total alone does not depend on where the cursors are.
  const slice = part === 'total' ? NO_SLICE : sliceWindow(window, list);
  if (typeof slice !== 'string' && (list.complete || part !== 'rows' || slice.end <= list.items.length)) {
    return { list, slice };
  }
  if (typeof slice === 'string' && list.complete) {
    throw new ArgumentError(
      slice,
      'CURSOR_EXPIRED',
      'the image that this cursor was cut at is gone, and so are those next to it; start again without it.',
    );
  }
  return readWindow(context, filter, window, part, WHOLE_LIST);
}

function needOf(window: Window, part: ConnectionPart): ListNeed {
  const { last, after, before } = window;
  const atHead = last === null && after === null && before === null;
  // Any page tells the total; one at the head may as well be the window, which is likely to be asked for next.
  if (part === 'rows' || atHead) return { rows: Math.max(1, rowsNeeded(window)), atHead };
  const anchors = part === 'flags' ? anchorRows(window) : 0;
  return anchors === 0 ? { rows: 1, atHead: true } : { rows: anchors, atHead: false };
}
