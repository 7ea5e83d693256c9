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

/** Where the caller's part of a trace ends. */
export interface TraceParent {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
  readonly isRemote: true;
}

/** Records the trace of a request, as part of the caller's where there is one. */
export type RequestTracer = (parent: TraceParent | null) => RequestTrace;

/** Begins the trace of a request. Without a tracer nothing is recorded, and the caller's `traceparent` is sent on as it is. */
export function traceRequest(tracer: RequestTracer | null, traceparent: string | null): RequestTrace {
  const parent = parseTraceparent(traceparent);
  if (tracer !== null) return tracer(parent);
  if (parent === null || traceparent === null) return UNTRACED;
  return { startCall: () => ({ traceparent, end() {} }), end() {} };
}

function parseTraceparent(value: string | null): TraceParent | null {
  const { traceId, spanId, flags } = (value !== null && TRACEPARENT.exec(value)?.groups) || {};
  if (traceId === undefined || spanId === undefined || flags === undefined) return null;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
}
