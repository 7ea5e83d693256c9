import { GraphQLError, type GraphQLErrorExtensions } from 'graphql';

import { OverloadedError } from './digitalocean/call-slots.ts';
import { CircuitOpenError } from './digitalocean/circuit-breaker.ts';
import {
  ApiError,
  IntermediaryError,
  isOutcomeUnknown,
  NetworkError,
  PayloadError,
  RateLimitError,
  StatusError,
  TimeoutError,
} from './digitalocean/errors.ts';
import { ListTooLargeError } from './lists/load-list.ts';
import { PagingError } from './lists/paging.ts';
import { ComplexityError } from './operations/limits.ts';
import { DocumentError, type DocumentRefusal } from './operations/persisted-queries.ts';
import { RequestParamsError } from './operations/request-params.ts';
import { redact } from './redact.ts';
import { ArgumentError } from './relay/argument-error.ts';
import { describeVariable } from './variable-error.ts';
import { tellOutcome } from './write-refusal.ts';

/** The request brings no token that could be sent on. */
export class MissingTokenError extends Error {
  override readonly name = 'MissingTokenError';

  constructor() {
    super('no usable bearer token');
  }
}

/** The first two are words of a protocol: Apollo's clients and routers look for them. */
const DOCUMENT_REFUSALS: Readonly<Record<DocumentRefusal, { code: string; message: string }>> = {
  NOT_FOUND: { code: 'PERSISTED_QUERY_NOT_FOUND', message: 'PersistedQueryNotFound' },
  NOT_SUPPORTED: { code: 'PERSISTED_QUERY_NOT_SUPPORTED', message: 'PersistedQueryNotSupported' },
  NOT_IN_LIST: {
    code: 'PERSISTED_QUERY_NOT_IN_LIST',
    message: 'This id is not one of the trusted documents.',
  },
  ID_REQUIRED: {
    code: 'PERSISTED_QUERY_ID_REQUIRED',
    message:
      'Only trusted documents are served. Send the id of one, as "documentId" or as "extensions.persistedQuery", and no document.',
  },
  MISMATCH: {
    code: 'PERSISTED_QUERY_MISMATCH',
    message: 'The hash that was sent is not the SHA-256 of the document, in lower-case hexadecimal digits.',
  },
};

/** A request that is not executed, since the calls of its tenant already wait for more than the process can do. */
export class LoadShedError extends Error {
  override readonly name = 'LoadShedError';
}

/** The time for the whole request is over. */
export class RequestTimeoutError extends Error {
  override readonly name = 'RequestTimeoutError';
  readonly timeoutMs: number;

  constructor(timeoutMs: number) {
    super(`the request took longer than ${timeoutMs} ms`);
    this.timeoutMs = timeoutMs;
  }
}

/**
 * The one table from what went wrong to what a client is told. Messages are our own words: no upstream text,
 * host, token or stack is in them. `extensions.http` goes with whole-request errors only, since it changes the
 * status of the whole answer. Returns null for an error that nobody foresaw: a bug, to be logged and masked.
 */
export function toGraphQLError(error: unknown): GraphQLError | null {
  if (error instanceof GraphQLError) {
    const place = placeOf(error);
    const cause = place.originalError;
    if (cause === undefined || cause instanceof GraphQLError) return withCode(place);
    const known = toGraphQLError(cause);
    return known && at(place, known);
  }
  if (error instanceof ArgumentError) {
    return coded('BAD_USER_INPUT', error.message, { argument: error.argument, reason: error.reason });
  }
  if (error instanceof ListTooLargeError) {
    return coded(
      'BAD_USER_INPUT',
      `This list has more than ${error.limit} images, too many to filter, sort or count them here. Narrow it with "category", "private" or "tagName".`,
      { argument: 'filter', reason: 'RESULT_SET_TOO_LARGE' },
    );
  }
  if (error instanceof PagingError) {
    return coded(
      'UPSTREAM_INVALID_RESPONSE',
      'The images API gave pages of a list that contradict one another, so that this part of it cannot be shown.',
      { reason: 'PAGING' },
    );
  }
  if (error instanceof MissingTokenError) {
    return coded('UNAUTHENTICATED', 'Send a DigitalOcean API token as "Authorization: Bearer <token>".', {
      http: { status: 401, headers: { 'www-authenticate': 'Bearer' } },
    });
  }
  if (error instanceof ComplexityError) {
    const { limit, maximum } = error;
    return coded(
      'QUERY_TOO_COMPLEX',
      `This is more than is answered at once: ${limit} may be at most ${maximum}.`,
      {
        limit,
        maximum,
        http: { status: 400, spec: true },
      },
    );
  }
  if (error instanceof DocumentError) {
    const { code, message } = DOCUMENT_REFUSALS[error.refusal];
    return coded(code, message, { http: { status: 400, spec: true } });
  }
  if (error instanceof LoadShedError) return createOverloadError();
  if (error instanceof RequestTimeoutError) {
    return coded('UPSTREAM_TIMEOUT', 'The images API did not answer in time.', {
      timeoutMs: error.timeoutMs,
    });
  }
  if (error instanceof RequestParamsError) {
    return coded('BAD_REQUEST', error.message, { http: { status: 400 } });
  }
  // Only what a caller sends is parsed without a guard: its variables and extensions.
  if (error instanceof SyntaxError) {
    return coded('BAD_REQUEST', 'The variables and extensions must be JSON.', { http: { status: 400 } });
  }
  if (isAbort(error)) return coded('CLIENT_CLOSED_REQUEST', 'The caller went away.');
  return error instanceof ApiError ? withOutcome(error, fromApi(error)) : null;
}

