import { ApiError } from './errors.ts';

export type CircuitState = 'closed' | 'open' | 'half-open';

/** What came of a call; `ignored` where it says nothing of the API, as when its caller went away. */
export type CallOutcome = 'success' | 'failure' | 'ignored';

/** A call that was let through. */
export interface CircuitEntry {
  /** Tells what came of it; only the first word counts. */
  done(outcome: CallOutcome): void;
}

export interface CircuitBreakerOptions {
  /** Milliseconds that never go back, as those of `performance.now()`. */
  readonly now: () => number;
  /** From 0 to 1: how much of its last fifth an open time loses, so that gateways do not probe in step. */
  readonly random?: () => number;
  readonly onChange?: (state: CircuitState) => void;
}

/** The call was not made, since too many before it failed. */
export class CircuitOpenError extends ApiError {
  override readonly name = 'CircuitOpenError';
  /** Whole milliseconds, at least 1, after which another try has a chance. */
  readonly retryAfterMs: number;

  constructor(call: string, retryAfterMs: number) {
    super(call, 'not sent, since too many calls failed just now');
    this.retryAfterMs = retryAfterMs;
  }
}

const BUCKET_MS = 1_000;
const BUCKETS = 10;
const MIN_CALLS = 10;
const FAILED_SHARE = 0.5;
const FIRST_OPEN_MS = 1_000;
const MAX_OPEN_MS = 5_000;
const OPEN_SPREAD = 0.2;
const PROBE_MS = 10_000;

interface Bucket {
  /** The bucket's place in time: `BUCKET_MS` times it is its first millisecond. */
  readonly index: number;
  calls: number;
  failures: number;
}

/**
 * Stops calls for a while when many of them failed, and then lets one at a time find out whether the API is back.
 * It has no timers: an open time that is over is noticed by the next call.
 */
export class CircuitBreaker {
  readonly #now: () => number;
  readonly #random: () => number;
  readonly #onChange: (state: CircuitState) => void;
  #state: CircuitState = 'closed';
  /** Oldest first, and only those that had calls. */
  #buckets: Bucket[] = [];
  #openMs = FIRST_OPEN_MS;
  /** While not closed: until when calls are refused, by the open time or for a probe under way. */
  #refusedUntilMs = 0;
  /** Counts changes and probes: an outcome counts only in the spell in which its call began. */
  #spell = 0;

  constructor({ now, random = Math.random, onChange = () => {} }: CircuitBreakerOptions) {
    this.#now = now;
    this.#random = random;
    this.#onChange = onChange;
  }

  /** As the last call left it: an open time may be over already. */
  get state(): CircuitState {
    return this.#state;
  }

  /**
   * Lets a call through; its outcome must be told.
   * @throws CircuitOpenError
   */
  enter(call = 'the images API'): CircuitEntry {
    if (this.#state !== 'closed') this.#startProbe(call);
    const spell = this.#spell;
    let isDone = false;
    return {
      done: (outcome) => {
        if (isDone || spell !== this.#spell) return;
        isDone = true;
        if (this.#state === 'closed') this.#count(outcome);
        else this.#endProbe(outcome);
      },
    };
  }

  #startProbe(call: string): void {
    const nowMs = this.#now();
    const leftMs = this.#refusedUntilMs - nowMs;
    if (leftMs > 0) {
      // A probe mostly ends long before it is given up.
      const waitMs = this.#state === 'open' ? leftMs : Math.min(FIRST_OPEN_MS, leftMs);
      throw new CircuitOpenError(call, Math.ceil(waitMs));
    }
    // The holder of a probe may be lost, and nobody else would ever get through.
    this.#refusedUntilMs = nowMs + PROBE_MS;
    this.#change('half-open');
  }

  #endProbe(outcome: CallOutcome): void {
    if (outcome === 'success') {
      this.#buckets = [];
      this.#change('closed');
    } else if (outcome === 'failure') {
      this.#open(Math.min(MAX_OPEN_MS, 2 * this.#openMs));
    } else {
      this.#refusedUntilMs = 0;
    }
  }

  /** Counts a call that began before there was a breaker. Once it has opened, such a call tells of what is known. */
  countEarlier(outcome: CallOutcome): void {
    if (this.#spell === 0) this.#count(outcome);
  }

  #count(outcome: CallOutcome): void {
    if (outcome === 'ignored') return;
    const bucket = this.#currentBucket();
    bucket.calls += 1;
    if (outcome === 'failure') bucket.failures += 1;
    let calls = 0;
    let failures = 0;
    for (const past of this.#buckets) {
      calls += past.calls;
      failures += past.failures;
    }
    if (calls >= MIN_CALLS && failures >= FAILED_SHARE * calls) this.#open(FIRST_OPEN_MS);
  }

  /** Drops the buckets that have left the window. */
  #currentBucket(): Bucket {
    const index = Math.floor(this.#now() / BUCKET_MS);
    const last = this.#buckets.at(-1);
    if (last?.index === index) return last;
    const bucket = { index, calls: 0, failures: 0 };
    this.#buckets = [...this.#buckets.filter((past) => past.index > index - BUCKETS), bucket];
    return bucket;
  }

  #open(openMs: number): void {
    this.#openMs = openMs;
    this.#refusedUntilMs = this.#now() + openMs * (1 - OPEN_SPREAD * this.#random());
    this.#change('open');
  }

  #change(state: CircuitState): void {
    this.#spell += 1;
    if (state === this.#state) return;
    this.#state = state;
    this.#onChange(state);
  }
}
