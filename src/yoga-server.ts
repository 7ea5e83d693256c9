import type { IncomingMessage, ServerResponse } from 'node:http';

import { createYoga, type YogaServerInstance } from 'graphql-yoga';

import { AutomaticDocuments } from './automatic-documents.ts';
import type { Config } from './config.ts';
import type { Context } from './context.ts';
import type { RequestContext } from './request-context.ts';
import {
  ComplexityError,
  createInternalError,
  DocumentError,
  MissingTokenError,
  statusOfNothing,
  toGraphQLError,
} from './errors.ts';
import { coerceQuery, runPlanned } from './execution/planned-execution.ts';
import { createDocumentCache } from './document-cache.ts';
import { explainCost } from './explain-cost.ts';
import type { Begun } from './fast-lane/fast-lane.ts';
import type { KnownQuery } from './fast-lane/known-queries.ts';
import { exceededLimit } from './graph/operation-price.ts';
import { apiSchema, subgraphSchema } from './graph/schema.ts';
import { createGraphiQLOptions, renderPage } from './graphiql/page.ts';
import { prefersPage } from './lib/response-types.ts';
import {
  DOCUMENT_LIMITS,
  OPERATION_LIMITS,
  ROUTER_DOCUMENT_LIMITS,
  ROUTER_OPERATION_LIMITS,
} from './limits.ts';
import type { Logger } from './logger.ts';
import { requestIdOf } from './plugins/request-id.ts';
import { useBodyLimit } from './plugins/use-body-limit.ts';
import { useCodedErrors } from './plugins/use-coded-errors.ts';
import { useMediaTypes } from './plugins/use-media-types.ts';
import { useOperationLimits } from './plugins/use-operation-limits.ts';
import { usePersistedDocuments } from './plugins/use-persisted-documents.ts';
import { usePlans } from './plugins/use-plans.ts';
import { useProcessEndpoints } from './plugins/use-process-endpoints.ts';
import { useRefusalBodies } from './plugins/use-refusal-bodies.ts';
import { useRequestCheck } from './plugins/use-request-check.ts';
import { useRequestParams } from './plugins/use-request-params.ts';
import { useRequestRecord } from './plugins/use-request-record.ts';
import { useResponseHeaders } from './plugins/use-response-headers.ts';
import { useResultExtensions } from './plugins/use-result-extensions.ts';
import { useSubgraphSchema } from './plugins/use-subgraph-schema.ts';
import { useTokenCheck } from './plugins/use-token-check.ts';
import { useValidationRules } from './plugins/use-validation-rules.ts';
import { createRequestError, type RequestRefusal, toRefusal } from './request-errors.ts';
import { type RequestLog, toToldName } from './request-log.ts';
import type { ResponseHeaders } from './response-headers.ts';
import type { Caller, CallerOf } from './tenant.ts';
import type { RequestTrace } from './tracing.ts';
import type { TrustedDocuments } from './trusted-documents.ts';

const MAX_REQUEST_BYTES = 256 * 1024;

export interface YogaServerOptions {
  readonly config: Config;
  readonly logger: Logger;
  readonly trustedDocuments: TrustedDocuments | null;
  readonly isReady: () => boolean;
  readonly metrics: { readonly contentType: string; print(): Promise<string> };
  readonly requestLog: RequestLog;
  readonly responseHeaders: ResponseHeaders;
  readonly callerOf: CallerOf;
  /** For a request that comes here first. */
  readonly createContext: (start: RequestStart) => RequestContext;
  /** What a request has with it that has begun before it comes here. */
  readonly begunOf: (request: IncomingMessage) => Begun<Context> | undefined;
  readonly traceOf: (traceparent: string | null) => RequestTrace;
  /** Told of each query that is answered without an error, before its answer is sent. */
  readonly onAnswered: (response: ServerResponse, query: KnownQuery) => void;
}

/** Token and tenant are null where the caller has no usable one. */
export interface RequestStart {
  readonly token: string | null;
  readonly tenant: string | null;
  readonly requestId: string;
  readonly trace: RequestTrace;
  /** Aborted when the caller goes away. */
  readonly signal: () => AbortSignal;
}

/** What yoga has of a request of `node:http`. */
interface NodeExchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

