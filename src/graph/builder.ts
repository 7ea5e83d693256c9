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
    pageInfoTypeOptions: {
      description: 'Where a page lies in its list.',
      directives: [SHAREABLE],
    },
    // Both are in node.ts: the plugin's own fail as a whole where one id is malformed.
    nodeQueryOptions: false,
    nodesQueryOptions: false,
    hasNextPageFieldOptions: {
      description: 'Whether more follows this page. Exact also when paging backwards.',
    },
    hasPreviousPageFieldOptions: {
      description: 'Whether anything comes before this page. Exact also when paging forwards.',
    },
    startCursorFieldOptions: { description: 'Cursor of the first edge; null on an empty page.' },
    endCursorFieldOptions: { description: 'Cursor of the last edge; null on an empty page.' },
    firstArgOptions: { description: 'Take this many from the front, 0 to 200. 20 where neither is given.' },
    lastArgOptions: { description: 'Take this many from the back, 0 to 200.' },
    afterArgOptions: { description: 'Begin behind the edge with this cursor.' },
    beforeArgOptions: { description: 'End ahead of the edge with this cursor.' },
  },
});
