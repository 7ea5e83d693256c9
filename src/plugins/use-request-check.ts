import type { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

import { isUtf8Json } from '../lib/media-types.ts';

/** Why the body of a request is not read. */
export type RequestRefusal = 'MEDIA_TYPE' | 'ENCODING' | 'FOREIGN' | 'WEBSOCKET';

/** Headers that a browser sends to another origin only after a preflight. */
const PREFLIGHTED = ['authorization', 'x-requested-with', 'apollo-require-preflight', 'x-graphql-yoga-csrf'];

/**
 * Refuses what a page of another origin can make a browser send without a preflight: a POST of anything but JSON, and a
 * document by GET without a header that shows its origin. A document by its id does no more than its owner has allowed,
 * and by GET it only reads. Refuses a WebSocket with the way that subscriptions are served instead.
 */
export function useRequestCheck(toError: (refusal: RequestRefusal) => GraphQLError): Plugin {
  return {
    onRequestParse({ request, url }) {
      const refusal =
        request.method === 'POST' ? refusalOfPost(request.headers) : refusalOfGet(request.headers, url);
      if (refusal !== null) throw toError(refusal);
    },
  };
}

function refusalOfPost(headers: Headers): RequestRefusal | null {
  if (!isUtf8Json(headers.get('content-type'))) return 'MEDIA_TYPE';
  return headers.has('content-encoding') ? 'ENCODING' : null;
}

function refusalOfGet(headers: Headers, url: URL): RequestRefusal | null {
  if (headers.get('upgrade')?.toLowerCase() === 'websocket') return 'WEBSOCKET';
  if (!url.searchParams.has('query')) return null;
  // What a browser says of where a request comes from, which no page can change: GraphiQL subscribes by GET.
  if (headers.get('sec-fetch-site') === 'same-origin') return null;
  return PREFLIGHTED.some((name) => headers.has(name)) ? null : 'FOREIGN';
}
