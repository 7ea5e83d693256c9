/** What one request cost in upstream calls, counted while it runs. */
export class QueryCost {
  /** Calls that were sent for this request. */
  requests = 0;
  /** Lists and images that were at hand. */
  cached = 0;
  /** Readings that other requests had begun. */
  coalesced = 0;
  /** Lists that were looked into, wherever they came from. */
  lists = 0;
  /** One for all that share what was read: it may turn out stale when they share it already. */
  #staleness = { ms: 0 };

  /** For how long the oldest list in the answer has not been fresh any more, in milliseconds. */
  get staleMs(): number {
    return this.#staleness.ms;
  }

  /** What every answer says where a list in it is stale, in its extensions; null where none is. */
  get staleness(): { readonly stale: true; readonly staleSeconds: number } | null {
    return this.staleMs > 0 ? { stale: true, staleSeconds: Math.ceil(this.staleMs / 1_000) } : null;
  }

  noteStale(ms: number): void {
    this.#staleness.ms = Math.max(this.#staleness.ms, ms);
  }

  /** The cost of a request that shares all that this one has read. */
  ofShared(): QueryCost {
    const shared = new QueryCost();
    shared.coalesced = 1;
    shared.#staleness = this.#staleness;
    return shared;
  }
}
