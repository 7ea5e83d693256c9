import { createYoga, useReadinessCheck, type YogaServerInstance } from 'graphql-yoga';

import { parseBearerToken } from './bearer-token.ts';
import type { Config } from './config.ts';
import { type Context, createContext } from './context.ts';
import { createApiClient } from './digitalocean/client.ts';
import { createInternalError, MissingTokenError, toGraphQLError } from './errors.ts';
import { apiSchema, subgraphSchema } from './graph/schema.ts';
import { createGraphiQLOptions, renderPage } from './graphiql/page.ts';
import { ListStore } from './lists/list-store.ts';
import type { Logger } from './logger.ts';
import { requestIdOf } from './plugins/request-id.ts';
import { useCodedErrors } from './plugins/use-coded-errors.ts';
import { useResponseHeaders } from './plugins/use-response-headers.ts';
import { useSubgraphSchema } from './plugins/use-subgraph-schema.ts';
import { useTokenCheck } from './plugins/use-token-check.ts';
import { useValidationRules } from './plugins/use-validation-rules.ts';

const MAX_REQUEST_BYTES = 256 * 1024;

/** A configuration that names its upstream: the sandbox's URL stands in where none was set. */
export type GatewayConfig = Config & { readonly apiUrl: URL };

export interface GatewayOptions {
  readonly config: GatewayConfig;
  readonly logger: Logger;
  /** Milliseconds since the epoch; for tests. */
  readonly now?: () => number;
}

export interface Gateway {
  /** Answers a `Request` with `fetch`, and is a listener for `node:http`. */
  readonly yoga: YogaServerInstance<object, Context>;
  /** From now on `/ready` says no, while requests are still answered. */
  drain(): void;
  /** Lets the upstream connections go once they are idle. */
  close(): Promise<void>;
}

/** The whole gateway as a request handler. Opens no socket to listen on, so it fits into any server. */
export function createGateway({ config, logger, now = Date.now }: GatewayOptions): Gateway {
  let ready = true;
  const client = createApiClient({ baseUrl: config.apiUrl, timeoutMs: config.upstreamTimeoutMs });
  const store = new ListStore({
    ttlMs: config.listTtlMs,
    maxImages: config.listMaxImages,
    maxBytes: config.cacheMaxBytes,
    now,
  });

  const yoga = createYoga<object, Context>({
    schema: apiSchema,
    context: ({ request }) =>
      createContext({
        client,
        store,
        token: tokenOf(request, config.sharedToken),
        requestId: requestIdOf(request),
        signal: request.signal,
        requestTimeoutMs: config.requestTimeoutMs,
      }),
    plugins: [
      useReadinessCheck({ check: () => ready }),
      useResponseHeaders(),
      useSubgraphSchema(subgraphSchema),
      useValidationRules({ introspection: config.introspection }),
      useTokenCheck(() => new MissingTokenError()),
      useCodedErrors((error, requestId) => {
        const known = toGraphQLError(error);
        if (known === null) logger.error({ err: error, requestId }, 'unexpected error');
        return known ?? createInternalError();
      }),
    ],
    // Each error passes through useCodedErrors, once and with its request at hand.
    maskedErrors: false,
    graphiql: config.graphiql && createGraphiQLOptions(),
    renderGraphiQL: renderPage,
    cors: config.corsOrigins.length > 0 && {
      origin: [...config.corsOrigins],
      methods: ['GET', 'POST', 'OPTIONS'],
      allowedHeaders: ['authorization', 'content-type', 'x-request-id'],
      exposedHeaders: ['x-request-id'],
    },
    maxRequestBodySize: MAX_REQUEST_BYTES,
    multipart: false,
    landingPage: false,
    logging: false,
  });

  return {
    yoga,
    drain() {
      ready = false;
    },
    close: () => client.close(),
  };
}

/** A token that is sent counts, even where it is unusable: it never falls back to the shared one. */
function tokenOf(request: Request, sharedToken: string | null): string | null {
  const authorization = request.headers.get('authorization');
  return authorization === null ? sharedToken : parseBearerToken(authorization);
}
