import {
  type ExecutionResult,
  getOperationAST,
  GraphQLError,
  type GraphQLErrorExtensions,
  OperationTypeNode,
} from 'graphql';
import { isAsyncIterable, mapAsyncIterator, type Plugin } from 'graphql-yoga';

import { requestIdOf } from './request-id.ts';

export interface CodedErrorsOptions {
  /** The table: an error with its code. */
  readonly toCoded: (error: GraphQLError, requestId: string) => GraphQLError;
  /** The HTTP status of a response without data in which nothing was done, by the codes of its errors. */
  readonly statusOfNothing: (codes: readonly unknown[]) => number | undefined;
}

type Result = Pick<ExecutionResult, 'data' | 'errors' | 'extensions'>;

/**
 * Gives every error its code and the request's id, whichever part of the server raised it. Errors are copied and
 * not changed: those of validation are cached with the document and belong to many requests.
 *
 * An error sets the status of a response without `data` only. In all others fields were executed, maybe writes among
 * them, and https://graphql.github.io/graphql-over-http/draft/ wants 200.
 */
export function useCodedErrors({ toCoded, statusOfNothing }: CodedErrorsOptions): Plugin {
  const mutations = new WeakSet<Request>();
  return {
    onExecute({ args: { document, operationName, contextValue } }) {
      const operation = getOperationAST(document, operationName)?.operation;
      if (operation === OperationTypeNode.MUTATION) mutations.add(contextValue.request);
    },
    onResultProcess({ request, result, setResult }) {
      const requestId = requestIdOf(request);
      const toCodedResult = (one: Result): Result => {
        if (!one.errors?.length) return one;
        const coded = one.errors.map((error) => {
          const known = toCoded(error, requestId);
          return withExtensions(known, { ...known.extensions, requestId });
        });
        const isNothing = mutations.has(request) ? isNothingWritten(one) : isNothingRead(one);
        const status = isNothing
          ? statusOfNothing(coded.map(({ extensions }) => extensions['code']))
          : undefined;
        if (status !== undefined) {
          const { data: _, ...rest } = one;
          return { ...rest, errors: coded, extensions: { ...one.extensions, http: { status } } };
        }
        return { ...one, errors: coded.map(one.data === undefined ? withStatus : withoutStatus) };
      };
      if (Array.isArray(result)) return;
      // Of a subscription each event is a result of its own.
      if (isAsyncIterable(result)) setResult(mapAsyncIterator(result, (event) => toCodedResult(event)));
      else setResult(toCodedResult(result));
    },
  };
}

function isNothingRead({ data }: Result): boolean {
  return data == null || Object.values(data).every((value) => value === null);
}

/** Whether each root field has itself failed. An error below one, or null for the whole, says nothing of a write. */
function isNothingWritten({ data, errors = [] }: Result): boolean {
  if (data === undefined) return true;
  if (data === null) return false;
  return Object.entries(data).every(
    ([key, value]) => value === null && errors.some(({ path }) => path?.length === 1 && path[0] === key),
  );
}

/** A response without data has a status of its own, which only `application/json` may replace by 200. */
function withStatus(error: GraphQLError): GraphQLError {
  const { http } = error.extensions;
  return http?.status === undefined ? withHttp(error, { ...http, status: 400, spec: true }) : error;
}

/** Keeps the headers: a `Retry-After` is of use with any status. */
function withoutStatus(error: GraphQLError): GraphQLError {
  const { http } = error.extensions;
  return http?.status === undefined ? error : withHttp(error, { headers: http.headers ?? {} });
}

function withHttp(error: GraphQLError, http: NonNullable<GraphQLErrorExtensions['http']>): GraphQLError {
  return withExtensions(error, { ...error.extensions, http });
}

function withExtensions(error: GraphQLError, extensions: GraphQLErrorExtensions): GraphQLError {
  const { nodes = null, source, positions, path } = error;
  return new GraphQLError(error.message, { nodes, source, positions, path, extensions });
}
