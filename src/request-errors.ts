import { GraphQLError } from 'graphql';

/**
 * HTTP requests that the gateway refuses before they are GraphQL, or instead of a response that they do not accept:
 * by the listener, by Node's parser, or by a plugin.
 */
const REFUSALS = {
  MALFORMED: { status: 400, message: 'This is no valid HTTP request.' },
  WEBSOCKET: {
    status: 400,
    message: 'Subscriptions are served as text/event-stream, and not by WebSocket.',
  },
  TARGET: { status: 400, message: 'The request target and the "Host" header are no URL together.' },
  FOREIGN: {
    status: 403,
    message:
      'A GET with a document needs a header that no foreign page can send: "Authorization", "X-Requested-With", "Apollo-Require-Preflight" or "X-GraphQL-Yoga-CSRF". Or send it by POST.',
  },
  NOT_FOUND: {
    status: 404,
    code: 'NOT_FOUND',
    message: 'Nothing is served at this path. GraphQL is served at "/graphql".',
  },
  METHOD: { status: 405, message: 'This path takes no other method than GET and HEAD.' },
  SUBSCRIPTION: {
    status: 406,
    message: 'Subscriptions are served as text/event-stream. Send it in "Accept".',
  },
  NOT_ACCEPTABLE: {
    status: 406,
    message:
      'Responses are served as application/graphql-response+json or application/json. Send one of them in "Accept".',
  },
  SLOW: { status: 408, message: 'The request did not arrive in time.' },
  EXTENSIONS_TOO_LARGE: { status: 413, message: 'The chunks of the body have extensions above 16 KB.' },
  MEDIA_TYPE: {
    status: 415,
    message:
      'Send the body as JSON in UTF-8, with the "Content-Type" "application/json" and no other charset than "utf-8".',
  },
  ENCODING: { status: 415, message: 'A request is not compressed: leave "Content-Encoding" out.' },
  EXPECTATION: { status: 417, message: 'The gateway meets no other "Expect" than "100-continue".' },
  HEADERS_TOO_LARGE: { status: 431, message: 'The headers of the request are larger than 16 KB.' },
  NOT_READY: {
    status: 503,
    code: 'NOT_READY',
    message: 'The gateway is stopping. Send new requests to another instance.',
  },
  METRICS: {
    status: 503,
    code: 'METRICS_INCOMPLETE',
    message: 'Not every worker process has reported its metrics in time.',
  },
} as const;

export type RequestRefusal = keyof typeof REFUSALS;

export function createRequestError(refusal: RequestRefusal): GraphQLError {
  const { status, message, ...rest } = REFUSALS[refusal];
  return new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', ...rest, http: { status } } });
}

/** A response that is nothing but an error. */
export interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Gives an error that no GraphQL response carries the form that it would have there. */
export function toRefusal({ message, extensions }: GraphQLError, requestId: string): Refusal {
  const { http, ...rest } = extensions;
  const body = JSON.stringify({ errors: [{ message, extensions: { ...rest, requestId } }] });
  return {
    status: http?.status ?? 500,
    headers: {
      ...http?.headers,
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
    },
    body,
  };
}
