import { LRUCache } from 'lru-cache';

import {
  type CallOutcome,
  CircuitBreaker,
  type CircuitCall,
  type CircuitEntry,
  type CircuitState,
} from './circuit-breaker.ts';
import { isFailingForSeveral } from './failing.ts';

/** As many tenants of whom a call has failed have a breaker. */
const MAX_TENANTS = 10_000;

/** Together 5 seconds, after which one call or another probes. */
const ORIGIN_OPEN_MS = { maxOpenMs: 4_000, yieldMs: 1_000 };

/** Whose circuit it is. */
export type CircuitScope = 'origin' | 'tenant';

export interface CircuitsOptions {
  readonly now: () => number;
  readonly random: () => number;
  readonly onChange?: ((state: CircuitState, scope: CircuitScope) => void) | undefined;
}

/**
 * One circuit for the API as a whole, and one for each tenant whose own calls fail. The first opens where calls fail for
 * several tenants, so that it takes as few calls with a thousand tenants as with two. The others keep what concerns a
 * single token with that token.
 */
export class Circuits {
  readonly #options: CircuitsOptions;
  readonly #origin: CircuitBreaker;
  readonly #tenants: LRUCache<string, CircuitBreaker>;
  readonly #openTenants = new Set<CircuitBreaker>();

  constructor(options: CircuitsOptions) {
    this.#options = options;
    const { onChange, ...times } = options;
    this.#origin = new CircuitBreaker({
      ...times,
      ...ORIGIN_OPEN_MS,
      isFailing: isFailingForSeveral,
      onChange: (state) => {
        // Whatever failed for a tenant until now is explained.
        if (state === 'open') this.#tenants.clear();
        onChange?.(state, 'origin');
      },
    });
    this.#tenants = new LRUCache<string, CircuitBreaker>({
      max: MAX_TENANTS,
      dispose: (breaker) => void this.#openTenants.delete(breaker),
    });
  }

  /** Which circuits are not closed. */
  get open(): { readonly origin: boolean; readonly tenants: number } {
    return { origin: this.#origin.state !== 'closed', tenants: this.#openTenants.size };
  }

  /**
   * Does nothing where a call would be let through.
   * @throws CircuitOpenError
   */
  check(call: CircuitCall): void {
    this.#origin.check(call);
    this.#tenants.get(call.tenant)?.check(call);
  }

  /**
   * Lets a call through; its outcome must be reported.
   * @throws CircuitOpenError
   */
  enter(call: CircuitCall): CircuitEntry {
    this.check(call);
    const ofOrigin = this.#origin.enter(call);
    const ofTenant = this.#tenants.get(call.tenant)?.enter(call);
    return {
      done: (outcome) => {
        ofOrigin.done(outcome);
        if (this.#origin.state === 'closed') this.#count(call.tenant, ofTenant, outcome);
      },
    };
  }

  #count(tenant: string, entry: CircuitEntry | undefined, outcome: CallOutcome): void {
    if (entry !== undefined) entry.done(outcome);
    else if (outcome === 'failure') this.#breakerOf(tenant).countEarlier(tenant, outcome);
    else this.#tenants.peek(tenant)?.countEarlier(tenant, outcome);
  }

  /** A tenant has one from its first failure on, and costs nothing before. */
  #breakerOf(tenant: string): CircuitBreaker {
    const known = this.#tenants.get(tenant);
    if (known !== undefined) return known;
    const { onChange, ...times } = this.#options;
    const breaker: CircuitBreaker = new CircuitBreaker({
      ...times,
      onChange: (state) => {
        // One that was evicted still has calls.
        const isKnown = this.#tenants.peek(tenant) === breaker;
        if (state === 'closed' || !isKnown) this.#openTenants.delete(breaker);
        else this.#openTenants.add(breaker);
        if (isKnown) onChange?.(state, 'tenant');
      },
    });
    this.#tenants.set(tenant, breaker);
    return breaker;
  }
}