/** GraphQL over HTTP: reads, checks, refuses, executes and answers whatever comes. */
export function createYogaServer({
  config,
  logger,
  trustedDocuments,
  isReady,
  metrics,
  requestLog,
  responseHeaders,
  callerOf,
  createContext,
  begunOf,
  traceOf,
  onAnswered,
}: YogaServerOptions): YogaServerInstance<Partial<NodeExchange>, Context> {
  const senderOf = (request: Request) => callerOf(request.headers.get('authorization'));
  const isBegun = ({ req }: Partial<NodeExchange>) => req !== undefined && begunOf(req) !== undefined;
  const traces = new WeakMap<Request, RequestTrace>();
  const toGraphiQLOptions = createGraphiQLOptions();
  return createYoga<Partial<NodeExchange>, Context>({
    schema: apiSchema,
    context({ request, req }) {
      const begun = req && begunOf(req);
      if (begun !== undefined) {
        traces.set(request, begun.trace);
        return begun.context;
      }
      const trace = traceOf(request.headers.get('traceparent'));
      traces.set(request, trace);
      const context = createContext({
        ...(senderOf(request) ?? NOBODY),
        requestId: requestIdOf(request),
        trace,
        signal: () => request.signal,
      });
      return context.asPlain();
    },
    plugins: [
      useProcessEndpoints({
        isReady,
        metrics,
        onMetricsError: (err, requestId) => logger.warn({ err, requestId }, 'the metrics are incomplete'),
        toRefusal: refuse,
      }),
      useResponseHeaders(responseHeaders),
      useCodedErrors({
        toCoded(error, requestId) {
          const known = toGraphQLError(error);
          if (known === null) logger.error({ err: error, requestId }, 'unexpected error');
          return known ?? createInternalError(error);
        },
        statusOfNothing,
      }),
      useRefusalBodies({ toRefusal: refuse }),
      useRequestRecord({
        path: '/graphql',
        startOf: ({ req }: Partial<NodeExchange>) => req && begunOf(req)?.startedAt,
        onRecord({ request, executed, serverContext, ...record }) {
          const operationName = toToldName(record.operationName);
          const trace = traces.get(request) ?? traceOf(request.headers.get('traceparent'));
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
          if (executed === undefined || !isLearned || res === undefined) return;
          // Nothing else of it, since it is kept for long.
          const { schema, document } = executed;
          onAnswered(res, { schema, document, operationName: executed.operationName, name: operationName });
        },
      }),
      useBodyLimit(MAX_REQUEST_BYTES),
      useRequestCheck(createRequestError),
      useMediaTypes(createRequestError),
      useRequestParams(),
      usePersistedDocuments({
        trusted: trustedDocuments,
        onlyTrusted: config.trustedDocumentsOnly,
        automatic: config.automaticPersistedQueries ? createAutomaticDocuments(senderOf) : null,
        toError: (refusal) => new DocumentError(refusal),
      }),
      useSubgraphSchema({
        api: apiSchema,
        subgraph: subgraphSchema,
        documents: { client: DOCUMENT_LIMITS, router: ROUTER_DOCUMENT_LIMITS },
      }),
      // Before anything that other requests share is computed from this one.
      useTokenCheck(() => new MissingTokenError()),
      useOperationLimits({
        documents: { client: DOCUMENT_LIMITS, router: ROUTER_DOCUMENT_LIMITS },
        exceededBy(operation) {
          const coerced = coerceQuery(operation);
          // Such an operation never runs: the executor reports why.
          if (typeof coerced === 'string') return null;
          return exceededLimit(
            { ...operation, coercedVariables: coerced.variableValues },
            { client: OPERATION_LIMITS, router: ROUTER_OPERATION_LIMITS },
          );
        },
        toError: (limit, maximum) => new ComplexityError(limit, maximum),
      }),
      useValidationRules({ introspection: config.introspection }),
      useResultExtensions((context: Context, request) =>
        explainCost(context, { always: config.explain, request }),
      ),
      // What has begun elsewhere has failed by its plan already.
      usePlans(runPlanned, isBegun),
    ],
    // Each error passes through useCodedErrors, once and with its request at hand.
    maskedErrors: false,
    graphiql: (request) =>
      config.graphiql && prefersPage(request.headers.get('accept')) && toGraphiQLOptions(request),
    renderGraphiQL: renderPage,
    // See useResponseHeaders.
    cors: false,
    // See useProcessEndpoints. Yoga's own check serves each URL that ends in this, which none does.
    healthCheckEndpoint: ' ',
    parserAndValidationCache: { documentCache: createDocumentCache(), errorCache: NO_CACHE },
    extraParamNames: ['documentId'],
    // See useBodyLimit.
    maxRequestBodySize: false,
    multipart: false,
    landingPage: false,
    logging: false,
  });
}

function refuse(refusal: RequestRefusal, requestId: string) {
  return toRefusal(createRequestError(refusal), requestId);
}

/** An error holds the frames that it came from, and with them its request. */
const NO_CACHE = { get: () => undefined, set() {} };

const NOBODY = { token: null, tenant: null };

/** Each caller registers for its own tenant; one without a usable token registers nothing. */
function createAutomaticDocuments(senderOf: (request: Request) => Caller | null) {
  const documents = new AutomaticDocuments();
  return {
    get(request: Request, hash: string) {
      const caller = senderOf(request);
      return caller === null ? undefined : documents.get(caller.tenant, hash);
    },
    set(request: Request, hash: string, document: string) {
      const caller = senderOf(request);
      if (caller !== null) documents.set(caller.tenant, hash, document);
    },
  };
}
