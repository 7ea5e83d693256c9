import { NamedPlaces } from '../places.ts';

/**
 * One piece of work that several callers wait for. Each caller may stop waiting without harm to the others;
 * when the last one has left, the work itself is aborted.
 */
export class SharedFlight<T> {
  readonly #controller = new AbortController();
  readonly #result: Promise<T>;
  #waiting = 0;
  #settled = false;

  constructor(work: (signal: AbortSignal) => Promise<T>) {
    this.#result = work(this.#controller.signal).then(
      (result) => {
        this.#settled = true;
        return result;
      },
      (error: unknown) => {
        this.#settled = true;
        // Where a part of the work fails, the other parts end.
        this.#controller.abort(error);
        throw error;
      },
    );
    // Every caller may have left by then: nobody is told.
    this.#result.catch(() => {});
  }

  /** False once it was given up: a newcomer must start another. */
  get joinable(): boolean {
    return !this.#controller.signal.aborted;
  }

  /** Waits for the work, until the caller's own signal ends the wait with its reason. */
  join(signal: AbortSignal): Promise<T> {
    if (signal.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const leave = () => {
        reject(signal.reason);
        this.#waiting -= 1;
        if (this.#waiting === 0 && !this.#settled) this.#controller.abort(signal.reason);
      };
      // It stays, since the signal is over with its request.
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting += 1;
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
  async join(key: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    const underWay = this.#flights.get(key);
    if (underWay?.joinable) return underWay.join(signal);
    const flight: SharedFlight<T> = new SharedFlight((shared) =>
      work(shared).finally(() => {
        if (this.#flights.get(key) === flight) this.#flights.delete(key);
      }),
    );
    this.#flights.set(key, flight);
    return flight.join(signal);
  }
}
