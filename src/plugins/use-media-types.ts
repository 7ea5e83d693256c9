import type { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

import { isUtf8Json } from '../lib/media-types.ts';
import { responseTypeOf } from '../lib/response-types.ts';

/**
 * Negotiates the media type of a response before anything is executed: a write must not be carried out if the client
 * does not accept its result.
 *
 * Yoga compares `Accept` and `Content-Type` as texts, without weights and in one spelling. So both are replaced here by
 * the one type that they mean.
 */
export function useMediaTypes(createError: () => GraphQLError): Plugin {
  return {
    onRequest({ request: { method, headers } }) {
      if (method === 'POST' && isUtf8Json(headers.get('content-type')))
        headers.set('content-type', 'application/json');
    },
    onRequestParse({ request }) {
      const type = responseTypeOf(request.headers.get('accept'));
      if (type === null) throw createError();
      request.headers.set('accept', type);
    },
  };
}
