import type { Image as ImageRow, ImageAction as ActionRow } from '../digitalocean/payloads.ts';
import { readLiveWindow, readWholeWindow } from '../lists/live-window.ts';
import type { FetchPage } from '../lists/paging.ts';
import { ArgumentError } from '../relay/argument-error.ts';
import { Connection, type Edge } from '../relay/connection.ts';
import { cursorScope } from '../relay/cursor.ts';
import { parseWindow, type Slice } from '../relay/window.ts';
import { builder } from './builder.ts';
import { selectionOf } from './connection-selection.ts';
import { CONNECTION_SIZE, upstreamCost } from './directives.ts';
import { encodeGlobalId } from './global-id.ts';
import { Image } from './image.ts';
import { Region } from './region.ts';

const ImageActionType = builder.enumType('ImageActionType', {
  description: 'What is done to an image. `typeName` has the text as the API gives it.',
  values: {
    TRANSFER: { value: 'transfer', description: 'Copied to one more region.' },
    CONVERT: { value: 'convert', description: 'Turned from a backup into a snapshot.' },
    CREATE: { value: 'create', description: 'Made: imported, or taken of a Droplet.' },
    DESTROY: { value: 'destroy', description: 'Deleted.' },
    UNKNOWN: { value: 'unknown', description: 'Something that this gateway does not know yet.' },
  } as const,
});

const ImageActionStatus = builder.enumType('ImageActionStatus', {
  description: 'How far an action is.',
  values: {
    IN_PROGRESS: { value: 'in-progress', description: 'It is under way.' },
    COMPLETED: { value: 'completed', description: 'It is done.' },
    ERRORED: { value: 'errored', description: 'It has failed.' },
    UNKNOWN: { value: 'unknown', description: 'A status that this gateway does not know yet, or none.' },
  } as const,
});

export const ImageAction = builder.objectRef<ActionRow>('ImageAction').implement({
  description: 'Work on an image that takes a while.',
  fields: (t) => ({
    id: t.id({
      description: 'Globally unique, as `do:action:36805527`. For client caches.',
      resolve: (action) => encodeGlobalId('Action', String(action.id)),
    }),
    actionId: t.id({ description: 'The numeric id in the REST API.', resolve: (action) => action.id }),
    type: t.expose('type', { type: ImageActionType, description: 'What is done.' }),
    typeName: t.exposeString('typeName', {
      nullable: true,
      description: "What is done, in the API's own text, as `image_destroy`; for display.",
    }),
    status: t.expose('status', { type: ImageActionStatus, description: 'How far it is.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true, description: 'When it began.' }),
    completedAt: t.expose('completedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it ended; null while it is under way.',
    }),
    region: t.field({
      type: Region,
      nullable: true,
      description: 'The region that it concerns.',
      resolve: (action) => action.regionSlug,
    }),
  }),
});

const ImageActionEdge = builder.objectRef<Edge<ActionRow>>('ImageActionEdge').implement({
  description: 'One action in a page, with its cursor.',
  fields: (t) => ({
    cursor: t.exposeString('cursor', { description: 'The place of this action in the list.' }),
    node: t.expose('node', { type: ImageAction, description: 'The action.' }),
  }),
});

const ImageActionConnection = builder.objectRef<Connection<ActionRow>>('ImageActionConnection').implement({
  description: 'A page of what was done to an image.',
  fields: (t) => ({
    edges: t.expose('edges', { type: [ImageActionEdge], description: 'The actions, each with its cursor.' }),
    nodes: t.expose('nodes', { type: [ImageAction], description: 'The actions, without their cursors.' }),
    pageInfo: t.expose('pageInfo', {
      type: builder.pageInfoRef(),
      description: 'Where the page lies in the list.',
    }),
    totalCount: t.exposeInt('totalCount', { description: 'How many actions there are.' }),
  }),
});

builder.objectField(Image, 'actions', (t) =>
  t.field({
    type: ImageActionConnection,
    nullable: true,
    directives: [CONNECTION_SIZE, upstreamCost(1)],
    description:
      "What was done to the image, in the API's own order, read as it is now. It costs a call for each image that it is selected of, and is null where that call failed.",
    args: t.arg.connectionArgs(),
    resolve: async (image: ImageRow, args, context, info) => {
      const scope = cursorScope(`Image.actions ${image.id}`);
      const window = parseWindow(args, scope);
      const { part } = selectionOf(info);
      const fetchPage: FetchPage<ActionRow> = (page, perPage, isAgain) =>
        context.readActions(String(image.id), { page, perPage, isAgain });
      const shown = await readLiveWindow(fetchPage, window, { needsRows: part === 'rows' });
      const { list, slice } =
        shown ?? (await readWholeWindow(fetchPage, window, { maxRows: context.lists.maxImages }));
      return new Connection(list, toSlice(slice), scope);
    },
  }),
);

function toSlice(slice: Slice | 'after' | 'before'): Slice {
  if (typeof slice !== 'string') return slice;
  throw new ArgumentError(
    slice,
    'CURSOR_EXPIRED',
    'the action that this cursor was cut at is gone, and nothing shows where it was; start again without it.',
  );
}
