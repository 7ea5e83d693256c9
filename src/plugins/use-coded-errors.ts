import { GraphQLError } from 'graphql';
import { isAsyncIterable, mapAsyncIterator, type Plugin } from 'graphql-yoga';

import { requestIdOf } from './request-id.ts';

/**
 * Gives every error its code and the request's id, whichever part of the server raised it. `toCoded` is the
 * table. Errors are copied and not changed: those of validation are kept with the document and meet many
 * requests.
 */
export function useCodedErrors(toCoded: (error: GraphQLError, requestId: string) => GraphQLError): Plugin {
  return {
    onResultProcess({ request, result, setResult }) {
      const requestId = requestIdOf(request);
      const toCodedResult = <R extends { errors?: readonly GraphQLError[] }>(one: R): R =>
        one.errors?.length
          ? { ...one, errors: one.errors.map((error) => withRequestId(toCoded(error, requestId), requestId)) }
          : one;
      if (Array.isArray(result)) return;
      // Of a subscription each event is a result of its own.
      if (isAsyncIterable(result)) setResult(mapAsyncIterator(result, (event) => toCodedResult(event)));
      else setResult(toCodedResult(result));
    },
  };
}

function withRequestId(error: GraphQLError, requestId: string): GraphQLError {
  const { nodes = null, source, positions, path } = error;
  const extensions = { ...error.extensions, requestId };
  return new GraphQLError(error.message, { nodes, source, positions, path, extensions });
}
