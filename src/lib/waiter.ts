/** Somebody who waits for work. */
export interface Waiter {
  /** Aborted, with the reason, when they stop waiting. */
  readonly signal: AbortSignal;
  /** Milliseconds until they stop waiting. */
  leftMs(): number;
}

/** Waits until the signal is aborted, and says that it has `timeoutMs` milliseconds from now on. */
export function waitUntil(signal: AbortSignal, timeoutMs: number): Waiter {
  const endsAtMs = performance.now() + timeoutMs;
  return { signal, leftMs: () => endsAtMs - performance.now() };
}

/** Several who wait for the same work. Together they wait until the last of them stops. */
export class Waiters implements Waiter {
  readonly #controller = new AbortController();
  readonly #waiting = new Set<Waiter>();

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  leftMs(): number {
    return Math.max(...Array.from(this.#waiting, (waiter) => waiter.leftMs()));
  }

  add(waiter: Waiter): void {
    if (this.#waiting.has(waiter)) return;
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
