import type { GraphQLError } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';

import { isUtf8Json } from '../lib/media-types.ts';
import { acceptsEvents, isJsonType, responseTypeOf } from '../lib/response-types.ts';

const EVENTS = 'text/event-stream';

/**
 * Negotiates the media type of the response before anything is executed: a write must not be carried out whose result
 * the client then does not accept.
 *
 * Yoga compares `Accept` and `Content-Type` as texts, without weights and in one spelling. So both are replaced here, by
 * the one type that is meant.
 */
export function useMediaTypes(toError: (refusal: 'NOT_ACCEPTABLE' | 'SUBSCRIPTION') => GraphQLError): Plugin {
  const withoutEvents = new WeakSet<Request>();
  return {
    onRequest({ request: { method, headers } }) {
      if (method === 'POST' && isUtf8Json(headers.get('content-type')))
        headers.set('content-type', 'application/json');
    },
    onRequestParse({ request }) {
      const accept = request.headers.get('accept');
      const type = responseTypeOf(accept);
      if (type === null) throw toError('NOT_ACCEPTABLE');
      if (!acceptsEvents(accept)) withoutEvents.add(request);
      request.headers.set('accept', type);
    },
    onSubscribe({ args: { contextValue }, setResultAndStopExecution }) {
      const { request } = contextValue;
      if (withoutEvents.has(request)) {
        setResultAndStopExecution({ errors: [toError('SUBSCRIPTION')] });
        return undefined;
      }
      // Errors are JSON to a client that takes it, and events are none.
      if (!isJsonType(responseTypeOf(request.headers.get('accept')))) request.headers.set('accept', EVENTS);
      return {
        onSubscribeResult({ result }) {
          if (isAsyncIterable(result)) request.headers.set('accept', EVENTS);
        },
      };
    },
  };
}
