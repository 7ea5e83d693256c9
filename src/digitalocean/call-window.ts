/** Calls whose end says how the API is, and those of them that failed. */
export interface CallCounts {
  calls: number;
  failures: number;
}

const BUCKET_MS = 1_000;
const BUCKETS = 10;

interface Bucket extends CallCounts {
  /** The bucket's place in time: `BUCKET_MS` times it is its first millisecond. */
  readonly index: number;
  readonly byTenant: Map<string, CallCounts>;
}

/** Counts the calls of the last ten seconds, by tenant. It has no timers, and an old bucket leaves with the next call. */
export class CallWindow {
  readonly #now: () => number;
  /** Oldest first, and only those that had calls. */
  #buckets: Bucket[] = [];

  /** `now`: milliseconds that never go back, as those of `performance.now()`. */
  constructor(now: () => number) {
    this.#now = now;
  }

  count(tenant: string, isFailure: boolean): void {
    const bucket = this.#currentBucket();
    const ofTenant = bucket.byTenant.get(tenant) ?? { calls: 0, failures: 0 };
    bucket.byTenant.set(tenant, ofTenant);
    for (const counts of [bucket, ofTenant]) {
      counts.calls += 1;
      if (isFailure) counts.failures += 1;
    }
  }

  /** All calls, at the cost of ten additions. */
  total(): CallCounts {
    const total = { calls: 0, failures: 0 };
    for (const bucket of this.#buckets) add(total, bucket);
    return total;
  }

  /** Those of each tenant, at a cost that grows with the number of tenants. */
  byTenant(): Iterable<CallCounts> {
    const totals = new Map<string, CallCounts>();
    for (const { byTenant } of this.#buckets) {
      for (const [tenant, counts] of byTenant) {
        const total = totals.get(tenant) ?? { calls: 0, failures: 0 };
        add(total, counts);
        totals.set(tenant, total);
      }
    }
    return totals.values();
  }

  clear(): void {
    this.#buckets = [];
  }

  /** Drops the buckets that have left the window. */
  #currentBucket(): Bucket {
    const index = Math.floor(this.#now() / BUCKET_MS);
    const last = this.#buckets.at(-1);
    if (last?.index === index) return last;
    const bucket = { index, calls: 0, failures: 0, byTenant: new Map<string, CallCounts>() };
    this.#buckets = [...this.#buckets.filter((past) => past.index > index - BUCKETS), bucket];
    return bucket;
  }
}

function add(total: CallCounts, { calls, failures }: CallCounts): void {
  total.calls += calls;
  total.failures += failures;
}
