import { OverloadedError } from './call-slots.ts';
import { CircuitOpenError } from './circuit-breaker.ts';
import { IntermediaryError, NetworkError, PayloadError, StatusError, TimeoutError } from './errors.ts';

/** One attempt to call the API, or a call that was not made. */
export interface CallReport {
  /** Method and path, as `GET /v2/images/:id`. */
  readonly endpoint: string;
  /** `200`, another status, or why there is none. */
  readonly outcome: string;
  /** Null where nothing was sent. */
  readonly seconds: number | null;
  readonly isRetry: boolean;
}

/** A path without the ids in it. */
export function toEndpoint(method: string, path: string): string {
  // Most calls by far, and no id in it.
  if (path === '/v2/images') return `${method} ${path}`;
  const segments = path
    .split('/')
    .map((segment, index) => (index === 3 || /^\d+$/.test(segment) ? ':id' : segment));
  return `${method} ${segments.join('/')}`;
}

export function toOutcome(error: unknown): string {
  if (error instanceof StatusError) return String(error.status);
  if (error instanceof IntermediaryError) return 'intermediary';
  if (error instanceof PayloadError) return 'invalid';
  if (error instanceof TimeoutError) return 'timeout';
  if (error instanceof NetworkError) return 'network';
  if (error instanceof CircuitOpenError) return 'circuit_open';
  return error instanceof OverloadedError ? 'overloaded' : 'aborted';
}
