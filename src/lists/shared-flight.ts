import { NamedPlaces } from '../places.ts';
import { type Waiter, Waiters } from '../lib/waiter.ts';

/**
 * One piece of work that several callers wait for. A caller who leaves, or whose time is over, takes nothing from the
 * others: the work has the time of whoever waits longest, and is aborted when the last caller has left.
 */
export class SharedFlight<T> {
  readonly #waiters: Waiters;
  readonly #result: Promise<T>;

  /** @param first Waits from the beginning: a caller who then joins, or nobody's request, for work in the background. */
  constructor(first: Waiter, work: (waiter: Waiter) => Promise<T>) {
    this.#waiters = new Waiters([first]);
    this.#result = work(this.#waiters);
    this.#result.then(
      () => this.#waiters.clear(),
      // The parts of the work that have not failed end too. Every caller may have left by then.
      (error: unknown) => this.#waiters.abort(error),
    );
  }

  /** False once it was given up: a newcomer must start another. */
  get joinable(): boolean {
    return !this.#waiters.signal.aborted;
  }

  /** Waits for the work, until the caller's own signal ends the wait with its reason. */
  join(waiter: Waiter): Promise<T> {
    const { signal } = waiter;
    if (signal.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
      this.#waiters.add(waiter);
      this.#result.then(resolve, reject);
    });
  }
}

/** Shared work by key: whoever asks for what is under way joins it. */
export class SharedFlights<T> {
  readonly #flights = new NamedPlaces<SharedFlight<T>>();

  /** Lets nobody join any more what is under way under keys that begin so. */
  forget(prefix: string): void {
    this.#flights.deleteUnder(prefix);
  }

  /** Joins the work of this key, or starts it. */
  async join(key: string, waiter: Waiter, work: (waiter: Waiter) => Promise<T>): Promise<T> {
    waiter.signal.throwIfAborted();
    const underWay = this.#flights.get(key);
    if (underWay?.joinable) return underWay.join(waiter);
    const flight: SharedFlight<T> = new SharedFlight(waiter, (shared) =>
      work(shared).finally(() => {
        if (this.#flights.get(key) === flight) this.#flights.delete(key);
      }),
    );
    this.#flights.set(key, flight);
    return flight.join(waiter);
  }
}
