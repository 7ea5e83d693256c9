import type { Exchange, Reply } from './exchange.ts';
import type { Json } from './json.ts';
import type { Answer } from './spoiled-answers.ts';
import type { SandboxState } from './state.ts';

import { ApiError, apiError, toErrorBody } from './api-errors.ts';
import { requireScope } from './exchange.ts';
import { createRateLimiter } from './rate-limit.ts';
import { findRoute } from './routes.ts';

/** A request as it came in, before anybody asked whether it may. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly token: string | null;
  readonly body: Json | undefined;
  /** For links to other pages. */
  readonly origin: string;
  readonly requestId: string;
}

export interface Answerer {
  /** Does what the request asks for, and gives the answer, errors included. */
  answer(request: ApiRequest): Answer;
  /** The headers that every answer has; nothing is counted. */
  headers(request: Pick<ApiRequest, 'token' | 'requestId'>): Record<string, string>;
}

/** Authentication, limits, scopes and endpoints, in the order in which the API says no. */
export function createAnswerer(state: SandboxState): Answerer {
  const limiter = createRateLimiter(state.options.limits, () => state.clock.now());

  function reply(request: ApiRequest, access: NonNullable<ReturnType<typeof findAccess>>): Reply {
    const found = findRoute(request.method, request.path);
    if (found === undefined) throw apiError(404);
    for (const scope of found.route.scopes) requireScope(access, scope);
    const exchange: Exchange = {
      state,
      ...access,
      params: found.params,
      query: request.query,
      body: request.body,
      pageUrl: (state.options.linkOrigin ?? request.origin) + request.path,
      now: state.clock.now(),
    };
    return found.route.handle(exchange);
  }

  function findAccess(token: string | null) {
    return token === null ? undefined : state.access.get(token);
  }

  return {
    answer(request) {
      const { token, requestId } = request;
      state.clock.settle();
      const access = findAccess(token);
      if (token === null || access === undefined) {
        return refuse(apiError(401), requestId, this.headers(request));
      }
      const { refused, headers: limitHeaders } = limiter.take(token);
      const headers = { ...limitHeaders, 'x-request-id': requestId };
      if (refused) return refuse(apiError(429), requestId, headers);
      try {
        return toAnswer(reply(request, access), headers);
      } catch (error) {
        return refuse(error instanceof ApiError ? error : apiError(500), requestId, headers);
      }
    },
    headers: ({ token, requestId }) => ({ ...limiter.headers(token ?? ''), 'x-request-id': requestId }),
  };
}

function refuse(error: ApiError, requestId: string, headers: Record<string, string>): Answer {
  return toAnswer({ status: error.status, body: toErrorBody(error, requestId) }, headers);
}

/** Writes a reply as JSON, or without a body where it has none. */
export function toAnswer({ status, body }: Reply, headers: Record<string, string>): Answer {
  if (body === undefined) return { status, headers, body: '' };
  return { status, headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
