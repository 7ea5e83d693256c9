import {
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from '@opentelemetry/api';

import type { AttemptTrace } from './digitalocean/client.ts';

/** One request's place in a trace. */
export interface RequestTrace {
  /** One attempt to call the API; undefined where there is no trace to send on. */
  startCall(endpoint: string): AttemptTrace | undefined;
  end(request: TracedRequest): void;
}

/** What a trace has of its request. */
export interface TracedRequest {
  readonly operation: string | undefined;
  readonly operationName: string | undefined;
  readonly status: number;
  readonly codes: readonly string[];
}

const UNTRACED: RequestTrace = { startCall: () => undefined, end() {} };

/** Version, trace id, span id and flags, none of the ids all zeros: https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT =
  /^00-(?!0{32})(?<traceId>[0-9a-f]{32})-(?!0{16})(?<spanId>[0-9a-f]{16})-(?<flags>[0-9a-f]{2})$/;

/**
 * Begins the trace of a request, as part of the caller's where the request names one. Without a tracer nothing is
 * recorded, and the caller's `traceparent` is sent on as it is.
 */
export function traceRequest(tracer: Tracer | null, traceparent: string | null): RequestTrace {
  const parent = parseTraceparent(traceparent);
  if (tracer === null) {
    if (parent === null || traceparent === null) return UNTRACED;
    return { startCall: () => ({ traceparent, end() {} }), end() {} };
  }
  const around = parent === null ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
  const span = tracer.startSpan('GraphQL', { kind: SpanKind.SERVER }, around);
  const within = trace.setSpan(around, span);
  return {
    startCall(endpoint) {
      const call = tracer.startSpan(endpoint, { kind: SpanKind.CLIENT }, within);
      return {
        traceparent: toTraceparent(call),
        end(outcome) {
          call.setAttribute('images_api.outcome', outcome);
          if (outcome !== '200') call.setStatus({ code: SpanStatusCode.ERROR });
          call.end();
        },
      };
    },
    end({ operation = 'GraphQL', operationName, status, codes }) {
      span.updateName([operation, operationName].filter(Boolean).join(' '));
      span.setAttributes({ 'http.response.status_code': status, 'graphql.error_codes': [...codes] });
      if (codes.length > 0) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}

function parseTraceparent(value: string | null): SpanContext | null {
  const { traceId, spanId, flags } = (value !== null && TRACEPARENT.exec(value)?.groups) || {};
  if (traceId === undefined || spanId === undefined || flags === undefined) return null;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
}

function toTraceparent(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-0${traceFlags & 1}`;
}
