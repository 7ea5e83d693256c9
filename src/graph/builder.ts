import SchemaBuilder from '@pothos/core';
import DirectivesPlugin from '@pothos/plugin-directives';
import FederationPlugin from '@pothos/plugin-federation';
import RelayPlugin from '@pothos/plugin-relay';

import type { Context } from '../context.ts';
import { decodeGlobalId, encodeGlobalId } from './global-id.ts';

export interface SchemaTypes {
  Context: Context;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: false;
  DefaultNodeNullability: false;
  Scalars: {
    DateTime: { Input: string; Output: string };
    ID: { Input: string; Output: string | number };
  };
}

/** The one schema builder: every file of this folder that defines a type imports it. */
export const builder = new SchemaBuilder<SchemaTypes>({
  plugins: [RelayPlugin, DirectivesPlugin, FederationPlugin],
  defaultFieldNullability: false,
  relay: {
    cursorType: 'String',
    encodeGlobalID: (typename, id) => encodeGlobalId(typename, String(id)),
    decodeGlobalID: (globalId) => decodeGlobalId(globalId),
    nodeTypeOptions: { description: 'An object with a globally unique id.' },
    pageInfoTypeOptions: {
      description: 'Where a page lies in its list.',
      directives: { shareable: true },
    },
    nodeQueryOptions: {
      description:
        'The object with this global id, or null where there is none. In a supergraph this field belongs to the router.',
      args: { id: { description: 'A global id, as `do:image:7555620`.' } },
    },
    nodesQueryOptions: {
      description: 'The objects with these global ids, in the order asked for, null where there is none.',
      args: { ids: { description: 'Global ids; an id that is repeated costs nothing more.' } },
      // One promise a node, so that a failure stays with its own. Images are the only nodes there are.
      resolve: (_root, { ids }, { images }) => ids.map(({ id }) => images.load(id)),
    },
    hasNextPageFieldOptions: {
      description: 'Whether more follows this page. Exact also when paging backwards.',
    },
    hasPreviousPageFieldOptions: {
      description: 'Whether anything comes before this page. Exact also when paging forwards.',
    },
    startCursorFieldOptions: { description: 'Cursor of the first edge; null on an empty page.' },
    endCursorFieldOptions: { description: 'Cursor of the last edge; null on an empty page.' },
    cursorFieldOptions: {
      description: 'The place of this edge in its list. Pass it as `after` or `before`, unchanged.',
    },
    nodeFieldOptions: { description: 'The object at this edge.' },
    edgesFieldOptions: { description: 'The rows of the page, each with its cursor.', nullable: false },
    pageInfoFieldOptions: { description: 'Where this page lies in the list.' },
    nodesOnConnection: { description: 'The rows of the page without their cursors.' },
    firstArgOptions: { description: 'Take this many from the front, 0 to 200. 20 where neither is given.' },
    lastArgOptions: { description: 'Take this many from the back, 0 to 200.' },
    afterArgOptions: { description: 'Begin behind the edge with this cursor.' },
    beforeArgOptions: { description: 'End ahead of the edge with this cursor.' },
  },
});
