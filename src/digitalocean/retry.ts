import { NetworkError, PayloadError, RateLimitError, StatusError, TimeoutError } from './errors.ts';

/** As often as one call is sent. */
export const MAX_ATTEMPTS = 2;

const MAX_JITTER_MS = 250;
/** A longer `Retry-After` is for the caller to wait out. */
const MAX_RETRY_AFTER_S = 1;

export interface FailedCall {
  /** Whether it only reads, so that it may be sent again although it may have been done. */
  readonly reads: boolean;
  /** For one more attempt, and left before nobody waits any more. */
  readonly attemptMs: number;
  readonly leftMs: number;
  /** From 0 to 1: retries of calls that failed together do not come together (full jitter). */
  readonly random: () => number;
}

/** The pause before a call that failed is sent again, in milliseconds; null where it is not. */
export function retryDelayMs(
  error: unknown,
  { reads, attemptMs, leftMs, random }: FailedCall,
): number | null {
  if (!(reads ? isWorthAnother(error) : wasNeverSent(error))) return null;
  const toldS = error instanceof StatusError ? (error.retryAfter ?? 0) : 0;
  if (toldS > MAX_RETRY_AFTER_S) return null;
  const delayMs = toldS * 1_000 + random() * MAX_JITTER_MS;
  return delayMs + attemptMs <= leftMs ? delayMs : null;
}

function isWorthAnother(error: unknown): boolean {
  // A token over its limit is not helped by more calls, and a 500 is mostly one for good.
  if (error instanceof RateLimitError) return false;
  if (error instanceof StatusError) return isOfGateway(error.status);
  // Well-formed JSON that was cut is not well-formed any more.
  if (error instanceof PayloadError) return error.reason === 'NOT_JSON';
  return error instanceof NetworkError || error instanceof TimeoutError;
}

/** What a proxy in front of the API says when it has no answer of it; those from 520 are Cloudflare's. */
function isOfGateway(status: number): boolean {
  return (status >= 502 && status <= 504) || (status >= 520 && status <= 527);
}

function wasNeverSent(error: unknown): boolean {
  return (error instanceof NetworkError || error instanceof TimeoutError) && !error.wasSent;
}
