/** What one request cost in upstream calls, counted while it runs. */
export class QueryCost {
  /** Calls that were sent for this request. */
  requests = 0;
  /** Lists and images that were at hand. */
  cached = 0;
  /** Readings that other requests had begun. */
  coalesced = 0;
  /** For how long the oldest list in the answer has not been fresh any more, in milliseconds. */
  staleMs = 0;

  /** The cost of a request that shares all that this one has read. */
  ofShared(): QueryCost {
    return Object.assign(new QueryCost(), { coalesced: 1, staleMs: this.staleMs });
  }
}
