import { setTimeout } from 'node:timers/promises';

/** How one subscriber watches something that can only be polled. */
export interface Watched<T> {
  /** Fetches it as it is now; `before` is what the watch fetched last. */
  read(signal: AbortSignal, before: T | undefined): Promise<T>;
  /** Whether it will not change any more. */
  isFinal(value: T): boolean;
  isSame(a: T, b: T): boolean;
  /**
   * Milliseconds after which it is worth asking again after a failure: 0 where that is not told, null where it is
   * not. A time that is told is waited for without counting the failure.
   */
  pauseMs(error: unknown): number | null;
  /** How many times longer than usual to wait between two questions, 1 or more. */
  stretch(): number;
}

export interface Subscription {
  /** Ends it, as leaving does. */
  readonly signal: AbortSignal;
  /** Called before each state that is given. */
  readonly onState: () => void;
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
 * Watches what can only be polled: one watch a key, however many subscribe to it. Each subscriber gets the state as it
 * is known first, and then each change in order, until a final one ends it. Each poll is made for a subscriber who is
 * still there, by way of that subscriber's own request. With the last subscriber the watch ends, and with it its timer
 * and the call that is under way. A subscription begins when its first state is asked for: one that is refused on the
 * way to the client never does.
 */
export class Watches<T> {
  readonly #times: WatchTimes;
  readonly #watches = new Map<string, Watch<T>>();
  #hasEnded = false;

  constructor(times: WatchTimes) {
    this.#times = times;
  }

  /** How many watches there are. */
  get size(): number {
    return this.#watches.size;
  }

