import type { Plugin } from 'graphql-yoga';

import { requestIdOf } from './request-id.ts';

/** What GraphiQL's page may do: all that it needs is in it, and it speaks to its own origin. */
const PAGE_HEADERS = [
  [
    'content-security-policy',
    [
      "default-src 'none'",
      "script-src 'unsafe-inline' blob:",
      "style-src 'unsafe-inline'",
      'font-src data:',
      'img-src data:',
      'worker-src blob:',
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
  ],
  ['x-frame-options', 'DENY'],
  ['referrer-policy', 'no-referrer'],
] as const;

const STREAM = /^(?:text\/event-stream|multipart\/mixed)\b/;

/**
 * Yoga sends these with a stream. "none" is no content coding (https://www.iana.org/assignments/http-parameters), and the
 * others are for the server that has the connection: it ends when the gateway drains, and HTTP/1.0 knows no chunks.
 */
const CONNECTION_HEADERS = ['content-encoding', 'connection', 'transfer-encoding'];

export interface ResponseHeadersOptions {
  /** Headers that every response carries. */
  readonly of: (request: {
    readonly requestId: string;
    readonly origin: string | null;
  }) => Readonly<Record<string, string>>;
  /** Headers that the response to a preflight carries as well. */
  readonly ofPreflight: (origin: string | null) => Readonly<Record<string, string>>;
}

/**
 * Gives responses the headers that do not depend on what they say, and answers preflights. A stream says that nginx is
 * not to collect it before it passes it on (https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_buffering).
 */
export function useResponseHeaders(headers: ResponseHeadersOptions): Plugin {
  return {
    onRequest({ request, endResponse, fetchAPI }) {
      if (request.method !== 'OPTIONS') return;
      const preflight = headers.ofPreflight(request.headers.get('origin'));
      endResponse(new fetchAPI.Response(null, { status: 204, headers: preflight }));
    },
    onResponse({ request, response }) {
      const origin = request.headers.get('origin');
      for (const [name, value] of Object.entries(headers.of({ requestId: requestIdOf(request), origin }))) {
        // Else two spellings of one name stand side by side.
        response.headers.delete(name);
        response.headers.set(name, value);
      }
      const type = response.headers.get('content-type') ?? '';
      if (STREAM.test(type)) {
        for (const name of CONNECTION_HEADERS) response.headers.delete(name);
        response.headers.set('x-accel-buffering', 'no');
      }
      if (!type.startsWith('text/html')) return;
      for (const [name, value] of PAGE_HEADERS) response.headers.set(name, value);
    },
  };
}
