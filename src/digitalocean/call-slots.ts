import { NamedPlaces } from '../places.ts';
import { ApiError } from './errors.ts';

export interface CallSlotsOptions {
  /** Calls that run at once. */
  readonly slots?: number;
  /** Of them, those that one tenant alone cannot take, so that another finds some; a quarter where left out. */
  readonly reserved?: number;
  /** Calls that wait at once, of all tenants. */
  readonly queue?: number;
  readonly maxWaitMs?: number;
}

/** The call was not made, since as many as can be run or wait already. */
export class OverloadedError extends ApiError {
  override readonly name = 'OverloadedError';
  /** Milliseconds after which none of the calls that wait now still does. */
  readonly retryAfterMs: number;

  constructor(call: string, retryAfterMs: number) {
    super(call, 'not sent, since too many calls run and wait');
    this.retryAfterMs = retryAfterMs;
  }
}

const MANY_WAITING = 32;

interface Waiter {
  readonly grant: (release: () => void) => void;
  readonly refuse: () => void;
}

interface Tenant {
  readonly name: string;
  running: number;
  /** Oldest first. */
  readonly waiters: Waiter[];
}

/**
 * Bounds the calls that run at once, and lets the others wait in a short queue, in which tenants take turns: one
 * that asks for much delays itself. Some slots are kept for whoever comes next.
 */
export class CallSlots {
  readonly #slots: number;
  readonly #queue: number;
  readonly #maxWaitMs: number;
  /** Rounded up, so that two who wait can fill all slots between them. */
  readonly #share: number;
  /** As many as one tenant may have while nobody else waits. */
  readonly #most: number;
  /** Those of which a call runs or waits, and no others: names come and go without end. */
  readonly #tenants = new NamedPlaces<Tenant>();
  /** Those of which a call waits; whose turn is next comes first. */
  readonly #turns = new Set<Tenant>();
  #running = 0;
  #waiting = 0;

  constructor({
    slots = 64,
    reserved = Math.floor(slots / 4),
    queue = 128,
    maxWaitMs = 500,
  }: CallSlotsOptions = {}) {
    this.#slots = slots;
    this.#queue = queue;
    this.#maxWaitMs = maxWaitMs;
    this.#share = Math.ceil(slots / 2);
    this.#most = slots - reserved;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Whether so many calls wait that most of those to come will be refused, and none of the tenants whose calls wait has
   * more that run or wait than this one. Never where none of its calls waits.
   */
  isCrowdedBy(tenant: string): boolean {
    const known = this.#tenants.get(tenant);
    if (this.#waiting < MANY_WAITING || known === undefined || known.waiters.length === 0) return false;
    for (const other of this.#turns) if (sizeOf(other) > sizeOf(known)) return false;
    return true;
  }

  /** Of how many tenants a call runs or waits. */
  get tenants(): number {
    return this.#tenants.size;
  }

  /**
   * A slot at once where one is free, else a wait for one; what it is or resolves with gives the slot back, and must be
   * called even where the caller has left by then. Rejects with an OverloadedError, or with the signal's reason.
   */
  take(tenant: string, signal: AbortSignal, call = 'the images API'): (() => void) | Promise<() => void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const known = this.#tenants.get(tenant) ?? { name: tenant, running: 0, waiters: [] };
    if (this.#running < this.#slots && known.running < this.#most) {
      this.#tenants.set(tenant, known);
      return this.#occupy(known);
    }
    if (this.#waiting >= this.#queue) {
      const longest = this.#longestQueue(known);
      if (longest === known) return Promise.reject(new OverloadedError(call, this.#maxWaitMs));
      longest.waiters.at(-1)?.refuse();
    }
    this.#tenants.set(tenant, known);
    return this.#wait(known, signal, call);
  }

  #occupy(tenant: Tenant): () => void {
    tenant.running += 1;
    this.#running += 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      tenant.running -= 1;
      this.#running -= 1;
      this.#serveNext();
      this.#forgetIdle(tenant);
    };
  }

  #wait(tenant: Tenant, signal: AbortSignal, call: string): Promise<() => void> {
    const slot = Promise.withResolvers<() => void>();
    const leave = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      this.#remove(tenant, waiter);
    };
    const refuse = () => {
      leave();
      slot.reject(new OverloadedError(call, this.#maxWaitMs));
    };
    const abort = () => {
      leave();
      slot.reject(signal.reason);
    };
    const grant = (release: () => void) => {
      leave();
      slot.resolve(release);
    };
    const waiter: Waiter = { grant, refuse };
    const timer = setTimeout(refuse, this.#maxWaitMs).unref();
    signal.addEventListener('abort', abort, { once: true });
    tenant.waiters.push(waiter);
    this.#turns.add(tenant);
    this.#waiting += 1;
    return slot.promise;
  }

  #remove(tenant: Tenant, waiter: Waiter): void {
    tenant.waiters.splice(tenant.waiters.indexOf(waiter), 1);
    this.#waiting -= 1;
    if (tenant.waiters.length === 0) this.#turns.delete(tenant);
    this.#forgetIdle(tenant);
  }

  #serveNext(): void {
    for (const tenant of this.#turns) {
      if (tenant.running >= (this.#turns.size > 1 ? this.#share : this.#most)) continue;
      // To the end of the turns; it leaves them with its last waiter.
      this.#turns.delete(tenant);
      this.#turns.add(tenant);
      const release = this.#occupy(tenant);
      tenant.waiters[0]?.grant(release);
      return;
    }
  }

  /** The given tenant where no other has more; of others alike, the one whose turn is last. */
  #longestQueue(tenant: Tenant): Tenant {
    let longest = tenant;
    for (const other of this.#turns) {
      const { length } = longest.waiters;
      if (other.waiters.length > length || (longest !== tenant && other.waiters.length === length))
        longest = other;
    }
    return longest;
  }

  #forgetIdle({ name, running, waiters }: Tenant): void {
    if (running === 0 && waiters.length === 0) this.#tenants.delete(name);
  }
}

/** How many calls of a tenant run or wait. */
function sizeOf({ running, waiters }: Tenant): number {
  return running + waiters.length;
}
