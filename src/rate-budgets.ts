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
  /** Where its ratio stands. */
  readonly row: number;
  readonly rateLimit: RateLimit | null;
  readonly seenAtMs: number;
  /** Epoch milliseconds until which the API has said that it answers nothing but 429. */
  readonly blockedUntilMs: number;
}

/** The request budget of each tenant's token, as the API's answers told it. */
export class RateBudgets {
  readonly #budgets = new LRUCache<string, Budget>({
    max: MAX_TENANTS,
    dispose: ({ row }, _tenant, reason) => {
      if (reason !== 'set') this.#ratios.remove(row);
    },
  });
  readonly #ratios = new Ratios();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** The budget as it was last seen; null before the first answer. */
  get(tenant: string): RateLimit | null {
    return this.#budgets.get(tenant)?.rateLimit ?? null;
  }

  see(tenant: string, rateLimit: RateLimit): void {
    const { row = this.#ratios.add(), blockedUntilMs = 0 } = this.#budgets.get(tenant) ?? {};
    const seenAtMs = this.#now();
    this.#budgets.set(tenant, { row, rateLimit, seenAtMs, blockedUntilMs });
    const { limit, remaining } = rateLimit;
    if (limit > 0) this.#ratios.set(row, remaining / limit, seenAtMs);
    else this.#ratios.clear(row);
  }

  /** Notes a 429: until its time is over, further calls would only be refused. */
  block(tenant: string, retryAfterSeconds: number): void {
    const known = this.#budgets.get(tenant);
    const { row = this.#ratios.add(), rateLimit = null, seenAtMs = 0, blockedUntilMs = 0 } = known ?? {};
    const untilMs = Math.max(blockedUntilMs, this.#now() + retryAfterSeconds * 1_000);
    this.#budgets.set(tenant, { row, rateLimit, seenAtMs, blockedUntilMs: untilMs });
  }

  /** Whole seconds for which calls would be refused; 0 where they would not. */
  blockedSeconds(tenant: string): number {
    const blockedUntilMs = this.#budgets.get(tenant)?.blockedUntilMs ?? 0;
    return Math.max(0, Math.ceil((blockedUntilMs - this.#now()) / 1_000));
  }

  /** Of all tenants whose budget was seen lately: how many they are, how many have little left, and the least left. */
  summarize(): RatioSummary {
    return this.#ratios.summarize(this.#now() - MAX_AGE_MS);
  }

  /** How many times longer than usual the tenant's lists should answer, 1 to 10: the longer, the less is left. */
  stretchOf(tenant: string): number {
    const { rateLimit = null, seenAtMs = 0 } = this.#budgets.get(tenant) ?? {};
    if (rateLimit === null || rateLimit.limit === 0 || this.#now() - seenAtMs > MAX_AGE_MS) return 1;
    const left = rateLimit.remaining / rateLimit.limit;
    return Math.min(MAX_STRETCH, Math.max(1, LOW / Math.max(left, Number.EPSILON)));
  }
}

interface RatioSummary {
  readonly tenants: number;
  readonly low: number;
  readonly lowestRatio: number;
}

/**
 * What each tenant has left of its budget, 0 to 1, in two arrays of numbers: a scrape reads all of them, and must not
 * stop requests for that long. With 20,000 objects in a map it did, for ten milliseconds.
 */
class Ratios {
  readonly #ratios: number[] = [];
  readonly #seenAtMs: number[] = [];
  readonly #free: number[] = [];

  /** A row of which nothing has been seen. */
  add(): number {
    const row = this.#free.pop() ?? this.#ratios.length;
    this.clear(row);
    return row;
  }

  set(row: number, ratio: number, seenAtMs: number): void {
    this.#ratios[row] = ratio;
    this.#seenAtMs[row] = seenAtMs;
  }

  clear(row: number): void {
    this.set(row, 1, -Infinity);
  }

  remove(row: number): void {
    this.clear(row);
    this.#free.push(row);
  }

  /** Of the rows that were seen at a moment or later. */
  summarize(sinceMs: number): RatioSummary {
    let tenants = 0;
    let low = 0;
    let lowestRatio = 1;
    for (let row = 0; row < this.#ratios.length; row += 1) {
      if ((this.#seenAtMs[row] ?? -Infinity) < sinceMs) continue;
      const ratio = this.#ratios[row] ?? 1;
      tenants += 1;
      if (ratio < LOW) low += 1;
      if (ratio < lowestRatio) lowestRatio = ratio;
    }
    return { tenants, low, lowestRatio };
  }
}
