/** Requests that one token may make in any 60 minutes, and in any 60 seconds. */
export interface RateLimits {
  readonly perHour: number;
  readonly perMinute: number;
}

export interface RateLimiter {
  /** Counts a request and says whether it may pass; a refused one is not counted. */
  take(token: string): { readonly refused: boolean; readonly headers: Record<string, string> };
  /** The headers as they stand, for answers that count nothing. */
  headers(token: string): Record<string, string>;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/**
 * Two sliding windows a token, on the sandbox's clock (epoch ms).
 *
 * The API tells them apart by one header alone: a refused burst has `retry-after`, a spent hour has not.
 */
export function createRateLimiter(limits: RateLimits, now: () => number): RateLimiter {
  const windows = new Map<string, { readonly hour: SlidingWindow; readonly minute: SlidingWindow }>();

  function windowsOf(token: string) {
    const known = windows.get(token);
    if (known !== undefined) return known;
    const fresh = { hour: createSlidingWindow(HOUR_MS), minute: createSlidingWindow(MINUTE_MS) };
    windows.set(token, fresh);
    return fresh;
  }

  function headers(hour: SlidingWindow | undefined, remaining: number): Record<string, string> {
    const oldest = hour?.oldest(now()) ?? now();
    return {
      'ratelimit-limit': String(limits.perHour),
      'ratelimit-remaining': String(Math.max(0, remaining)),
      'ratelimit-reset': String(Math.ceil((oldest + HOUR_MS) / 1000)),
    };
  }

  return {
    take(token) {
      const { hour, minute } = windowsOf(token);
      const at = now();
      if (hour.count(at) >= limits.perHour) return { refused: true, headers: headers(hour, 0) };
      if (minute.count(at) >= limits.perMinute) {
        const waitMs = (minute.oldest(at) ?? at) + MINUTE_MS - at;
        return {
          refused: true,
          headers: { ...headers(hour, 0), 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1000))) },
        };
      }
      hour.add(at);
      minute.add(at);
      return { refused: false, headers: headers(hour, limits.perHour - hour.count(at)) };
    },
    headers(token) {
      const hour = windows.get(token)?.hour;
      return headers(hour, limits.perHour - (hour?.count(now()) ?? 0));
    },
  };
}

interface SlidingWindow {
  add(at: number): void;
  count(now: number): number;
  oldest(now: number): number | undefined;
}

/** Moments in a queue read from its head: `shift` on an array this long would cost more than the request. */
function createSlidingWindow(spanMs: number): SlidingWindow {
  let moments: number[] = [];
  let head = 0;

  function prune(now: number): void {
    for (let at = moments[head]; at !== undefined && at <= now - spanMs; at = moments[head]) head += 1;
    if (head > 1_000 && head > moments.length / 2) {
      moments = moments.slice(head);
      head = 0;
    }
  }

  return {
    add: (at) => moments.push(at),
    count(now) {
      prune(now);
      return moments.length - head;
    },
    oldest(now) {
      prune(now);
      return moments[head];
    },
  };
}
