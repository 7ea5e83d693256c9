import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

import type { Tracer } from '@opentelemetry/api';
import type { ExecutionArgs } from 'graphql';
import { createYoga, useReadinessCheck } from 'graphql-yoga';

import { Admission } from './admission.ts';
import { parseBearerToken } from './bearer-token.ts';
import type { Config } from './config.ts';
import { type Context, createContext, forgetReads } from './context.ts';
import { createApiClient } from './digitalocean/client.ts';
import type { Image, ImageAction } from './digitalocean/payloads.ts';
import {
  ComplexityError,
  createInternalError,
  DocumentError,
  isOutage,
  isRefusal,
  MissingTokenError,
  RequestError,
  statusOfNothing,
  toGraphQLError,
} from './errors.ts';
import { AnswerMemo } from './fast-lane/answer-memo.ts';
import { AutomaticDocuments } from './automatic-documents.ts';
import { runPlanned } from './execution/run-planned.ts';
import { explainCost } from './explain-cost.ts';
import { priceOperation } from './graph/operation-price.ts';
import { apiSchema, subgraphSchema } from './graph/schema.ts';
import { createFastLane } from './fast-lane/fast-lane.ts';
import { createGraphiQLOptions, renderPage } from './graphiql/page.ts';
import { DOCUMENT_LIMITS, OPERATION_LIMITS } from './limits.ts';
import { ListStore } from './lists/list-store.ts';
import { MissingImages } from './lists/missing-images.ts';
import { SharedFlights } from './lists/shared-flight.ts';
import type { Logger } from './logger.ts';
import { Metrics } from './metrics.ts';
import { ANSWERED, createRequestLog, REFUSED, toToldName } from './request-log.ts';
import { createNodeDoor } from './node-door.ts';
import { RateBudgets } from './rate-budgets.ts';
import { type RequestTrace, traceRequest } from './tracing.ts';
import { Watches, type WatchTimes } from './watches.ts';
import { toTenant } from './tenant.ts';
import { findUnusable, type TrustedDocuments } from './trusted-documents.ts';
import { requestIdOf, toRequestId } from './plugins/request-id.ts';
import { useCodedErrors } from './plugins/use-coded-errors.ts';
import { useMetricsEndpoint } from './plugins/use-metrics-endpoint.ts';
import { exceededUnit, useOperationLimits } from './plugins/use-operation-limits.ts';
import { usePersistedDocuments } from './plugins/use-persisted-documents.ts';
import { usePlans } from './plugins/use-plans.ts';
import { useRequestCheck } from './plugins/use-request-check.ts';
import { useRequestRecord } from './plugins/use-request-record.ts';
import { useResponseHeaders } from './plugins/use-response-headers.ts';
import { useResultExtensions } from './plugins/use-result-extensions.ts';
import { useSubgraphSchema } from './plugins/use-subgraph-schema.ts';
import { useTokenCheck } from './plugins/use-token-check.ts';
import { useValidationRules } from './plugins/use-validation-rules.ts';

const MAX_REQUEST_BYTES = 256 * 1024;

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
  readonly tracer?: Tracer | null;
  /** Milliseconds since the epoch; for tests. */
  readonly now?: () => number;
  /** How often something that is watched is asked for; for tests. */
  readonly watchTimes?: WatchTimes;
}

/** Processes that serve together, this one among them. */
export interface Peers {
  /** Takes what this one answers to the others: what it counts, and that a tenant has written through one of them. */
  onAsked(answers: { report(): Promise<readonly object[]>; forget(tenant: string): void }): void;
  /** What each of them counts. */
  gather(): Promise<readonly (readonly object[])[]>;
  /** Ends when all others have let go of what they had read for the tenant. */
  tellWrite(tenant: string): Promise<void>;
}

export interface Gateway {
  /** Answers a request of the Fetch API. */
  fetch(request: Request): Promise<Response>;
  /** Answers a request of `node:http`. */
  readonly listener: RequestListener;
  /** From now on `/ready` says no and connections end with their answer, while requests are still answered. */
  drain(): void;
  /** How many images and actions are being watched. */
  readonly watched: number;
  /** Lets the upstream connections go once they are idle. */
  close(): Promise<void>;
}

