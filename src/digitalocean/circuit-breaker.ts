import { CallWindow } from './call-window.ts';
import { ApiError } from './errors.ts';
import { isFailing } from './failing.ts';

export type CircuitState = 'closed' | 'open' | 'half-open';

/**
 * How a call ended. `refused` is a response that concerns its token only: it is not counted, but shows that the API is
 * there. `ignored` says nothing of the API, as when the caller left.
 */
export type CallOutcome = 'success' | 'failure' | 'refused' | 'ignored';

/** A call as far as circuits know it. */
export interface CircuitCall {
  /** As `GET /v2/images`. */
  readonly name: string;
  readonly tenant: string;
}

/** A call that was let through. */
export interface CircuitEntry {
  /** Reports its outcome; only the first report counts. */
  done(outcome: CallOutcome): void;
}

export interface CircuitBreakerOptions {
  /** Milliseconds that never go back, as those of `performance.now()`. */
  readonly now: () => number;
  /** From 0 to 1: how much of its last fifth an open time loses, so that gateways do not probe in step. */
  readonly random?: () => number;
  readonly onChange?: (state: CircuitState) => void;
  /** Whether the calls of the last seconds open the circuit. */
  readonly isFailing?: (window: CallWindow) => boolean;
  /** The longest open time. */
  readonly maxOpenMs?: number;
  /** How much longer than others a tenant waits whose probe has failed, so that another may find the API well. */
  readonly yieldMs?: number;
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

const FIRST_OPEN_MS = 1_000;
const MAX_OPEN_MS = 5_000;
const OPEN_SPREAD = 0.2;
const PROBE_MS = 10_000;
const MAX_PROBERS = 1_000;

/**
 * Pauses calls for a while when many of them failed, and then lets one at a time find out whether the API is back.
 * It has no timers: an open time that is over is noticed by the next call.
 */
export class CircuitBreaker {
  readonly #options: Required<CircuitBreakerOptions>;
  readonly #window: CallWindow;
  #state: CircuitState = 'closed';
  #openMs = FIRST_OPEN_MS;
  /** While not closed: until when calls are refused, by the open time or for a probe under way. */
  #refusedUntilMs = 0;
  /** Those whose probes have failed since it was closed. */
  readonly #failedProbers = new Set<string>();
  /** Counts changes and probes: an outcome counts only in the spell in which its call began. */
  #spell = 0;

  constructor(options: CircuitBreakerOptions) {
    this.#options = {
      random: Math.random,
      onChange() {},
      isFailing,
      maxOpenMs: MAX_OPEN_MS,
      yieldMs: 0,
      ...options,
    };
    this.#window = new CallWindow(options.now);
  }

  /** As the last call left it: an open time may be over already. */
  get state(): CircuitState {
    return this.#state;
  }

  /**
   * Does nothing where a call would be let through.
   * @throws CircuitOpenError
   */
  check({ name, tenant }: CircuitCall): void {
    if (this.#state === 'closed') return;
    const mustYield = this.#state === 'open' && this.#failedProbers.has(tenant);
    const untilMs = this.#refusedUntilMs + (mustYield ? this.#options.yieldMs : 0);
    const leftMs = untilMs - this.#options.now();
    if (leftMs <= 0) return;
    // A probe mostly ends long before it is given up.
    throw new CircuitOpenError(
      name,
      Math.ceil(this.#state === 'open' ? leftMs : Math.min(FIRST_OPEN_MS, leftMs)),
    );
  }

  /**
   * Lets a call through; its outcome must be reported.
   * @throws CircuitOpenError
   */
  enter(call: CircuitCall): CircuitEntry {
    this.check(call);
    if (this.#state !== 'closed') this.#startProbe();
    const spell = this.#spell;
    let isDone = false;
    return {
      done: (outcome) => {
        if (isDone || spell !== this.#spell) return;
        isDone = true;
        if (this.#state === 'closed') this.#count(call.tenant, outcome);
        else this.#endProbe(call.tenant, outcome);
      },
    };
  }

  #startProbe(): void {
    // The holder of a probe may be lost, and nobody else would ever get through.
    this.#refusedUntilMs = this.#options.now() + PROBE_MS;
    this.#change('half-open');
  }

  #endProbe(tenant: string, outcome: CallOutcome): void {
    if (outcome === 'ignored') this.#refusedUntilMs = 0;
    else if (outcome === 'failure') {
      if (this.#failedProbers.size >= MAX_PROBERS) this.#failedProbers.clear();
      this.#failedProbers.add(tenant);
      this.#open(Math.min(this.#options.maxOpenMs, 2 * this.#openMs));
    } else {
      this.#window.clear();
      this.#failedProbers.clear();
      this.#change('closed');
    }
  }

  /** Counts a call that began before there was a breaker. Once it has opened, such a call reports what is known. */
  countEarlier(tenant: string, outcome: CallOutcome): void {
    if (this.#spell === 0) this.#count(tenant, outcome);
  }

  #count(tenant: string, outcome: CallOutcome): void {
    if (outcome !== 'success' && outcome !== 'failure') return;
    this.#window.count(tenant, outcome === 'failure');
    if (this.#options.isFailing(this.#window)) this.#open(FIRST_OPEN_MS);
  }

  #open(openMs: number): void {
    const { now, random } = this.#options;
    this.#openMs = openMs;
    this.#refusedUntilMs = now() + openMs * (1 - OPEN_SPREAD * random());
    this.#change('open');
  }

  #change(state: CircuitState): void {
    this.#spell += 1;
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onChange(state);
  }
}
