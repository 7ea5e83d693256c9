import SchemaBuilder from '@pothos/core';
import DirectivesPlugin from '@pothos/plugin-directives';
import RelayPlugin from '@pothos/plugin-relay';

import type { Context } from '../context.ts';
import { type FederationDirectives, SHAREABLE } from './directives.ts';
import { encodeGlobalId } from './global-id.ts';

export interface SchemaTypes {
  Context: Context;
  DefaultFieldNullability: false;
  Scalars: {
    /** Input as epoch milliseconds. */
    DateTime: { Input: number; Output: string | Date };
    ID: { Input: string; Output: string | number };
  };
  Directives: FederationDirectives;
}

/** The one schema builder: every file of this folder that defines a type imports it. */
export const builder = new SchemaBuilder<SchemaTypes>({
  plugins: [RelayPlugin, DirectivesPlugin],
  defaultFieldNullability: false,
  // The form that the printer reads.
  directives: { useGraphQLToolsUnorderedDirectives: true },
  relay: {
    cursorType: 'String',
    encodeGlobalID: (typename, id) => encodeGlobalId(typename, String(id)),
    nodeTypeOptions: { description: 'An object with a globally unique id.' },
    idFieldOptions: {
      description: 'Globally unique, as `do:image:7555620`. The key for `node` and for client caches.',
    },
    pageInfoTypeOptions: {
      description: 'Where a page lies in its list.',
      directives: [SHAREABLE],
    },
    // Both are in node.ts: the plugin's own fail as a whole where one id is malformed.
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    hasNextPageFieldOptions: {
      description:
        'Whether there is more after this page. With `first`: between the page and `before`, or the end of the list if no `before` is given. Without `first`: anywhere in the list, the edge of `before` included. With both `first` and `last`: whether there are more than `first` edges between `after` and `before`.',
    },
    hasPreviousPageFieldOptions: {
      description:
        'Whether there is more before this page. With `last`: between `after`, or the start of the list if no `after` is given, and the page. Without `last`: anywhere in the list, the edge of `after` included. With both `first` and `last`: whether there are more than `last` edges between `after` and `before`.',
    },
    startCursorFieldOptions: { description: 'Cursor of the first edge; null on an empty page.' },
    endCursorFieldOptions: { description: 'Cursor of the last edge; null on an empty page.' },
    firstArgOptions: {
      description:
        'Take this many from the front, 0 to 200. Defaults to 20, unless `last` or `before` alone is given.',
    },
    lastArgOptions: {
      description: 'Take this many from the back, 0 to 200. Defaults to 20 if `before` alone is given.',
    },
    afterArgOptions: { description: 'Begin behind the edge with this cursor.' },
    beforeArgOptions: { description: 'End ahead of the edge with this cursor.' },
  },
});