  /** Subscribes to a key. */
  subscribe(key: string, watched: Watched<T>, { signal, onState }: Subscription): AsyncIterableIterator<T> {
    let watch: Watch<T> | undefined;
    const subscriber: Subscriber<T> = new Subscriber({
      watched,
      onStart: () => {
        if (this.#hasEnded || signal.aborted) return subscriber.finish(undefined);
        const underWay = this.#watches.get(key);
        watch = underWay ?? this.#create(key);
        watch.add(subscriber);
        if (underWay === undefined) void watch.run();
      },
      onState,
      onLeave: () => watch?.remove(subscriber),
    });
    signal.addEventListener('abort', () => void subscriber.return(), { once: true });
    return subscriber;
  }

  /** Asks anew for all whose keys begin so: what is known of them is of before a write. */
  refresh(prefix: string): void {
    for (const [key, watch] of this.#watches) if (key.startsWith(prefix)) watch.refresh();
  }

  /** Ends all watches, and takes no more; their subscribers see the end. */
  end(): void {
    this.#hasEnded = true;
    for (const watch of this.#watches.values()) watch.end();
  }

  #create(key: string): Watch<T> {
    const watch: Watch<T> = new Watch(this.#times, () => {
      if (this.#watches.get(key) === watch) this.#watches.delete(key);
    });
    this.#watches.set(key, watch);
    return watch;
  }
}

class Watch<T> {
  readonly #times: WatchTimes;
  readonly #onEnd: () => void;
  /** Who came first, and is still there, comes first. */
  readonly #subscribers = new Set<Subscriber<T>>();
  /** Those who have been given nothing yet. */
  readonly #newcomers = new Set<Subscriber<T>>();
  readonly #controller = new AbortController();
  #latest: { readonly value: T; readonly isCurrent: boolean } | undefined;
  /** Grows with each refresh: what was asked for before it does not count. */
  #epoch = 0;
  #wait = new AbortController();

  constructor(times: WatchTimes, onEnd: () => void) {
    this.#times = times;
    this.#onEnd = onEnd;
  }

  add(subscriber: Subscriber<T>): void {
    this.#subscribers.add(subscriber);
    if (this.#latest?.isCurrent) subscriber.push(this.#latest.value);
    else this.#newcomers.add(subscriber);
  }

  remove(subscriber: Subscriber<T>): void {
    this.#newcomers.delete(subscriber);
    if (this.#subscribers.delete(subscriber) && this.#subscribers.size === 0) this.end();
  }

  refresh(): void {
    this.#epoch += 1;
    if (this.#latest !== undefined) this.#latest = { value: this.#latest.value, isCurrent: false };
    this.#wait.abort();
  }

  end(error?: unknown): void {
    this.#onEnd();
    this.#controller.abort();
    for (const subscriber of this.#subscribers) subscriber.finish(error);
    this.#subscribers.clear();
  }

  /** Polls for as long as somebody subscribes. */
  async run(): Promise<void> {
    const { signal } = this.#controller;
    let waitMs = this.#times.firstMs;
    let failures = 0;
    let before: T | undefined;
    for (let watched = this.#watched; watched !== undefined; watched = this.#watched) {
      let pauseMs = 0;
      try {
        const epoch = this.#epoch;
        const value = await watched.read(signal, before);
        before = value;
        if (epoch !== this.#epoch) continue;
        failures = 0;
        const isNews = this.#tell(value, watched);
        if (watched.isFinal(value)) return this.end();
        waitMs = isNews ? this.#times.firstMs : this.#longer(waitMs);
      } catch (error) {
        if (signal.aborted) return undefined;
        const told = watched.pauseMs(error);
        pauseMs = told ?? 0;
        if (pauseMs === 0) failures += 1;
        if (told === null || failures >= MAX_FAILURES) return this.end(error);
        waitMs = this.#longer(waitMs);
      }
      await this.#pause(Math.max(pauseMs, waitMs * watched.stretch()));
    }
    return undefined;
  }

  /** How the first of those who are still there watches; undefined once the watch has ended. */
  get #watched(): Watched<T> | undefined {
    const [first] = this.#subscribers;
    return first?.watched;
  }

  /** Gives a state to whom it is new: to all where it has changed, else to newcomers. */
  #tell(value: T, watched: Watched<T>): boolean {
    const isNews = this.#latest === undefined || !watched.isSame(this.#latest.value, value);
    this.#latest = { value, isCurrent: true };
    for (const subscriber of isNews ? this.#subscribers : this.#newcomers) subscriber.push(value);
    this.#newcomers.clear();
    return isNews;
  }

  #longer(waitMs: number): number {
    return Math.min(this.#times.lastMs, waitMs * GROWTH);
  }

  /** Waits, until the end or a refresh. */
  async #pause(ms: number): Promise<void> {
    this.#wait = new AbortController();
    const signal = AbortSignal.any([this.#controller.signal, this.#wait.signal]);
    await setTimeout(ms, undefined, { signal }).catch(() => {});
  }
}

interface SubscriberOptions<T> {
  readonly watched: Watched<T>;
  readonly onStart: () => void;
  readonly onState: () => void;
  readonly onLeave: () => void;
}

/** One subscriber's states that wait to be taken. Its `return` takes effect at once, also while it waits. */
class Subscriber<T> implements AsyncIterableIterator<T> {
  readonly #options: SubscriberOptions<T>;
  readonly #waiting: T[] = [];
  #hasStarted = false;
  #end: { readonly error: unknown } | undefined;
  #wake = Promise.withResolvers<void>();

  constructor(options: SubscriberOptions<T>) {
    this.#options = options;
  }

  get watched(): Watched<T> {
    return this.#options.watched;
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
    if (!this.#hasStarted) {
      this.#hasStarted = true;
      this.#options.onStart();
    }
    while (this.#waiting.length === 0 && this.#end === undefined) {
      await this.#wake.promise;
      this.#wake = Promise.withResolvers<void>();
    }
    const value = this.#waiting.shift();
    if (value !== undefined) {
      this.#options.onState();
      return { done: false, value };
    }
    if (this.#end?.error !== undefined) throw this.#end.error;
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<T>> {
    this.#hasStarted = true;
    this.#waiting.length = 0;
    this.finish(undefined);
    this.#options.onLeave();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
