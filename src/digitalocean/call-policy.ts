import { setTimeout } from 'node:timers/promises';

import { CallSlots } from './call-slots.ts';
import type { CallOutcome, CircuitCall, CircuitEntry, CircuitState } from './circuit-breaker.ts';
import { Circuits, type CircuitScope } from './circuits.ts';
import { IntermediaryError, NetworkError, StatusError, TimeoutError } from './errors.ts';
import { MAX_ATTEMPTS, retryDelayMs } from './retry.ts';
import { RetryBudget } from './retry-budget.ts';

/** A read that nobody waits for ends so much later than the request that began it. */
const GRACE_MS = 50;

export interface CallPolicyOptions {
  /** For an attempt, where there can be another; the last one has all the time that is left. */
  readonly attemptMs: number;
  /** From 0 to 1, for pauses. */
  readonly random?: () => number;
  readonly onCircuitChange?: ((state: CircuitState, scope: CircuitScope) => void) | undefined;
}

export interface PolicedCall<T> extends CircuitCall {
  readonly reads: boolean;
  readonly signal: AbortSignal;
  /** Milliseconds until nobody waits for it any more. */
  leftMs(): number;
  /**
   * Sends it once. When `attemptMs` are over it calls `onLate`, which returns how many milliseconds more to wait,
   * or 0 to give up with that error; then again when those are over.
   */
  attempt(onLate: (error: TimeoutError) => number): Promise<T>;
}

/**
 * How calls share the API: so many at once, in turns of the tenants; none while most of them fail; a failed one once
 * more where that can help, within a budget.
 */
export class CallPolicy {
  readonly slots = new CallSlots();
  readonly circuits: Circuits;
  readonly #budget = new RetryBudget();
  readonly #attemptMs: number;
  readonly #random: () => number;

  constructor({ attemptMs, random = Math.random, onCircuitChange }: CallPolicyOptions) {
    this.#attemptMs = attemptMs;
    this.#random = random;
    this.circuits = new Circuits({ now: () => performance.now(), random, onChange: onCircuitChange });
  }

  /** @throws CircuitOpenError | OverloadedError, or what the last attempt or the signal throws */
  async run<T>(call: PolicedCall<T>): Promise<T> {
    const { name, tenant, signal } = call;
    this.#budget.onCall();
    for (let attempt = 1; ; attempt += 1) {
      // Not only with a slot in hand: a call that is refused does not wait for one.
      this.circuits.check(call);
      let entry: CircuitEntry | undefined;
      let release: (() => void) | undefined;
      let delayMs: number | null = null;
      let isLate = false;
      // Only now does it show whether this attempt is the last, because no other may be sent, or none would fit.
      const onLate = (error: TimeoutError) => {
        if (!isLate) delayMs = this.#takeRetry(call, attempt, error);
        isLate = true;
        // Asked again when those are over: others may have come to wait for the same call.
        return delayMs === null ? lastMs(call) : 0;
      };
      try {
        const slot = this.slots.take(tenant, signal, name);
        // What is there is not waited for.
        release = typeof slot === 'function' ? slot : await slot;
        entry = this.circuits.enter(call);
        const answer = await call.attempt(onLate);
        entry.done('success');
        return answer;
      } catch (error) {
        // Whether the API is slow or out of order, the next attempt tells, which has more time.
        const isCutShort = delayMs !== null && error instanceof TimeoutError && !signal.aborted;
        if (!isCutShort) delayMs = this.#takeRetry(call, attempt, error);
        entry?.done(isCutShort ? 'ignored' : outcomeOf(error, signal.aborted, isLate));
        if (delayMs === null) throw error;
      } finally {
        release?.();
      }
      await pause(delayMs, signal);
    }
  }

  /** Takes one retry of the budget: the pause before the call is sent again, or null where it is not. */
  #takeRetry(call: PolicedCall<unknown>, attempt: number, error: unknown): number | null {
    const { reads, signal } = call;
    if (attempt >= MAX_ATTEMPTS || signal.aborted) return null;
    const leftMs = call.leftMs();
    const delayMs = retryDelayMs(error, { reads, attemptMs: this.#attemptMs, leftMs, random: this.#random });
    return delayMs !== null && this.#budget.take() ? delayMs : null;
  }
}

/** How much longer the last attempt may take, in whole milliseconds. */
function lastMs(call: PolicedCall<unknown>): number {
  const leftMs = Math.round(call.leftMs());
  if (leftMs <= 0) return 0;
  // A request that waits for a read ends it, with an error that has the whole time; a write ends by itself.
  return call.reads ? leftMs + GRACE_MS : leftMs;
}

async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(delayMs, undefined, { signal });
  } catch {
    throw signal.reason;
  }
}

/** What the API, or something in front of it, says of a token. */
const TOKEN_STATUSES = new Set([401, 403, 429]);

/**
 * Whether the API is out of order: what it refuses, or says wrongly, it was there to say. A caller who leaves says
 * nothing of it, but where the time of an attempt was over by then.
 */
function outcomeOf(error: unknown, hasLeft: boolean, isLate: boolean): CallOutcome {
  if (hasLeft) return isLate ? 'failure' : 'ignored';
  if (error instanceof NetworkError || error instanceof TimeoutError) return 'failure';
  if (error instanceof StatusError) {
    if (error.status >= 500) return 'failure';
    return TOKEN_STATUSES.has(error.status) ? 'refused' : 'success';
  }
  // A page of an edge says nothing of the API, and may be for this one request, as of a firewall.
  return error instanceof IntermediaryError ? 'ignored' : 'success';
}
