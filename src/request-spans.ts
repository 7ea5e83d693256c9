import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api';

import type { RequestTracer } from './tracing.ts';

/** A span for each request, and one in it for each attempt to call the API. */
export function recordSpans(tracer: Tracer): RequestTracer {
  return (parent) => {
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
  };
}

function toTraceparent(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-0${traceFlags & 1}`;
}
