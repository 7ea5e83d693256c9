import type { IncomingMessage, ServerResponse } from 'node:http';

import { NamedPlaces } from '../places.ts';
import { type PlainPost, prefixOf } from './plain-post.ts';

/** A request that waits for its answer. */
export interface Waiting {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly post: PlainPost;
  /** By `performance.now()`. */
  readonly startedAt: number;
}

/** A query that is being executed for a request, and for those that ask the same meanwhile. */
export class Execution {
  readonly #waiting: [first: Waiting, ...others: Waiting[]];
  #gone: AbortController | undefined;

  constructor(first: Waiting) {
    this.#waiting = [first];
  }

  /** Who waits for it, the one first for whom it has begun. */
  get waiting(): readonly [first: Waiting, ...others: Waiting[]] {
    return this.#waiting;
  }

  join(waiting: Waiting): void {
    this.#waiting.push(waiting);
    if (this.#gone !== undefined) this.#watch(waiting);
  }

  /** Whether all of them have gone away. */
  get isLeft(): boolean {
    return this.#gone?.signal.aborted ?? false;
  }

  /** Ends where the last of them has gone away; asked for where there is something to wait for. */
  get signal(): AbortSignal {
    if (this.#gone === undefined) {
      this.#gone = new AbortController();
      for (const waiting of this.#waiting) this.#watch(waiting);
    }
    return this.#gone.signal;
  }

  #watch({ response }: Waiting): void {
    if (response.closed) this.#look();
    else response.once('close', () => this.#look());
  }

  #look(): void {
    if (this.#waiting.every(({ response }) => response.closed && !response.writableFinished))
      this.#gone?.abort();
  }
}

interface UnderWay {
  readonly execution: Execution;
  /** By `performance.now()`. */
  readonly begunAt: number;
  readonly context: Untouchable;
}

/** Tells whether nothing has arrived yet of what an answer will be made of. */
export interface Untouchable {
  isUntouched(): boolean;
}

/**
 * Requests that are the same and come at the same time are executed once. Whoever comes joins an execution only where
 * what it sees is not a moment older than what it would see by itself: while none of the data has arrived, and before
 * the tenant has written. And only within a moment of its beginning, since its time is that of the request it began with.
 */
export class Executions {
  readonly #underWay = new NamedPlaces<UnderWay>();
  readonly #joinMs: number;

  /** @param joinMs How long after its beginning an execution can be joined. */
  constructor(joinMs: number) {
    this.#joinMs = joinMs;
  }

  /** The execution of the same query that can be joined. */
  find({ key }: PlainPost): Execution | undefined {
    const found = this.#underWay.get(key);
    if (found === undefined) return undefined;
    const isEarly = performance.now() - found.begunAt <= this.#joinMs;
    return isEarly && found.context.isUntouched() && !found.execution.isLeft ? found.execution : undefined;
  }

  add({ key }: PlainPost, execution: Execution, context: Untouchable): void {
    this.#underWay.set(key, { execution, begunAt: performance.now(), context });
  }

  remove({ key }: PlainPost, execution: Execution): void {
    if (this.#underWay.get(key)?.execution === execution) this.#underWay.delete(key);
  }

  /** Lets nobody join any more what is under way for a tenant. */
  forget(tenant: string): void {
    this.#underWay.deleteUnder(prefixOf(tenant));
  }
}
