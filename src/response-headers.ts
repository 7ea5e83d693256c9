/** Headers that a page of another origin may send: all that the gateway reads, and those by which clients name themselves. */
const ALLOWED_HEADERS = [
  'Accept',
  'Authorization',
  'Content-Type',
  'Apollo-Require-Preflight',
  'X-GraphQL-Yoga-CSRF',
  'X-Requested-With',
  'X-Explain',
  'X-Request-Id',
  'Traceparent',
  'Tracestate',
  'Baggage',
  'Apollographql-Client-Name',
  'Apollographql-Client-Version',
  'Graphql-Client-Name',
  'Graphql-Client-Version',
  'X-Graphql-Client-Name',
  'X-Graphql-Client-Version',
].join(', ');

/** Headers of a response that such a page may read, beside those that every page may. */
const EXPOSED_HEADERS = 'Retry-After, X-Request-Id';

/** As long as Chromium caches a preflight, in seconds; Firefox would cache it for a day. */
const MAX_AGE = '7200';

type Headers = Readonly<Record<string, string>>;

export interface ResponseHeaders {
  /** Headers of each response, whatever its status, to a request with this `Origin`. */
  readonly of: (request: {
    readonly requestId: string;
    readonly origin: string | null | undefined;
  }) => Headers;
  /** Headers of the response to a preflight, beside those. */
  readonly ofPreflight: (origin: string | null | undefined) => Headers;
}

/**
 * Headers that responses carry on every transport. No cache on the way may store a response, which is one tenant's.
 * Pages of the configured origins may read it (https://fetch.spec.whatwg.org/#http-cors-protocol), without cookies,
 * since tokens come in a header.
 */
export function createResponseHeaders(origins: readonly string[]): ResponseHeaders {
  const allowed = new Set(origins);
  // Where no page may call, no response depends on its origin.
  const vary = allowed.size === 0 ? 'Accept, Authorization' : 'Accept, Authorization, Origin';
  return {
    of: ({ requestId, origin }) => ({
      'x-request-id': requestId,
      'cache-control': 'private, no-store',
      vary,
      'x-content-type-options': 'nosniff',
      ...(origin != null && allowed.has(origin)
        ? { 'access-control-allow-origin': origin, 'access-control-expose-headers': EXPOSED_HEADERS }
        : {}),
    }),
    ofPreflight: (origin) =>
      origin != null && allowed.has(origin)
        ? {
            'access-control-allow-methods': 'GET, HEAD, POST',
            'access-control-allow-headers': ALLOWED_HEADERS,
            'access-control-max-age': MAX_AGE,
          }
        : {},
  };
}
