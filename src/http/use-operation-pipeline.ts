import { OperationTypeNode } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';
import { isAsyncIterable } from 'graphql-yoga';

import type { HttpOperationRequest } from './operation-request.ts';
import { type RequestEnd, toRequestEnd, toUnreadEnd } from './request-end.ts';
import { isJsonType, responseTypeOf } from '../lib/response-types.ts';
import { codesOf, type ErrorTable, type Result, toCodedResult } from '../operations/coded-result.ts';
import type { Outcome } from '../operations/execute-operation.ts';
import type { RequestTrace } from '../tracing.ts';
import { requestIdOf } from '../plugins/request-id.ts';

export interface OperationPipelineOptions {
  readonly pipeline: { execute(request: HttpOperationRequest): Outcome | Promise<Outcome> };
  readonly errors: ErrorTable;
  /** The path of GraphQL: no other request has an operation. */
  readonly path: string;
  readonly traceOf: (traceparent: string | null) => RequestTrace;
  readonly createRequest: (
    request: Request,
    parts: {
      readonly params: unknown;
      readonly startedAt: number;
      readonly trace: RequestTrace;
      readonly accept: string | null;
    },
  ) => HttpOperationRequest;
  readonly onEnd: (end: RequestEnd) => void;
}

/** What is known of a request while it is answered. */
interface Draft {
  readonly startedAt: number;
  readonly trace: RequestTrace;
  /** As the client sent it: yoga sees the one type that it means. */
  readonly accept: string | null;
  executed?: { readonly operation: HttpOperationRequest; readonly outcome: Outcome };
  /** Of a request that was refused before it had parameters. */
  codes: readonly string[];
}

/** Stands for the parameters where yoga checks them: the pipeline does that, for every transport. */
const CHECKED: GraphQLParams = { query: '' };

/** Sends each operation that yoga has read through the pipeline, in place of yoga's parse, validate and execute. */
export function useOperationPipeline({
  pipeline,
  errors,
  path,
  traceOf,
  createRequest,
  onEnd,
}: OperationPipelineOptions): Plugin {
  const drafts = new WeakMap<Request, Draft>();
  return {
    onRequest({ request, url }) {
      if (url.pathname !== path) return;
      const trace = traceOf(request.headers.get('traceparent'));
      drafts.set(request, {
        startedAt: performance.now(),
        trace,
        accept: request.headers.get('accept'),
        codes: [],
      });
    },
    onParams({ request, params, setParams, setParamsHandler }) {
      const draft = drafts.get(request);
      if (draft === undefined) return;
      const { startedAt, trace, accept } = draft;
      setParams(CHECKED);
      setParamsHandler(async () => {
        const given = withDocumentId(params, request);
        const operation = createRequest(request, { params: given, startedAt, trace, accept });
        const outcome = await pipeline.execute(operation);
        draft.executed = { operation, outcome };
        const { body, result } = outcome;
        // Yoga writes the type that `Accept` names. A client that takes no JSON gets errors as an event, too.
        const isSubscription = outcome.operation?.type === OperationTypeNode.SUBSCRIPTION;
        const takesJson = isJsonType(responseTypeOf(request.headers.get('accept')));
        if (isAsyncIterable(result) || (isSubscription && !takesJson))
          request.headers.set('accept', 'text/event-stream');
        return body === null ? result : toSerialized(body.text);
      });
    },
    onResultProcess({ request, result, setResult }) {
      const draft = drafts.get(request);
      if (draft?.executed !== undefined || Array.isArray(result) || isAsyncIterable(result)) return;
      const coded = toCodedResult(errors, result, { requestId: requestIdOf(request), isMutation: false });
      if (draft !== undefined) draft.codes = codesOf(coded);
      setResult(coded);
    },
    onResponse({ request, response }) {
      const draft = drafts.get(request);
      if (draft === undefined || response.headers.get('content-type')?.startsWith('text/html')) return;
      drafts.delete(request);
      const { executed, startedAt, trace, codes } = draft;
      const { status } = response;
      onEnd(
        executed === undefined
          ? toUnreadEnd({ requestId: requestIdOf(request), trace, startedAt, status, codes })
          : toRequestEnd(executed.operation, executed.outcome, { status, isGone: request.signal.aborted }),
      );
    },
  };
}

/** A result that yoga writes as this text. */
function toSerialized(text: string): Result & { readonly stringify: () => string } {
  return { data: {}, stringify: () => text };
}

/** Yoga reads `documentId` from the body of a POST, and not from the URL of a GET. */
function withDocumentId(params: unknown, { method, url }: Request): unknown {
  if (method !== 'GET' || typeof params !== 'object' || params === null) return params;
  return { ...params, documentId: new URL(url).searchParams.get('documentId') };
}
