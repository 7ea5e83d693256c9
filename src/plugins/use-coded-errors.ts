import { type ExecutionResult, GraphQLError } from 'graphql';
import { isAsyncIterable, mapAsyncIterator, type Plugin } from 'graphql-yoga';

import { requestIdOf } from './request-id.ts';

export interface CodedErrorsOptions {
  /** The table: an error with its code. */
  readonly toCoded: (error: GraphQLError, requestId: string) => GraphQLError;
  /** The HTTP status of an answer whose data is nothing, by the codes of its errors. */
  readonly statusOfNothing: (codes: readonly unknown[]) => number | undefined;
}

type Result = Pick<ExecutionResult, 'data' | 'errors' | 'extensions'>;

/**
 * Gives every error its code and the request's id, whichever part of the server raised it. Errors are copied and
 * not changed: those of validation are kept with the document and meet many requests.
 */
export function useCodedErrors({ toCoded, statusOfNothing }: CodedErrorsOptions): Plugin {
  return {
    onResultProcess({ request, result, setResult }) {
      const requestId = requestIdOf(request);
      const toCodedResult = <R extends Result>(one: R): R => {
        if (!one.errors?.length) return one;
        const errors = one.errors.map((error) => withRequestId(toCoded(error, requestId), requestId));
        const status = isNothing(one)
          ? statusOfNothing(errors.map(({ extensions }) => extensions['code']))
          : undefined;
        return {
          ...one,
          errors,
          ...(status === undefined ? {} : { extensions: { ...one.extensions, http: { status } } }),
        };
      };
      if (Array.isArray(result)) return;
      // Of a subscription each event is a result of its own.
      if (isAsyncIterable(result)) setResult(mapAsyncIterator(result, (event) => toCodedResult(event)));
      else setResult(toCodedResult(result));
    },
  };
}

function isNothing({ data }: Result): boolean {
  return data == null || Object.values(data).every((value) => value === null);
}

function withRequestId(error: GraphQLError, requestId: string): GraphQLError {
  const { nodes = null, source, positions, path } = error;
  const extensions = { ...error.extensions, requestId };
  return new GraphQLError(error.message, { nodes, source, positions, path, extensions });
}