/** What yoga has of a request of `node:http`. */
interface NodeExchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
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
    onCircuitChange: (state) => logger.warn({ state }, 'the circuit to the images API has changed'),
  });
  const budgets = new RateBudgets(now);
  const store = new ListStore({
    ttlMs: config.listTtlMs,
    maxImages: config.listMaxImages,
    maxBytes: config.cacheMaxBytes,
    now,
    stretchOf: (tenant) => budgets.stretchOf(tenant),
    isOutage,
    isRefusal,
  });

  const missing = new MissingImages({ now, ttlMs: config.listTtlMs });
  const imageFlights = new SharedFlights<Image | null>();
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
  const reads = { store, missing, imageFlights, watches };
  peers?.onAsked({ report: () => metrics.report(), forget: (tenant) => forgetReads(reads, tenant) });
  const requestLog = createRequestLog({ logger, metrics });
  const begin = (request: {
    readonly token: string | null;
    readonly requestId: string;
    readonly traceparent: string | null;
    readonly signal: () => AbortSignal;
  }) => {
    const trace = traceRequest(tracer, request.traceparent);
    const context = createContext({
      ...reads,
      client,
      budgets,
      token: request.token,
      requestId: request.requestId,
      get signal() {
        return request.signal();
      },
      requestTimeoutMs: config.requestTimeoutMs,
      trace,
      onUnknownValue: (field, value) => metrics.onUnknownValue(field, value),
      onDroppedRows: (count) => metrics.onDroppedRows(count),
      onListRead: (origin) => metrics.onListRead(origin),
      onWrite: async (tenant) => peers?.tellWrite(tenant),
    });
    return { context, trace };
  };

  const traces = new WeakMap<Request, RequestTrace>();
  const yoga = createYoga<Partial<NodeExchange>, Context>({
    schema: apiSchema,
    context({ request, req }) {
      const { context, trace } =
        (req && fastLane.begunOf(req)) ??
        begin({
          token: tokenOf(request, config.sharedToken),
          requestId: requestIdOf(request),
          traceparent: request.headers.get('traceparent'),
          signal: () => request.signal,
        });
      traces.set(request, trace);
      return context;
    },
    plugins: [
      useReadinessCheck({ check: () => ready }),
      useMetricsEndpoint({
        contentType: metrics.contentType,
        print: async () => (peers === null ? metrics.print() : metrics.printSum(await peers.gather())),
      }),
      useResponseHeaders(),
      useCodedErrors({
        toCoded(error, requestId) {
          const known = toGraphQLError(error);
          if (known === null) logger.error({ err: error, requestId }, 'unexpected error');
          return known ?? createInternalError();
        },
        statusOfNothing,
      }),
      useRequestRecord({
        path: '/graphql',
        startOf: ({ req }: Partial<NodeExchange>) => req && fastLane.begunOf(req)?.startedAt,
        onRecord({ request, executed, serverContext, ...record }) {
          const operationName = toToldName(record.operationName);
          const trace = traces.get(request) ?? traceRequest(tracer, request.headers.get('traceparent'));
          const { context } = executed ?? {};
          if (record.operation !== 'subscription') context?.end();
          requestLog.tellExecuted({
            ...record,
            operationName,
            tenant: context?.tenant ?? null,
            cost: context?.cost,
            trace,
          });
          const isLearned = record.operation === 'query' && record.codes.length === 0;
          const { res }: Partial<NodeExchange> = serverContext;
          if (executed !== undefined && isLearned && res !== undefined)
            fastLane.learn(res, { ...executed, name: operationName });
        },
      }),
      useRequestCheck((refusal) => new RequestError(refusal)),
      usePersistedDocuments({
        trusted: trustedDocuments,
        onlyTrusted: config.trustedDocumentsOnly,
        automatic: config.automaticPersistedQueries ? createAutomaticDocuments(config.sharedToken) : null,
        toError: (refusal) => new DocumentError(refusal),
      }),
      useSubgraphSchema({
        api: apiSchema,
        subgraph: subgraphSchema,
        maxTokens: DOCUMENT_LIMITS.tokens,
      }),
      useOperationLimits({
        document: DOCUMENT_LIMITS,
        operation: OPERATION_LIMITS,
        priceOf,
        toError: (limit, maximum) => new ComplexityError(limit, maximum),
      }),
      useValidationRules({ introspection: config.introspection }),
      useResultExtensions((context: Context, request) =>
        explainCost(context, { always: config.explain, request }),
      ),
      useTokenCheck(() => new MissingTokenError()),
      usePlans(runPlanned),
    ],
    // Each error passes through useCodedErrors, once and with its request at hand.
    maskedErrors: false,
    graphiql: config.graphiql && createGraphiQLOptions(),
    renderGraphiQL: renderPage,
    cors: (request) => {
      const origin = request.headers.get('origin');
      if (origin === null || !config.corsOrigins.includes(origin)) return false;
      return {
        origin,
        methods: ['GET', 'POST', 'OPTIONS'],
        allowedHeaders: ['authorization', 'content-type', 'x-request-id'],
        exposedHeaders: ['retry-after', 'x-request-id'],
        // Tokens come in a header; there are no cookies to send.
        credentials: false,
      };
    },
    extraParamNames: ['documentId'],
    maxRequestBodySize: MAX_REQUEST_BYTES,
    multipart: false,
    landingPage: false,
    logging: false,
  });

  // Where every answer is read anew, or is traced, none is like the one before.
  const isRepeatable = config.answerCacheMaxBytes > 0 && !store.isLive && tracer === null;
  const fastLane = createFastLane(
    {
      memo: isRepeatable
        ? new AnswerMemo({
            maxBytes: config.answerCacheMaxBytes,
            isCurrent(tenant, filter, list) {
              const held = store.held({ tenant, filter });
              return held?.list === list && held.staleMs === 0;
            },
          })
        : null,
      callerOf(authorization) {
        const token = toToken(authorization ?? null, config.sharedToken);
        return token === null ? null : { token, tenant: toTenant(token) };
      },
      requestIdOf: toRequestId,
      begin: ({ caller, traceparent = null, ...request }) =>
        begin({ ...request, token: caller.token, traceparent }),
      isAffordable: (args) => exceededUnit(priceOf(args), OPERATION_LIMITS) === undefined,
      onAnswered: ({ context, trace, requestId, startedAt }, operationName) =>
        requestLog.tellExecuted({
          ...ANSWERED,
          requestId,
          operationName,
          tenant: context.tenant,
          durationMs: performance.now() - startedAt,
          cost: context.cost,
          trace,
        }),
      onRepeated({ lists, startedAt, ...repeated }) {
        metrics.onRepeatedAnswer();
        metrics.onListRead('held', lists);
        requestLog.tell({
          ...ANSWERED,
          ...repeated,
          durationMs: performance.now() - startedAt,
          upstreamCalls: 0,
          cached: lists,
        });
      },
    },
    (request, response) => void yoga(request, response),
  );
  const answer: RequestListener = config.explain
    ? (request, response) => void yoga(request, response)
    : fastLane.listener;

  const admission = new Admission(() => client.load.waiting);
  const door = createNodeDoor({
    admits: () => admission.admits(),
    onRefused: (requestId) => requestLog.tell({ ...REFUSED, requestId }),
    requestIdOf: toRequestId,
    answer,
  });
  return {
    fetch: async (request) => yoga.fetch(request),
    listener: door.listener,
    drain() {
      ready = false;
      door.drain();
      // Subscriptions have no end of their own to wait for.
      watches.images.end();
      watches.actions.end();
    },
    get watched() {
      return watches.images.size + watches.actions.size;
    },
    close() {
      admission.close();
      return client.close();
    },
  };
}

function priceOf({ schema, document, operationName, variableValues }: ExecutionArgs) {
  return priceOperation(schema, { document, operationName, variables: variableValues });
}

/** A token that is sent counts, even where it is unusable: it never falls back to the shared one. */
function toToken(authorization: string | null, sharedToken: string | null): string | null {
  return authorization === null ? sharedToken : parseBearerToken(authorization);
}

function tokenOf(request: Request, sharedToken: string | null): string | null {
  return toToken(request.headers.get('authorization'), sharedToken);
}

/** Each caller registers for its own tenant; one without a usable token registers nothing. */
function createAutomaticDocuments(sharedToken: string | null) {
  const documents = new AutomaticDocuments();
  const tenantOf = (request: Request) => {
    const token = tokenOf(request, sharedToken);
    return token === null ? null : toTenant(token);
  };
  return {
    get(request: Request, hash: string) {
      const tenant = tenantOf(request);
      return tenant === null ? undefined : documents.get(tenant, hash);
    },
    set(request: Request, hash: string, document: string) {
      const tenant = tenantOf(request);
      if (tenant !== null) documents.set(tenant, hash, document);
    },
  };
}
