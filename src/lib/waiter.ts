/** Somebody who waits for work. */
export interface Waiter {
  /** Aborted, with the reason, when they stop waiting. */
  readonly signal: AbortSignal;
  /** Milliseconds until they stop waiting. */
  leftMs(): number;
}

/** A waiter whose time is limited. */
export interface Deadline extends Waiter {
  /** Nobody waits any more: the time does not run on. */
  end(): void;
}

/** Waits until the signal is aborted, and says that it has `timeoutMs` milliseconds from now on. */
export function waitUntil(signal: AbortSignal, timeoutMs: number): Waiter {
  const endsAtMs = performance.now() + timeoutMs;
  return { signal, leftMs: () => endsAtMs - performance.now() };
}

/**
 * The result of the work, or the signal's reason where that comes first. Work that is done already is never lost to it: a
 * turn of the event loop is left for its result to arrive.
 */
export function waitFor<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    work.then(resolve, reject);
    const stop = () => void setImmediate(() => reject(signal.reason));
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

/** Several who wait for the same work. Together they wait until the last of them stops. */
export class Waiters implements Waiter {
  readonly #controller = new AbortController();
  readonly #waiting = new Set<Waiter>();

  constructor(waiters: readonly Waiter[]) {
    for (const waiter of waiters) this.add(waiter);
    // All of them had stopped before.
    if (this.#waiting.size === 0) this.abort(waiters[0]?.signal.reason);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  leftMs(): number {
    return Math.max(...Array.from(this.#waiting, (waiter) => waiter.leftMs()));
  }

  add(waiter: Waiter): void {
    if (waiter.signal.aborted || this.#waiting.has(waiter)) return;
    this.#waiting.add(waiter);
    // The listener stays, since the signal is garbage with its request.
    waiter.signal.addEventListener('abort', () => this.remove(waiter), { once: true });
  }

  /** Aborts the work, with the reason of the last who stops waiting for it. */
  remove(waiter: Waiter): void {
    if (this.#waiting.delete(waiter) && this.#waiting.size === 0) this.abort(waiter.signal.reason);
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** The work is done: from now on nobody waits, and nobody who leaves aborts anything. */
  clear(): void {
    this.#waiting.clear();
  }
}
