import { setTimeout } from 'node:timers/promises';

import { LRUCache } from 'lru-cache';

import { CallSlots, OverloadedError } from './call-slots.ts';
import { type CallOutcome, CircuitBreaker, type CircuitEntry, type CircuitState } from './circuit-breaker.ts';
import { NetworkError, StatusError, TimeoutError } from './errors.ts';
import { MAX_ATTEMPTS, retryDelayMs } from './retry.ts';
import { RetryBudget } from './retry-budget.ts';

/** Of as many tenants of whom a call has failed it is known how their calls fare. */
const MAX_TENANTS = 10_000;

export interface CallPolicyOptions {
  /** For one attempt. */
  readonly attemptMs: number;
  /** From 0 to 1, for pauses. */
  readonly random?: () => number;
  readonly onCircuitChange?: ((state: CircuitState) => void) | undefined;
}

export interface PolicedCall<T> {
  /** As `GET /v2/images`. */
  readonly name: string;
  readonly reads: boolean;
  readonly tenant: string;
  readonly signal: AbortSignal;
  /** Milliseconds until nobody waits for it any more. */
  leftMs(): number;
  attempt(): Promise<T>;
}

/**
 * How calls share the API: so many at once, in turns of the tenants; none while most of them fail; a failed one once
 * more where that can help, within a budget.
 */
export class CallPolicy {
  readonly slots = new CallSlots();
  readonly #breakers: LRUCache<string, CircuitBreaker>;
  readonly #budget = new RetryBudget();
  readonly #open = new Set<CircuitBreaker>();
  readonly #onCircuitChange: ((state: CircuitState) => void) | undefined;
  readonly #attemptMs: number;
  readonly #random: () => number;

  constructor({ attemptMs, random = Math.random, onCircuitChange }: CallPolicyOptions) {
    this.#attemptMs = attemptMs;
    this.#random = random;
    this.#breakers = new LRUCache<string, CircuitBreaker>({
      max: MAX_TENANTS,
      dispose: (breaker) => void this.#open.delete(breaker),
    });
    this.#onCircuitChange = onCircuitChange;
  }

  /** Of how many tenants calls are refused, or tried one at a time. */
  get openCircuits(): number {
    return this.#open.size;
  }

  /** @throws CircuitOpenError | OverloadedError, or what the last attempt or the signal throws */
  async run<T>(call: PolicedCall<T>): Promise<T> {
    const { name, tenant, signal } = call;
    this.#budget.onCall();
    for (let attempt = 1; ; attempt += 1) {
      const entry = this.#breakers.get(tenant)?.enter(name);
      let release: (() => void) | undefined;
      let delayMs: number | null;
      try {
        const slot = this.slots.take(tenant, signal, name);
        // What is there is not waited for.
        release = typeof slot === 'function' ? slot : await slot;
        const answer = await call.attempt();
        this.#count(tenant, entry, 'success');
        return answer;
      } catch (error) {
        this.#count(tenant, entry, signal.aborted ? 'ignored' : outcomeOf(error));
        delayMs = attempt < MAX_ATTEMPTS ? this.#delayMs(call, error) : null;
        if (delayMs === null || !this.#budget.take()) throw error;
      } finally {
        release?.();
      }
      await pause(delayMs, signal);
    }
  }

  #count(tenant: string, entry: CircuitEntry | undefined, outcome: CallOutcome): void {
    if (entry !== undefined) entry.done(outcome);
    else if (outcome === 'failure') this.#breakerOf(tenant).countEarlier(outcome);
    else this.#breakers.peek(tenant)?.countEarlier(outcome);
  }

  /** The pause before it is sent again; null where it is not. */
  #delayMs(call: PolicedCall<unknown>, error: unknown): number | null {
    const { reads, signal } = call;
    if (signal.aborted) return null;
    const leftMs = call.leftMs();
    return retryDelayMs(error, { reads, attemptMs: this.#attemptMs, leftMs, random: this.#random });
  }

  /** Each tenant's own, from its first failure on: what fails for one may do for another. */
  #breakerOf(tenant: string): CircuitBreaker {
    const known = this.#breakers.get(tenant);
    if (known !== undefined) return known;
    const breaker: CircuitBreaker = new CircuitBreaker({
      now: nowMs,
      random: this.#random,
      onChange: (state) => {
        // One that was pushed out still has calls.
        if (state === 'closed' || this.#breakers.peek(tenant) !== breaker) this.#open.delete(breaker);
        else this.#open.add(breaker);
        this.#onCircuitChange?.(state);
      },
    });
    this.#breakers.set(tenant, breaker);
    return breaker;
  }
}

async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(delayMs, undefined, { signal });
  } catch {
    throw signal.reason;
  }
}

function nowMs(): number {
  return performance.now();
}

/** Whether the API is out of order: what it refuses, or says wrongly, it was there to say. */
function outcomeOf(error: unknown): CallOutcome {
  if (error instanceof NetworkError || error instanceof TimeoutError) return 'failure';
  if (error instanceof StatusError) return error.status >= 500 ? 'failure' : 'success';
  return error instanceof OverloadedError ? 'ignored' : 'success';
}
