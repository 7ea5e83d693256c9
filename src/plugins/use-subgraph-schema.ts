import type { DocumentNode, GraphQLSchema } from 'graphql';
import type { Plugin, YogaInitialContext } from 'graphql-yoga';

import { type DocumentLimits, parseDocument, type SenderLimits } from './parse-document.ts';
import { rootFieldsOf } from './root-fields.ts';

/**
 * Answers a supergraph's router from the subgraph's schema and everybody else from the schema without
 * `_service` and `_entities`: nobody but a router asks for these two. One of them is set for each request, since
 * the one that is set stays for the requests that follow.
 */
export function useSubgraphSchema({
  api,
  subgraph,
  documents,
}: {
  readonly api: GraphQLSchema;
  readonly subgraph: GraphQLSchema;
  /** Documents beyond these are refused later, and not looked at here. */
  readonly documents: SenderLimits<DocumentLimits>;
}): Plugin {
  return {
    onEnveloped({ context, setSchema }) {
      setSchema(isForSubgraph(context, documents) ? subgraph : api);
    },
  };
}

function isForSubgraph(
  context: Partial<YogaInitialContext> | null | undefined,
  documents: SenderLimits<DocumentLimits>,
): boolean {
  const { query, operationName } = context?.params ?? {};
  // Few other documents have these words in them; those that have are looked at closely.
  if (typeof query !== 'string' || !/_service|_entities/.test(query)) return false;
  const document = parseOrNull(query, documents);
  if (document === null) return false;
  const rootFields = rootFieldsOf(document, operationName);
  return rootFields.has('_service') || rootFields.has('_entities');
}

/** What cannot be read is refused later, with the reason. */
function parseOrNull(query: string, documents: SenderLimits<DocumentLimits>): DocumentNode | null {
  try {
    return parseDocument(query, documents, { noLocation: true });
  } catch {
    return null;
  }
}
