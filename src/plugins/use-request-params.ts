import { GraphQLError } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';

/**
 * Reads the parameters of a POST as those of a GET: an empty one counts as absent, which
 * https://graphql.github.io/graphql-over-http/draft/ asks of `operationName`. Yoga checks the types of all others.
 */
export function useRequestParams(): Plugin {
  return {
    onParams({ params, setParams }) {
      if (typeof params !== 'object' || params === null) return;
      const { operationName } = params;
      // Callers send any JSON.
      const given: unknown = operationName;
      if (given != null && typeof given !== 'string')
        throw new GraphQLError('"operationName" must be a string.');
      if (Object.values(params).includes('')) setParams(withoutEmpty(params));
    },
  };
}

function withoutEmpty(params: GraphQLParams): GraphQLParams {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== ''));
}
