import { type ExecutionResult, GraphQLError, type GraphQLErrorExtensions } from 'graphql';

export type Result = Pick<ExecutionResult, 'data' | 'errors' | 'extensions'>;

export interface ErrorTable {
  /** The error with its code; masked, and logged, if nobody foresaw it. */
  toCoded(error: GraphQLError, requestId: string): GraphQLError;
  /** The HTTP status of a response without data in which nothing was done, by the codes of its errors. */
  statusOfNothing(codes: readonly unknown[]): number | undefined;
}

/**
 * Gives every error its code and the request's id. Errors are copied and not changed: those of validation are cached
 * with the document, and those of an execution belong to all requests that joined it.
 *
 * An error sets the status of a response without `data` only. In all others fields were executed, maybe writes among
 * them, and https://graphql.github.io/graphql-over-http/draft/ wants 200.
 */
export function toCodedResult(
  table: ErrorTable,
  result: Result,
  { requestId, isMutation }: { readonly requestId: string; readonly isMutation: boolean },
): Result {
  if (!result.errors?.length) return result;
  const coded = result.errors.map((error) => {
    const known = table.toCoded(error, requestId);
    return withExtensions(known, { ...known.extensions, requestId });
  });
  const isNothing = isMutation ? isNothingWritten(result) : isNothingRead(result);
  const status = isNothing
    ? table.statusOfNothing(coded.map(({ extensions }) => extensions['code']))
    : undefined;
  if (status !== undefined) {
    const { data: _, ...rest } = result;
    return { ...rest, errors: coded, extensions: { ...result.extensions, http: { status } } };
  }
  return { ...result, errors: coded.map(result.data === undefined ? withStatus : withoutStatus) };
}

/** The codes of a result's errors, each once. */
export function codesOf({ errors = [] }: Result): readonly string[] {
  return [...new Set(errors.map(({ extensions }) => String(extensions['code'])))];
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