/** Of a write whose outcome nobody knows, that is said: it may have been done, and must not be sent again blindly. */
function withOutcome(cause: ApiError, error: GraphQLError | null): GraphQLError | null {
  if (error === null || cause.call.startsWith('GET ') || !isOutcomeUnknown(cause)) return error;
  return new GraphQLError(`${error.message} ${tellOutcome(cause)}`, {
    extensions: { ...error.extensions, outcome: 'unknown' },
  });
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

/** The status of a response in which nothing was done, by the codes of its errors; undefined where the errors have their own. */
export function statusOfNothing(codes: readonly unknown[]): number | undefined {
  return codes.every((code) => code === 'OVERLOADED') ? 503 : undefined;
}

/** What a caller is told whose request is not even read, since the process has more to do than it can. */
function createOverloadError(): GraphQLError {
  return coded('OVERLOADED', 'The gateway has more to do than it can.', {
    retryAfter: 1,
    http: { status: 503, headers: { 'retry-after': '1' } },
  });
}

/** Masks an error that nobody foresaw: a client learns the place of a bug, and nothing else of it. */
export function createInternalError(error: GraphQLError): GraphQLError {
  return at(
    placeOf(error),
    coded('INTERNAL_SERVER_ERROR', 'Something went wrong in the gateway.', { http: { status: 500 } }),
  );
}

/** Statuses by which the API refuses a request, so that sending it again would change nothing. */
const REFUSALS: ReadonlySet<number> = new Set([400, 401, 403, 404, 409, 410, 412, 422, 423]);

/** Whether the API is out of order or busy, so that what was read before may serve for a while. */
export function isOutage(error: unknown): boolean {
  if (error instanceof StatusError) return !REFUSALS.has(error.status);
  return [
    IntermediaryError,
    NetworkError,
    TimeoutError,
    RequestTimeoutError,
    PayloadError,
    PagingError,
    CircuitOpenError,
    OverloadedError,
  ].some((type) => error instanceof type);
}

/** Whether the API refuses the token: what was read with it must not be served any more. */
export function isRefusal(error: unknown): boolean {
  return error instanceof StatusError && (error.status === 401 || error.status === 403);
}

function fromApi(error: ApiError): GraphQLError | null {
  if (error instanceof StatusError) return fromStatus(error);
  if (error instanceof IntermediaryError) {
    return coded('UPSTREAM_UNAVAILABLE', 'Something in front of the images API answered in its place.', {
      reason: error.reason,
      ...upstreamOf(error),
    });
  }
  if (error instanceof TimeoutError) {
    return coded('UPSTREAM_TIMEOUT', 'The images API did not answer in time.', {
      timeoutMs: error.timeoutMs,
    });
  }
  if (error instanceof NetworkError) {
    return coded('UPSTREAM_UNAVAILABLE', 'The images API could not be reached.');
  }
  if (error instanceof CircuitOpenError) {
    return coded('UPSTREAM_UNAVAILABLE', 'The images API fails just now, and is not asked.', {
      circuit: 'open',
      ...retryAfterOf(error.retryAfterMs / 1_000),
    });
  }
  if (error instanceof OverloadedError) {
    return coded('OVERLOADED', 'The gateway has more to ask of the images API than it can.', {
      ...retryAfterOf(error.retryAfterMs / 1_000),
    });
  }
  if (error instanceof PayloadError) {
    return coded('UPSTREAM_INVALID_RESPONSE', 'The images API gave an answer that cannot be used.', {
      reason: error.reason,
    });
  }
  return null;
}

/** In whole seconds, at least one, also as the answer's header. */
function retryAfterOf(seconds: number | undefined): GraphQLErrorExtensions {
  if (seconds === undefined) return {};
  const retryAfter = Math.max(1, Math.ceil(seconds));
  return { retryAfter, http: { headers: { 'retry-after': String(retryAfter) } } };
}

/** What a client may quote of the response, and when to come again. */
function upstreamOf({
  status,
  requestId,
  retryAfter,
}: Pick<StatusError, 'status' | 'requestId' | 'retryAfter'>): GraphQLErrorExtensions {
  const upstream = { status, ...(requestId === undefined ? {} : { requestId }) };
  return { ...retryAfterOf(retryAfter), upstream };
}

function fromStatus(error: StatusError): GraphQLError {
  const { status, retryAfter } = error;
  const upstream = upstreamOf(error);
  if (error instanceof RateLimitError) {
    return coded(
      'RATE_LIMITED',
      `The rate limit of this token is used up. Try again in ${retryAfter} s.`,
      upstream,
    );
  }
  switch (status) {
    case 400:
    case 422:
      return coded('BAD_USER_INPUT', 'The images API refused the input.', upstream);
    case 401:
      return coded('UNAUTHENTICATED', 'The images API refused the token.', upstream);
    case 403:
      return coded('FORBIDDEN', 'The token may not do this.', {
        requiredScope: error.scopes.join(' '),
        ...upstream,
      });
    case 404:
      return coded('NOT_FOUND', 'The images API does not know what was asked for.', upstream);
    case 409:
    case 412:
    case 423:
      return coded('CONFLICT', 'The state of the image does not allow this now.', upstream);
    case 504:
      return coded('UPSTREAM_TIMEOUT', 'The images API did not answer in time.', upstream);
    default:
      if (status >= 500)
        return coded('UPSTREAM_UNAVAILABLE', 'The images API is not available now.', upstream);
      return coded('UPSTREAM_INVALID_RESPONSE', 'The images API gave an answer that cannot be used.', {
        reason: 'STATUS',
        ...upstream,
      });
  }
}

/**
 * Errors of GraphQL and of the HTTP exchange. Those that a library gave a code keep it; the others get it from their
 * kind. Null for an error of a field that no input of the client explains.
 */
function withCode(error: GraphQLError): GraphQLError | null {
  const { code = codeOf(error), http } = error.extensions;
  if (typeof code !== 'string') return null;
  if (code === 'REQUEST_ENTITY_TOO_LARGE')
    return coded('PAYLOAD_TOO_LARGE', error.message, { http: { status: 413, ...http } });
  if (code === 'BAD_REQUEST') {
    // No GraphQL request at all: 400 under either media type, which `spec: true` would make 200 under one.
    return at(error, coded(code, error.message, { http: { status: 400, ...http, spec: false } }));
  }
  // Well-formed, but not to be run: 200 under application/json, 400 under application/graphql-response+json.
  const isWellFormed = code === 'BAD_USER_INPUT' || code === 'OPERATION_RESOLUTION_FAILURE';
  const status = isWellFormed ? { status: 400, ...http, spec: true } : http;
  const message = clip(redact(describeVariable(error) ?? withoutLiteral(error.message)));
  const [, argument] = ARGUMENT.exec(error.message) ?? [];
  return at(
    error,
    coded(code, message, {
      ...(argument === undefined ? {} : { argument, reason: 'INVALID_VALUE' }),
      ...(status === undefined ? {} : { http: status }),
    }),
  );
}

/** Longer messages repeat what the caller has sent. */
const MAX_MESSAGE = 300;

/** How graphql-js and the executor begin their messages about an argument that a variable has made unfit. */
const ARGUMENT = /^Argument "(\w+)" /;

/** What graphql-js says of a literal that does not fit, without the literal. */
function withoutLiteral(message: string): string {
  return message.replace(/(cannot represent (?:an? )?[\w -]+ value|has invalid value):? [^]*$/, '$1.');
}

function clip(message: string): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message;
}

function codeOf({ message, path }: GraphQLError): string | null {
  if (message.startsWith('Syntax Error')) return 'GRAPHQL_PARSE_FAILED';
  if (message.startsWith('Variable "$') || ARGUMENT.test(message)) return 'BAD_USER_INPUT';
  // The HTTP request was fine where a field of its operation was executed.
  return path === undefined ? 'BAD_REQUEST' : null;
}

/** The error in the chain of causes that names its field. The executor wraps what a subscription's source throws. */
function placeOf(error: GraphQLError): GraphQLError {
  const cause = error.originalError;
  return error.path === undefined && cause instanceof GraphQLError && cause.path !== undefined
    ? cause
    : error;
}

/** The same error at the place in the document where another one was raised. */
function at(place: GraphQLError, error: GraphQLError): GraphQLError {
  const { nodes = null, source, positions, path } = place;
  return new GraphQLError(error.message, { nodes, source, positions, path, extensions: error.extensions });
}

function coded(code: string, message: string, extensions: GraphQLErrorExtensions = {}): GraphQLError {
  return new GraphQLError(message, { extensions: { code, ...extensions } });
}
