/** A token's budget of requests, as the API told it last. */
export interface RateLimit {
  /** Requests in an hour. */
  readonly limit: number;
  readonly remaining: number;
  /** Epoch milliseconds at which the oldest counted request no longer counts. */
  readonly resetAtMs: number;
}

const MAX_SECONDS = 3_600;
/** As far as a GraphQL `Int` goes, and as a `DateTime` does, which has four digits for the year. */
const MAX_INT = 2 ** 31 - 1;
const MAX_EPOCH_SECOND = Date.parse('9999-12-31T23:59:59Z') / 1_000;

/** Reads `ratelimit-limit`, `-remaining` and `-reset`; null where not all three say something usable. */
export function parseRateLimit(header: (name: string) => string | undefined): RateLimit | null {
  const limit = parseNumber(header('ratelimit-limit'), MAX_INT);
  const remaining = parseNumber(header('ratelimit-remaining'), MAX_INT);
  const reset = parseNumber(header('ratelimit-reset'), MAX_EPOCH_SECOND);
  if (limit === null || remaining === null || reset === null) return null;
  return { limit, remaining, resetAtMs: reset * 1_000 };
}

/**
 * Whole seconds to wait, 1 to 3,600, from `Retry-After` (seconds or an HTTP date, RFC 9110 section 10.2.3),
 * else from `ratelimit-reset` (an epoch second); undefined where neither says anything usable. A reset in the past is
 * not usable: it is of a request that no longer counts, and says nothing of the next one.
 */
export function parseRetryAfter(headers: {
  retryAfter: string | undefined;
  rateLimitReset?: string | undefined;
  nowMs: number;
}): number | undefined {
  const { retryAfter, rateLimitReset, nowMs } = headers;
  if (retryAfter !== undefined) {
    if (/^\d+$/.test(retryAfter)) return clamp(Number(retryAfter));
    const date = /^[A-Z][a-z]{2}, /.test(retryAfter) ? Date.parse(retryAfter) : NaN;
    if (!Number.isNaN(date)) return clamp((date - nowMs) / 1_000);
  }
  if (rateLimitReset === undefined || !/^\d{9,11}$/.test(rateLimitReset)) return undefined;
  const seconds = Number(rateLimitReset) - nowMs / 1_000;
  return seconds > 0 ? clamp(seconds) : undefined;
}

function clamp(seconds: number): number {
  return Math.min(MAX_SECONDS, Math.max(1, Math.ceil(seconds)));
}

function parseNumber(digits: string | undefined, max: number): number | null {
  const value = digits !== undefined && /^\d{1,15}$/.test(digits) ? Number(digits) : Infinity;
  return value <= max ? value : null;
}
