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

/**
 * Headers that every answer carries: the request's id, and that no cache on the way may keep it, since what it
 * holds is one tenant's.
 */
export function useResponseHeaders(): Plugin {
  return {
    onResponse({ request, response }) {
      response.headers.set('x-request-id', requestIdOf(request));
      response.headers.set('cache-control', 'private, no-store');
      response.headers.append('vary', 'Authorization');
      response.headers.set('x-content-type-options', 'nosniff');
      if (!response.headers.get('content-type')?.startsWith('text/html')) return;
      for (const [name, value] of PAGE_HEADERS) response.headers.set(name, value);
    },
  };
}
