import { ArgumentError } from '../relay/argument-error.ts';
import { builder } from './builder.ts';
import { upstreamCost } from './directives.ts';
import { decodeImageId } from './global-id.ts';

/** As many ids as one `nodes` takes. */
const MAX_IDS = 200;

builder.queryFields((t) => ({
  node: t.field({
    type: builder.nodeInterfaceRef(),
    nullable: true,
    directives: [upstreamCost(1)],
    description:
      'The object with this global id, or null where there is none. In a supergraph this field belongs to the router.',
    args: { id: t.arg.id({ required: true, description: 'A global id, as `do:image:7555620`.' }) },
    resolve: (_root, { id }, { images }) => images.load(decodeImageId('id', id)),
  }),
  nodes: t.field({
    type: [builder.nodeInterfaceRef()],
    nullable: { list: false, items: true },
    directives: [upstreamCost(1)],
    description:
      'The objects with these global ids, in the order asked for; null where there is none, or where one failed.',
    args: {
      ids: t.arg.idList({
        required: true,
        description: `Up to ${MAX_IDS} global ids. One that is repeated costs nothing more.`,
      }),
    },
    resolve: (_root, { ids }, { images }) => {
      if (ids.length > MAX_IDS) {
        throw new ArgumentError('ids', 'INVALID_VALUE', `must be at most ${MAX_IDS} ids.`);
      }
      // A promise for each, so that a failure stays with its own.
      return ids.map(async (id) => images.load(decodeImageId('ids', id)));
    },
  }),
}));
