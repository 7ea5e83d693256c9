import type { ExecutionResult } from 'graphql';
import { isAsyncIterable, type Plugin, processRegularResult } from 'graphql-yoga';

import { requestIdOf } from './request-id.ts';

export interface RefusalBodiesOptions {
  readonly toRefusal: (
    refusal: 'NOT_FOUND',
    requestId: string,
  ) => { readonly headers: Readonly<Record<string, string>>; readonly body: string };
}

/**
 * Gives each refusal a body that a client can read. Yoga has none for a path that it does not serve, and puts the
 * errors of a refused request into the event stream that was to be. Responses to HEAD have no body, which `node:http`
 * sees to and `fetch` does not. Stands behind the plugin that gives errors their codes.
 */
export function useRefusalBodies({ toRefusal }: RefusalBodiesOptions): Plugin {
  return {
    onResultProcess({ result, resultProcessor, setResultProcessor }) {
      if (Array.isArray(result) || isAsyncIterable(result) || !isRefused(result)) return;
      // Else it is JSON already, of the media type that the client prefers.
      if (resultProcessor !== processRegularResult)
        setResultProcessor(processRegularResult, 'application/json');
    },
    onResponse({ request, response, setResponse, fetchAPI }) {
      const { status, headers } = response;
      const isHead = request.method === 'HEAD';
      if (status === 404 && !headers.has('content-type')) {
        const refusal = toRefusal('NOT_FOUND', requestIdOf(request));
        for (const [name, value] of Object.entries(refusal.headers)) headers.set(name, value);
        setResponse(new fetchAPI.Response(isHead ? null : refusal.body, { status, headers }));
      } else if (isHead) {
        setResponse(new fetchAPI.Response(null, { status, headers }));
      }
    },
  };
}

/** Whether the response has the status of an error under each media type. */
function isRefused({ data, errors = [], extensions }: ExecutionResult): boolean {
  if (data !== undefined) return false;
  return [extensions, ...errors.map((error) => error.extensions)].some(hasStatus);
}

function hasStatus(extensions: ExecutionResult['extensions']): boolean {
  const http: unknown = extensions?.['http'];
  if (typeof http !== 'object' || http === null) return false;
  return 'status' in http && !('spec' in http && http.spec === true);
}
