import { setTimeout } from 'node:timers/promises';

/** How to watch something that can only be asked for. */
export interface Watched<T> {
  /** Asks for it as it is now. */
  read(signal: AbortSignal): Promise<T>;
  /** Whether it will not change any more. */
  isFinal(value: T): boolean;
  isSame(a: T, b: T): boolean;
  /** Whether a failure may pass, so that it is worth asking again. */
  isPassing(error: unknown): boolean;
  /** How many times longer than usual to wait between two questions, 1 or more. */
  stretch(): number;
}

/** Waiting grows from the first to the last, by half each time that nothing has changed. */
export interface WatchTimes {
  readonly firstMs: number;
  readonly lastMs: number;
}

const GROWTH = 1.5;
/** As many failures in a row that may pass end a watch all the same. */
const MAX_FAILURES = 5;
/** As many states wait for a subscriber who is slow; of more, the oldest are let go. */
const MAX_WAITING = 16;

/**
 * Watches what the API can only be asked for: one watch a key, however many subscribe to it. Each subscriber gets the
 * state as it is known first, and then each change in order, until a final one ends it. With the last subscriber the
 * watch ends, and with it its timer and the call that is under way.
 */
export class Watches<T> {
  readonly #times: WatchTimes;
  readonly #watches = new Map<string, Watch<T>>();

  constructor(times: WatchTimes) {
    this.#times = times;
  }

  /** How many watches there are. */
  get size(): number {
    return this.#watches.size;
  }

  /** Subscribes to a key; `watched` is used where nobody watches it yet. */
  subscribe(key: string, watched: Watched<T>): AsyncIterableIterator<T> {
    const known = this.#watches.get(key);
    if (known !== undefined) return known.subscribe();
    const watch: Watch<T> = new Watch(watched, this.#times, () => {
      if (this.#watches.get(key) === watch) this.#watches.delete(key);
    });
    this.#watches.set(key, watch);
    return watch.subscribe();
  }

  /** Ends all watches; their subscribers see the end. */
  end(): void {
    for (const watch of this.#watches.values()) watch.end();
  }
}

class Watch<T> {
  readonly #watched: Watched<T>;
  readonly #times: WatchTimes;
  readonly #onEnd: () => void;
  readonly #subscribers = new Set<Subscriber<T>>();
  readonly #controller = new AbortController();
  #latest: { readonly value: T } | undefined;

  constructor(watched: Watched<T>, times: WatchTimes, onEnd: () => void) {
    this.#watched = watched;
    this.#times = times;
    this.#onEnd = onEnd;
    void this.#run();
  }

  subscribe(): Subscriber<T> {
    const subscriber: Subscriber<T> = new Subscriber(() => {
      this.#subscribers.delete(subscriber);
      if (this.#subscribers.size === 0) this.end();
    });
    this.#subscribers.add(subscriber);
    if (this.#latest !== undefined) subscriber.push(this.#latest.value);
    return subscriber;
  }

  end(error?: unknown): void {
    this.#onEnd();
    this.#controller.abort();
    for (const subscriber of this.#subscribers) subscriber.finish(error);
    this.#subscribers.clear();
  }

  async #run(): Promise<void> {
    const { signal } = this.#controller;
    let waitMs = this.#times.firstMs;
    let failures = 0;
    while (!signal.aborted) {
      try {
        const value = await this.#watched.read(signal);
        failures = 0;
        const isNews = this.#latest === undefined || !this.#watched.isSame(this.#latest.value, value);
        waitMs = isNews ? this.#times.firstMs : Math.min(this.#times.lastMs, waitMs * GROWTH);
        if (isNews) {
          this.#latest = { value };
          for (const subscriber of this.#subscribers) subscriber.push(value);
        }
        if (this.#watched.isFinal(value)) return this.end();
      } catch (error) {
        if (signal.aborted) return undefined;
        failures += 1;
        if (failures >= MAX_FAILURES || !this.#watched.isPassing(error)) return this.end(error);
        waitMs = Math.min(this.#times.lastMs, waitMs * GROWTH);
      }
      await setTimeout(waitMs * this.#watched.stretch(), undefined, { signal }).catch(() => {});
    }
    return undefined;
  }
}

/** One subscriber's states that wait to be taken. Its `return` takes effect at once, also while it waits. */
class Subscriber<T> implements AsyncIterableIterator<T> {
  readonly #onLeave: () => void;
  readonly #waiting: T[] = [];
  #end: { readonly error: unknown } | undefined;
  #wake = Promise.withResolvers<void>();

  constructor(onLeave: () => void) {
    this.#onLeave = onLeave;
  }

  push(value: T): void {
    this.#waiting.push(value);
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
    this.#wake.resolve();
  }

  finish(error: unknown): void {
    this.#end ??= { error };
    this.#wake.resolve();
  }

  async next(): Promise<IteratorResult<T>> {
    while (this.#waiting.length === 0 && this.#end === undefined) {
      await this.#wake.promise;
      this.#wake = Promise.withResolvers<void>();
    }
    const value = this.#waiting.shift();
    if (value !== undefined) return { done: false, value };
    if (this.#end?.error !== undefined) throw this.#end.error;
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<T>> {
    this.#waiting.length = 0;
    this.finish(undefined);
    this.#onLeave();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
