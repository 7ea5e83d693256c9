import type { RequestListener, Server, ServerOptions } from 'node:http';

import { Admission } from './admission.ts';
import type { Config } from './config.ts';
import { startDeadline } from './deadline.ts';
import { joinContext } from './joined-context.ts';
import { type ContextOptions, RequestContext } from './request-context.ts';
import { dropHeld, forgetReads } from './shared-reads.ts';
import { createApiClient } from './digitalocean/client.ts';
import { type Image, type ImageAction, parseImagePageText } from './digitalocean/payloads.ts';
import { isOutage, isRefusal } from './errors.ts';
import { AnswerMemo } from './fast-lane/answer-memo.ts';
import { Executions } from './fast-lane/executions.ts';
import { exceededLimit } from './graph/operation-price.ts';
import { apiSchema, subgraphSchema } from './graph/schema.ts';
import { createFastLane } from './fast-lane/fast-lane.ts';
import { OPERATION_LIMITS, ROUTER_OPERATION_LIMITS } from './limits.ts';
import { ListStore } from './lists/list-store.ts';
import { MissingImages } from './lists/missing-images.ts';
import type { Logger } from './logger.ts';
import { Metrics } from './metrics.ts';
import { ANSWERED, BROKEN, createRequestLog, GONE, REFUSED } from './request-log.ts';
import { createNodeDoor } from './node-door.ts';
import { RateBudgets } from './rate-budgets.ts';
import { RecentCreates } from './recent-creates.ts';
import { createResponseHeaders } from './response-headers.ts';
import { type RequestTracer, traceRequest } from './tracing.ts';
import { createYogaServer, type RequestStart } from './yoga-server.ts';
import { Watches, type WatchTimes } from './watches.ts';
import { createCallerOf } from './tenant.ts';
import { findUnusable, type TrustedDocuments } from './trusted-documents.ts';
import { toRequestId } from './plugins/request-id.ts';

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
  const executions = new Executions();
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
  const reads = { store, missing, creates, watches, executions };
  peers?.onAsked({
    report: () => metrics.report(),
    forget: (tenant, isOnlyHeld, created) =>
      isOnlyHeld ? dropHeld(reads, tenant) : forgetReads(reads, tenant, created),
  });
  const requestLog = createRequestLog({ logger, metrics });
  const callerOf = createCallerOf(config);
  const traceOf = (traceparent: string | null) => traceRequest(tracer, traceparent);
  const startRequestDeadline = (gone: AbortSignal) => startDeadline(gone, config.requestTimeoutMs);
  const createContext = (request: RequestStart & Pick<ContextOptions, 'startDeadline'>) =>
    new RequestContext({
      ...reads,
      ...request,
      client,
      budgets,
      requestTimeoutMs: config.requestTimeoutMs,
      onUnknownValue: (field, value) => metrics.onUnknownValue(field, value),
      onDroppedRows: (count) => metrics.onDroppedRows(count),
      onListRead: (origin) => metrics.onListRead(origin),
      forgetElsewhere: async (tenant, isOnlyHeld, created) => peers?.tellForget(tenant, isOnlyHeld, created),
    });

  const responseHeaders = createResponseHeaders(config.corsOrigins);
  const yoga = createYogaServer({
    config,
    logger,
    trustedDocuments,
    isReady: () => ready,
    metrics: {
      contentType: metrics.contentType,
      print: async () => (peers === null ? metrics.print() : metrics.printSum(await peers.gather())),
    },
    requestLog,
    responseHeaders,
    callerOf,
    createContext: (start) =>
      createContext({ ...start, startDeadline: () => startRequestDeadline(start.signal()) }),
    begunOf: (request) => fastLane.begunOf(request),
    traceOf,
    onAnswered: (response, query) => fastLane.learn(response, query),
  });

  const answerByYoga: RequestListener = (request, response) => void yoga(request, response);

  // Where every answer is read anew none is like the one before.
  const isRepeatable = config.answerCacheMaxBytes > 0 && !store.isLive;
  const fastLane = createFastLane(
    {
      executions,
      memo: isRepeatable
        ? new AnswerMemo({
            maxBytes: config.answerCacheMaxBytes,
            isCurrent(tenant, filter, list) {
              const held = store.held({ tenant, filter });
              return held?.list === list && held.staleMs === 0;
            },
          })
        : null,
      callerOf,
      requestIdOf: toRequestId,
      traceOf,
      startDeadline: startRequestDeadline,
      createContext: ({ deadline, ...start }) =>
        createContext({ ...start, signal: () => deadline.signal, startDeadline: () => deadline }),
      joinContext,
      isAffordable: (operation) =>
        exceededLimit(operation, { client: OPERATION_LIMITS, router: ROUTER_OPERATION_LIMITS }) === null,
      onBroken: ({ requestId, startedAt }) =>
        requestLog.tell({ ...BROKEN, requestId, durationMs: performance.now() - startedAt }),
      onUnexpected: (error, requestId) => logger.error({ err: error, requestId }, 'unexpected error'),
      onAnswered({ requestId, tenant, startedAt, operationName, cost, trace, isGone }) {
        const { status, codes } = isGone ? GONE : ANSWERED;
        requestLog.tellExecuted({
          requestId,
          operation: ANSWERED.operation,
          operationName,
          tenant,
          status,
          codes,
          durationMs: performance.now() - startedAt,
          cost,
          trace,
        });
      },
      onShared: (lists) => metrics.onListRead('shared', lists),
      onRepeated({ requestId, tenant, startedAt, operationName, lists, trace }) {
        trace.end({ ...ANSWERED, operationName });
        metrics.onRepeatedAnswer();
        metrics.onListRead('held', lists);
        requestLog.tell({
          requestId,
          operation: ANSWERED.operation,
          operationName,
          tenant,
          status: ANSWERED.status,
          codes: ANSWERED.codes,
          durationMs: performance.now() - startedAt,
          upstreamCalls: 0,
          cached: lists,
        });
      },
    },
    answerByYoga,
  );
  const answer = config.explain ? answerByYoga : fastLane.listener;

  const admission = new Admission(() => client.load.waiting);
  const door = createNodeDoor({
    admits: () => admission.admits(),
    onRefused: (requestId) => requestLog.tell({ ...REFUSED, requestId }),
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
