import { LRUCache } from 'lru-cache';

import type { RateLimit } from './digitalocean/rate-limit.ts';

/** What is known of as many tenants at a time; of one that was not seen for longest, it is forgotten. */
const MAX_TENANTS = 20_000;

/** Below this part of its budget, a tenant's lists are refreshed less often. */
const LOW = 0.25;
const MAX_STRETCH = 10;

/** A budget that was seen longer ago says little of now: requests come back to it one by one, for an hour. */
const MAX_AGE_MS = 600_000;

interface Budget {
  readonly rateLimit: RateLimit | null;
  readonly seenAtMs: number;
  /** Epoch milliseconds until which the API has said that it answers nothing but 429. */
  readonly blockedUntilMs: number;
}

/** The request budget of each tenant's token, as the API's answers told it. */
export class RateBudgets {
  readonly #budgets = new LRUCache<string, Budget>({ max: MAX_TENANTS });
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The budget as it was last seen; null before the first answer. */
  get(tenant: string): RateLimit | null {
    return this.#budgets.get(tenant)?.rateLimit ?? null;
  }

  see(tenant: string, rateLimit: RateLimit): void {
    const blockedUntilMs = this.#budgets.get(tenant)?.blockedUntilMs ?? 0;
    this.#budgets.set(tenant, { rateLimit, seenAtMs: this.#now(), blockedUntilMs });
  }

  /** Notes a 429: until its time is over, further calls would only be refused. */
  block(tenant: string, retryAfterSeconds: number): void {
    const { rateLimit = null, seenAtMs = 0, blockedUntilMs = 0 } = this.#budgets.get(tenant) ?? {};
    const untilMs = Math.max(blockedUntilMs, this.#now() + retryAfterSeconds * 1_000);
    this.#budgets.set(tenant, { rateLimit, seenAtMs, blockedUntilMs: untilMs });
  }

  /** Whole seconds for which calls would be refused; 0 where they would not. */
  blockedSeconds(tenant: string): number {
    const blockedUntilMs = this.#budgets.get(tenant)?.blockedUntilMs ?? 0;
    return Math.max(0, Math.ceil((blockedUntilMs - this.#now()) / 1_000));
  }

  /** Of all tenants whose budget was seen lately: how many they are, how many have little left, and the least left. */
  summarize(): { readonly tenants: number; readonly low: number; readonly lowestRatio: number } {
    const ratios = [...this.#budgets.values()].flatMap(({ rateLimit, seenAtMs }) =>
      rateLimit === null || rateLimit.limit === 0 || this.#now() - seenAtMs > MAX_AGE_MS
        ? []
        : [rateLimit.remaining / rateLimit.limit],
    );
    const low = ratios.filter((ratio) => ratio < LOW).length;
    return { tenants: ratios.length, low, lowestRatio: ratios.reduce((a, b) => Math.min(a, b), 1) };
  }

  /** How many times longer than usual the tenant's lists should answer, 1 to 10: the longer, the less is left. */
  stretchOf(tenant: string): number {
    const { rateLimit = null, seenAtMs = 0 } = this.#budgets.get(tenant) ?? {};
    if (rateLimit === null || rateLimit.limit === 0 || this.#now() - seenAtMs > MAX_AGE_MS) return 1;
    const left = rateLimit.remaining / rateLimit.limit;
    return Math.min(MAX_STRETCH, Math.max(1, LOW / Math.max(left, Number.EPSILON)));
  }
}
