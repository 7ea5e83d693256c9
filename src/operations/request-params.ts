/** The parameters of a GraphQL request, checked: https://graphql.github.io/graphql-over-http/draft/#sec-Request-Parameters */
export interface RequestParams {
  readonly query: string | null;
  readonly operationName: string | null;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly extensions: Readonly<Record<string, unknown>>;
  /** The id of a document in its place: the appendix on persisted documents. */
  readonly documentId: string | null;
}

/** The parameters are not those of a GraphQL request. The message names the parameter and the accepted form. */
export class RequestParamsError extends Error {
  override readonly name = 'RequestParamsError';
}

const NAMES = ['query', 'operationName', 'variables', 'extensions', 'documentId'] as const;
const NONE: Readonly<Record<string, unknown>> = Object.freeze({});

/**
 * Checks the parameters of a request, whichever transport they came by. An empty string counts as absent, as it does
 * in the URL of a GET.
 * @throws RequestParamsError
 */
export function parseRequestParams(params: unknown): RequestParams {
  if (Array.isArray(params))
    throw new RequestParamsError('A request is one JSON object: batches are not supported.');
  if (!isRecord(params))
    throw new RequestParamsError('A request is a JSON object with "query" or "documentId".');
  for (const name in params)
    if (params[name] != null && !NAMES.some((known) => known === name))
      throw new RequestParamsError(
        `Unexpected parameter. A request has ${NAMES.map((known) => `"${known}"`).join(', ')}.`,
      );
  return {
    query: parseText(params, 'query'),
    operationName: parseText(params, 'operationName'),
    variables: parseRecord(params, 'variables'),
    extensions: parseRecord(params, 'extensions'),
    documentId: parseText(params, 'documentId'),
  };
}

function parseText(params: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = params[name];
  if (value == null || value === '') return null;
  if (typeof value === 'string') return value;
  throw new RequestParamsError(`"${name}" must be a string.`);
}

function parseRecord(
  params: Readonly<Record<string, unknown>>,
  name: string,
): Readonly<Record<string, unknown>> {
  const value = params[name];
  if (value == null || value === '') return NONE;
  if (isRecord(value)) return value;
  throw new RequestParamsError(`"${name}" must be a JSON object.`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
