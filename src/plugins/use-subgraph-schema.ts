import type { GraphQLSchema } from 'graphql';
import type { Plugin, YogaInitialContext } from 'graphql-yoga';

/**
 * Answers a supergraph's router from the subgraph's schema and everybody else from the schema without
 * `_service` and `_entities`: nobody but a router asks for these two.
 */
export function useSubgraphSchema(schema: GraphQLSchema): Plugin {
  return {
    onEnveloped({ context, setSchema }) {
      if (isForSubgraph(context)) setSchema(schema);
    },
  };
}

function isForSubgraph(context: Partial<YogaInitialContext> | null | undefined): boolean {
  return /\b_service\s*\{|\b_entities\s*\(/.test(context?.params?.query ?? '');
}
