import type { RequestListener, Server, ServerOptions } from 'node:http';

import { Admission } from './admission.ts';
import type { Config } from './config.ts';
import { joinContext } from './joined-context.ts';
import { RequestContext } from './request-context.ts';
import { dropHeld, forgetReads } from './shared-reads.ts';
import { createApiClient } from './digitalocean/client.ts';
import { type Image, type ImageAction, parseImagePageText } from './digitalocean/payloads.ts';
import {
  createInternalError,
  LoadShedError,
  isOutage,
  isRefusal,
  MissingTokenError,
  statusOfNothing,
  toGraphQLError,
} from './errors.ts';
import { exceededLimit } from './graph/operation-price.ts';
import { apiSchema, subgraphSchema } from './graph/schema.ts';
import {
  DOCUMENT_LIMITS,
  OPERATION_LIMITS,
  ROUTER_DOCUMENT_LIMITS,
  ROUTER_OPERATION_LIMITS,
} from './operations/limits.ts';
import type { ErrorTable } from './operations/coded-result.ts';
import { OperationPipeline } from './operations/execute-operation.ts';
import { OperationStore } from './operations/operation-store.ts';
import { PersistedQueries } from './operations/persisted-queries.ts';
import { ResponseCache } from './operations/response-cache.ts';
import { createJsonPostListener } from './http/json-post.ts';
import { HttpOperationRequest } from './http/operation-request.ts';
import { GONE, toUnreadEnd } from './http/request-end.ts';
import { explainCost } from './explain-cost.ts';
import { createRequestError } from './request-errors.ts';
import { ListStore } from './lists/list-store.ts';
import { MissingImages } from './lists/missing-images.ts';
import type { Logger } from './logger.ts';
import { Metrics } from './metrics.ts';
import { createRequestLog } from './request-log.ts';
import { createNodeDoor } from './node-door.ts';
import { RateBudgets } from './rate-budgets.ts';
import { RecentCreates } from './recent-creates.ts';
import { createResponseHeaders } from './response-headers.ts';
import { type RequestTracer, traceRequest } from './tracing.ts';
import { createYogaServer } from './yoga-server.ts';
import { Watches, type WatchTimes } from './watches.ts';
import { createCallerOf } from './tenant.ts';
import { findUnusable, type TrustedDocuments } from './operations/trusted-documents.ts';
import { requestIdOf, toRequestId } from './plugins/request-id.ts';

/** A configuration that names its upstream: the sandbox's URL stands in where none was set. */
export type GatewayConfig = Config & { readonly apiUrl: URL };

export interface GatewayOptions {
  readonly config: GatewayConfig;
  readonly logger: Logger;
  /** Documents that are served by their ids. */
  readonly trustedDocuments?: TrustedDocuments | null;
  /** The processes that serve together with this one; null where it serves alone. */
  readonly peers?: Peers | null;
  /** Records traces of requests; null records none. */
  readonly tracer?: RequestTracer | null;
  /** Milliseconds since the epoch; for tests. */
  readonly now?: () => number;
  /** How often something that is watched is asked for; for tests. */
  readonly watchTimes?: WatchTimes;
}

/** Processes that serve together, this one among them. */
export interface Peers {
  /** Takes what this one answers to the others: what it counts, and that a tenant has written through one of them. */
  onAsked(answers: {
    report(): Promise<readonly object[]>;
    forget(tenant: string, isOnlyHeld: boolean, created?: string): void;
  }): void;
  /** What each of them counts. */
  gather(): Promise<readonly (readonly object[])[]>;
  /** Ends when all others have let go of what they had read for the tenant; what they watch may go on as it is. */
  tellForget(tenant: string, isOnlyHeld: boolean, created?: string): Promise<void>;
}

