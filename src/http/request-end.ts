import type { Outcome } from '../operations/execute-operation.ts';
import type { RequestTrace } from '../tracing.ts';
import type { HttpOperationRequest } from './operation-request.ts';

/** A request that has its response, or that nobody waits for any more: for the access log, metrics and traces. */
export interface RequestEnd extends Pick<Outcome, 'codes' | 'operation' | 'served' | 'usage'> {
  readonly requestId: string;
  /** Null where the caller sent no usable token. */
  readonly tenant: string | null;
  readonly trace: RequestTrace;
  /** By `performance.now()`. */
  readonly startedAt: number;
  /** HTTP status; 499 if the client went away before. */
  readonly status: number;
}

/** The end of a request that went through the pipeline. */
export function toRequestEnd(
  { requestId, caller, trace, startedAt }: HttpOperationRequest,
  { operation, served, usage, codes }: Outcome,
  response: { readonly status: number; readonly isGone: boolean },
): RequestEnd {
  const end = { requestId, tenant: caller?.tenant ?? null, trace, startedAt, operation, served, usage };
  if (response.isGone) return { ...end, ...GONE };
  // A response that the client does not accept has its own error only.
  return { ...end, status: response.status, codes: response.status === 406 ? ['BAD_REQUEST'] : codes };
}

/** The end of a request that was refused, or broke off, before it had an operation. */
export function toUnreadEnd(request: {
  readonly requestId: string;
  readonly trace: RequestTrace;
  readonly startedAt: number;
  readonly status: number;
  readonly codes: readonly string[];
}): RequestEnd {
  return { ...request, tenant: null, operation: null, served: 'execution', usage: null };
}

export const GONE = { status: 499, codes: ['CLIENT_CLOSED_REQUEST'] } as const;
