import type { Plugin } from 'graphql-yoga';

import { requestIdOf } from './request-id.ts';

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
    },
  };
}
