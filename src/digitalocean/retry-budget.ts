/** In tenths of a retry: whole numbers add up exactly, 0.1 would not. */
const TENTHS_AT_FIRST = 30;
const MAX_TENTHS = 100;
const TENTHS_PER_CALL = 1;
const TENTHS_PER_RETRY = 10;

/**
 * Lets retries be a tenth of the calls at most, beside a few to begin with: where everything fails, retries would
 * otherwise multiply what the API cannot bear already.
 */
export class RetryBudget {
  #tenths = TENTHS_AT_FIRST;

  /** Notes a call, once and whatever comes of it; its retries are no calls of their own. */
  onCall(): void {
    this.#tenths = Math.min(MAX_TENTHS, this.#tenths + TENTHS_PER_CALL);
  }

  /** Takes one retry; false where too little is left for it. */
  take(): boolean {
    if (this.#tenths < TENTHS_PER_RETRY) return false;
    this.#tenths -= TENTHS_PER_RETRY;
    return true;
  }
}
