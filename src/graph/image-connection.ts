import type { ImageListFilter } from '../digitalocean/images.ts';
import type { Image as ImageRow } from '../digitalocean/payloads.ts';
import { canonicalCriteria, type ImageCriteria } from '../lists/image-criteria.ts';
import type { ImageOrder as ListOrder } from '../lists/image-order.ts';
import { canonicalFilter } from '../lists/list-key.ts';
import { Connection, type Edge } from '../relay/connection.ts';
import { type CursorScope, cursorScope } from '../relay/cursor.ts';
import { parseWindow } from '../relay/window.ts';
import { builder } from './builder.ts';
import { selectionOf } from './connection-selection.ts';
import { CONNECTION_SIZE, upstreamCost } from './directives.ts';
import { Image } from './image.ts';
import { type FacetSource, ImageFacets } from './image-facets.ts';
import { ImageFilter, toCriteria, toListFilter } from './image-filter.ts';
import { ImageOrder } from './image-order.ts';
import { NOTHING, readView, readWindow } from './image-window.ts';

const ImageEdge = builder.objectRef<Edge<ImageRow>>('ImageEdge').implement({
  description: 'One image in a page, with its cursor.',
  fields: (t) => ({
    cursor: t.exposeString('cursor', {
      description: 'The place of this image in the list. Pass it as `after` or `before`, unchanged.',
    }),
    node: t.expose('node', { type: Image, description: 'The image.' }),
  }),
});

interface ImagePage {
  readonly page: Connection<ImageRow>;
  /** Present where facets are selected. */
  readonly facets?: FacetSource;
}

const ImageConnection = builder.objectRef<ImagePage>('ImageConnection').implement({
  description: 'A page of a list of images.',
  fields: (t) => ({
    edges: t.field({
      type: [ImageEdge],
      description: 'The images of the page, each with its cursor.',
      resolve: ({ page }) => page.edges,
    }),
    nodes: t.field({
      type: [Image],
      description: 'The images of the page, without their cursors.',
      resolve: ({ page }) => page.nodes,
    }),
    pageInfo: t.field({
      type: builder.pageInfoRef(),
      description: 'Where the page lies in the list.',
      resolve: ({ page }) => page.pageInfo,
    }),
    totalCount: t.int({
      description: 'How many images the filter lets through, whichever page this is.',
      resolve: ({ page }) => page.totalCount,
    }),
    facets: t.field({
      type: ImageFacets,
      description: 'What the images are like that the filter lets through, whichever page this is.',
      resolve: ({ facets }) => {
        if (facets === undefined) throw new Error('facets were not looked for');
        return facets;
      },
    }),
  }),
});

function scopeOf(
  filter: ImageListFilter,
  criteria: ImageCriteria | null,
  order: ListOrder | null,
): CursorScope {
  return cursorScope(
    JSON.stringify(['Query.images', canonicalFilter(filter), canonicalCriteria(criteria ?? {}), order]),
  );
}

/** Of most queries. */
const PLAIN_SCOPE = scopeOf({}, null, null);

builder.queryField('images', (t) =>
  t.field({
    type: ImageConnection,
    nullable: true,
    directives: [CONNECTION_SIZE, upstreamCost(1)],
    description:
      'The images that your token sees, public ones and your own. Cursors stay right while the list changes: a walk by them shows every image that is there throughout exactly once. Null where the images could not be read; `errors` says why.',
    args: {
      ...t.arg.connectionArgs(),
      filter: t.arg({ type: ImageFilter, description: 'Which images to list.' }),
      orderBy: t.arg({
        type: ImageOrder,
        description: "How to sort them; the API's own order where it is left out.",
      }),
    },
    resolve: async (_root, args, { lists, categories }, info): Promise<ImagePage> => {
      const filter = toListFilter(args.filter);
      const criteria = toCriteria(args.filter);
      const order = args.orderBy ?? null;
      const isPlain = args.filter == null && order === null;
      const scope = isPlain ? PLAIN_SCOPE : scopeOf(filter, criteria, order);
      const window = parseWindow(args, scope);
      const { part, hasFacets } = selectionOf(info);
      if (part === 'nothing') return { page: new Connection(NOTHING.list, NOTHING.slice, scope) };
      if (criteria === null && order === null && !hasFacets) {
        const { list, slice } = await readWindow(lists, filter, window, part);
        const page = new Connection(list, slice, scope);
        if (filter.category !== undefined)
          for (const image of page.nodes) categories.prime(image, filter.category);
        return { page };
      }
      const { view, slice } = await readView(lists, { filter, criteria, order, window, part });
      return {
        page: new Connection(view, slice, scope),
        facets: { view, category: filter.category ?? null },
      };
    },
  }),
);