export interface Gateway {
  /** Answers a request of the Fetch API. */
  fetch(request: Request): Promise<Response>;
  /** Answers a request of `node:http`. */
  readonly listener: RequestListener;
  /** A server of `node:http` for the gateway alone: what Node itself refuses has the form of every other error. */
  createServer(options?: ServerOptions): Server;
  /** From now on `/ready` says no and connections end with their answer, while requests are still answered. */
  drain(): void;
  /** How many images and actions are being watched. */
  readonly watched: number;
  /** Ends subscriptions, and closes the upstream connections once they are idle. A second call changes nothing. */
  close(): Promise<void>;
}

const MAX_REQUEST_BYTES = 256 * 1024;

/** The whole gateway as a request handler. Opens no socket to listen on, so it fits into any server. */
export function createGateway({
  config,
  logger,
  trustedDocuments = null,
  peers = null,
  tracer = null,
  now = Date.now,
  watchTimes = { firstMs: 1_000, lastMs: 15_000 },
}: GatewayOptions): Gateway {
  let ready = true;
  const client = createApiClient({
    baseUrl: config.apiUrl,
    timeoutMs: config.upstreamTimeoutMs,
    onCall: (report) => metrics.onCall(report),
    onCircuitChange: (state, scope) =>
      logger.warn({ state, scope }, 'the circuit to the images API has changed'),
  });
  const budgets = new RateBudgets(now);
  const store = new ListStore({
    ttlMs: config.listTtlMs,
    maxImages: config.listMaxImages,
    maxBytes: config.cacheMaxBytes,
    parsePage: parseImagePageText,
    requestTimeoutMs: config.requestTimeoutMs,
    now,
    stretchOf: (tenant) => budgets.stretchOf(tenant),
    isOutage,
    isRefusal,
  });

  const responses: ConstructorParameters<
    typeof OperationPipeline<HttpOperationRequest, RequestContext>
  >[0]['responses'] = new ResponseCache({
    // Where lists are not cached, no response is either.
    maxBytes: store.isLive ? 0 : config.answerCacheMaxBytes,
    isCurrent(tenant, filter, list) {
      const cached = store.held({ tenant, filter });
      return cached?.list === list && cached.staleMs === 0;
    },
  });
  const missing = new MissingImages({ now, ttlMs: config.listTtlMs });
  const creates = new RecentCreates(now);
  const watches = { images: new Watches<Image>(watchTimes), actions: new Watches<ImageAction>(watchTimes) };

  for (const [id, reason] of findUnusable(trustedDocuments ?? new Map(), [apiSchema, subgraphSchema]))
    logger.warn({ id, reason }, 'a trusted document does not fit the schema');

  const metrics = new Metrics(() => ({
    ...client.load,
    lists: store.size.lists,
    listBytes: store.size.bytes,
    watches: watches.images.size + watches.actions.size,
    budgets: budgets.summarize(),
  }));
  const reads = { store, missing, creates, watches, responses };
  peers?.onAsked({
    report: () => metrics.report(),
    forget: (tenant, isOnlyHeld, created) =>
      isOnlyHeld ? dropHeld(reads, tenant) : forgetReads(reads, tenant, created),
  });
  const onEnd = createRequestLog({ logger, metrics });
  const callerOf = createCallerOf(config);
  const traceOf = (traceparent: string | null) => traceRequest(tracer, traceparent);
  const admission = new Admission((tenant) => client.isCrowdedBy(tenant));
  const errors: ErrorTable = {
    toCoded(error, requestId) {
      const known = toGraphQLError(error);
      if (known === null) logger.error({ err: error, requestId }, 'unexpected error');
      return known ?? createInternalError(error);
    },
    statusOfNothing,
  };
  const pipeline = new OperationPipeline<HttpOperationRequest, RequestContext>({
    documents: new PersistedQueries({
      trusted: trustedDocuments,
      onlyTrusted: config.trustedDocumentsOnly,
      automatic: config.automaticPersistedQueries,
    }),
    store: new OperationStore({
      api: apiSchema,
      subgraph: subgraphSchema,
      introspection: config.introspection,
      limits: { client: DOCUMENT_LIMITS, router: ROUTER_DOCUMENT_LIMITS },
    }),
    responses,
    errors,
    exceededBy(operation, coercedVariables) {
      const { schema, document, operationName } = operation;
      const limits = { client: OPERATION_LIMITS, router: ROUTER_OPERATION_LIMITS };
      return exceededLimit({ schema, document, operationName, coercedVariables }, limits);
    },
    createMissingTokenError: () => new MissingTokenError(),
    createNotAcceptableError: () => createRequestError('SUBSCRIPTION'),
    admits: (tenant) => admission.admits(tenant),
    createOverloadError: () => new LoadShedError(),
    createContext: (request, startDeadline) =>
      new RequestContext({
        ...reads,
        client,
        budgets,
        token: request.caller?.token ?? null,
        tenant: request.caller?.tenant ?? null,
        requestId: request.requestId,
        signal: () => request.signal,
        startDeadline,
        requestTimeoutMs: config.requestTimeoutMs,
        trace: request.trace,
        onUnknownValue: (field, value) => metrics.onUnknownValue(field, value),
        onDroppedRows: (count) => metrics.onDroppedRows(count),
        onListRead: (origin) => metrics.onListRead(origin),
        forgetElsewhere: async (tenant, isOnlyHeld, created) =>
          peers?.tellForget(tenant, isOnlyHeld, created),
      }),
    joinContext,
    explain: explainCost,
    onUnexpected: (error, requestId) => logger.error({ err: error, requestId }, 'unexpected error'),
  });

  const responseHeaders = createResponseHeaders(config.corsOrigins);
  const timeoutMs = config.requestTimeoutMs;
  const yoga = createYogaServer({
    config,
    maxBytes: MAX_REQUEST_BYTES,
    logger,
    isReady: () => ready,
    metrics: {
      contentType: metrics.contentType,
      print: async () => (peers === null ? metrics.print() : metrics.printSum(await peers.gather())),
    },
    responseHeaders,
    pipeline,
    errors,
    path: '/graphql',
    traceOf,
    createRequest: (request, parts) =>
      new HttpOperationRequest({
        ...parts,
        caller: callerOf(request.headers.get('authorization')),
        requestId: requestIdOf(request),
        isReadOnly: request.method === 'GET',
        explains: config.explain || request.headers.get('x-explain') === '1',
        timeoutMs,
        signal: () => request.signal,
      }),
    onEnd,
  });

  const answer = createJsonPostListener(
    {
      pipeline,
      maxBytes: MAX_REQUEST_BYTES,
      createRequest: ({ headers }, parts) =>
        new HttpOperationRequest({
          ...parts,
          caller: callerOf(headers.authorization ?? null),
          requestId: toRequestId(headers['x-request-id']?.toString()),
          trace: traceOf(headers['traceparent']?.toString() ?? null),
          isReadOnly: false,
          explains: config.explain || headers['x-explain'] === '1',
          accept: headers.accept,
          timeoutMs,
        }),
      headersOf: responseHeaders.of,
      onEnd,
      onBroken: ({ headers }, startedAt) =>
        onEnd(
          toUnreadEnd({
            requestId: toRequestId(headers['x-request-id']?.toString()),
            trace: traceOf(headers['traceparent']?.toString() ?? null),
            startedAt,
            ...GONE,
          }),
        ),
    },
    (request, response) => void yoga(request, response),
  );

  const door = createNodeDoor({
    requestIdOf: toRequestId,
    headersOf: responseHeaders.of,
    answer,
  });
  const endWatches = () => {
    watches.images.end();
    watches.actions.end();
  };
  let closed: Promise<void> | undefined;
  return {
    fetch: async (request) => yoga.fetch(request),
    listener: door.listener,
    createServer: door.createServer,
    drain() {
      ready = false;
      door.drain();
      // Subscriptions have no end of their own to wait for.
      endWatches();
    },
    get watched() {
      return watches.images.size + watches.actions.size;
    },
    close() {
      if (closed !== undefined) return closed;
      ready = false;
      endWatches();
      admission.close();
      closed = client.close();
      return closed;
    },
  };
}
