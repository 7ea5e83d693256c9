import { type DocumentNode, type GraphQLSchema, parse } from 'graphql';
import type { Plugin, YogaInitialContext } from 'graphql-yoga';

import { rootFieldsOf } from './root-fields.ts';

/** As many as the limit on documents allows. */
const MAX_TOKENS = 1_500;

/**
 * Answers a supergraph's router from the subgraph's schema and everybody else from the schema without
 * `_service` and `_entities`: nobody but a router asks for these two. One of them is set for each request, since
 * the one that is set stays for the requests that follow.
 */
export function useSubgraphSchema({
  api,
  subgraph,
}: {
  readonly api: GraphQLSchema;
  readonly subgraph: GraphQLSchema;
}): Plugin {
  return {
    onEnveloped({ context, setSchema }) {
      setSchema(isForSubgraph(context) ? subgraph : api);
    },
  };
}

function isForSubgraph(context: Partial<YogaInitialContext> | null | undefined): boolean {
  const { query, operationName } = context?.params ?? {};
  // Few other documents have these words in them; those that have are looked at closely.
  if (typeof query !== 'string' || !/_service|_entities/.test(query)) return false;
  const document = parseOrNull(query);
  if (document === null) return false;
  const rootFields = rootFieldsOf(document, operationName);
  return rootFields.has('_service') || rootFields.has('_entities');
}

/** What cannot be read is refused later, with the reason. */
function parseOrNull(query: string): DocumentNode | null {
  try {
    return parse(query, { maxTokens: MAX_TOKENS, noLocation: true });
  } catch {
    return null;
  }
}
