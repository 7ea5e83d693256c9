import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

import { requestIdOf } from './request-id.ts';

/**
 * Gives every error its code and the request's id, whichever part of the server raised it. `toCoded` is the
 * table. Errors are copied and not changed: those of validation are kept with the document and meet many
 * requests.
 */
export function useCodedErrors(toCoded: (error: GraphQLError, requestId: string) => GraphQLError): Plugin {
  return {
    onResultProcess({ request, result, setResult }) {
      if (Array.isArray(result) || !('errors' in result) || !result.errors?.length) return;
      const requestId = requestIdOf(request);
      const errors = result.errors.map((error) => withRequestId(toCoded(error, requestId), requestId));
      setResult({ ...result, errors });
    },
  };
}

function withRequestId(error: GraphQLError, requestId: string): GraphQLError {
  const { nodes = null, source, positions, path } = error;
  const extensions = { ...error.extensions, requestId };
  return new GraphQLError(error.message, { nodes, source, positions, path, extensions });
}
