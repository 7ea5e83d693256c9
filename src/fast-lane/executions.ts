import type { IncomingMessage, ServerResponse } from 'node:http';

import { type Deadline, Waiters } from '../lib/waiter.ts';
import { NamedPlaces } from '../places.ts';
import type { RequestTrace } from '../tracing.ts';
import { type PlainPost, prefixOf } from './plain-post.ts';

/** A request that waits for its response. */
export interface Waiting {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly post: PlainPost;
  readonly requestId: string;
  /** Its own, whoever else waits for the same. */
  readonly trace: RequestTrace;
  /** By `performance.now()`. */
  readonly startedAt: number;
}

export interface ExecutionOptions {
  /** Begins the time of a request whose client goes away with the signal. */
  readonly startDeadline: (gone: AbortSignal) => Deadline;
  /** Called for a request that leaves: its client has gone away, or its time is over. */
  readonly onLeft: (waiting: Waiting) => void;
}

/**
 * An operation that is executed for a request, and for those that ask the same meanwhile. Each of them has a deadline of
 * its own and may leave. The execution has the time of the one that has most of it, and is aborted when all have left.
 */
export class Execution implements Deadline {
  readonly #options: ExecutionOptions;
  readonly #waiting: Set<Waiting>;
  readonly #deadlines = new Map<Waiting, Deadline>();
  /** Undefined while there is nothing to wait for: most executions read what is cached. */
  #waiters: Waiters | undefined;
  #isOver = false;

  constructor(first: Waiting, options: ExecutionOptions) {
    this.#options = options;
    this.#waiting = new Set([first]);
  }

  join(waiting: Waiting): void {
    this.#waiting.add(waiting);
    this.#waiters?.add(this.#begin(waiting));
  }

  /** Whether all of them have left. */
  get isLeft(): boolean {
    return this.#waiters?.signal.aborted ?? false;
  }

  get signal(): AbortSignal {
    return this.#together.signal;
  }

  leftMs(): number {
    return this.#together.leftMs();
  }

  /** The execution is over: the requests that still wait for what came of it. Who leaves now leaves silently. */
  finish(): readonly Waiting[] {
    this.#isOver = true;
    return [...this.#waiting];
  }

  /** One request's part of the time: it leaves, or ends it, for itself alone. */
  deadlineOf(waiting: Waiting): Deadline {
    const waiters = this.#together;
    const deadline = this.#deadlines.get(waiting) ?? this.#begin(waiting);
    return {
      signal: deadline.signal,
      leftMs: () => deadline.leftMs(),
      end() {
        deadline.end();
        waiters.remove(deadline);
      },
    };
  }

  /** Ends the time of all. */
  end(): void {
    for (const deadline of this.#deadlines.values()) deadline.end();
  }

  get #together(): Waiters {
    return (this.#waiters ??= new Waiters(Array.from(this.#waiting, (waiting) => this.#begin(waiting))));
  }

  #begin(waiting: Waiting): Deadline {
    const { response } = waiting;
    const gone = new AbortController();
    const close = () => {
      if (!response.writableFinished) gone.abort();
    };
    if (response.closed) close();
    else response.once('close', close);
    const deadline = this.#options.startDeadline(gone.signal);
    this.#deadlines.set(waiting, deadline);
    const leave = () => {
      if (this.#waiting.delete(waiting) && !this.#isOver) this.#options.onLeft(waiting);
    };
    if (deadline.signal.aborted) leave();
    else deadline.signal.addEventListener('abort', leave, { once: true });
    return deadline;
  }
}

interface UnderWay {
  readonly execution: Execution;
  readonly context: Untouchable;
}

/** Tells whether nothing has arrived yet of what an answer will be made of. */
export interface Untouchable {
  isUntouched(): boolean;
}

/**
 * Requests that are the same and come at the same time are executed once. A request joins an execution only where it
 * sees nothing older than it would by itself: while none of the data has arrived, and before the tenant has written.
 */
export class Executions {
  readonly #underWay = new NamedPlaces<UnderWay>();

  /** The execution of the same query that can be joined. */
  find({ key }: PlainPost): Execution | undefined {
    const found = this.#underWay.get(key);
    return found?.context.isUntouched() && !found.execution.isLeft ? found.execution : undefined;
  }

  add({ key }: PlainPost, execution: Execution, context: Untouchable): void {
    this.#underWay.set(key, { execution, context });
  }

  remove({ key }: PlainPost, execution: Execution): void {
    if (this.#underWay.get(key)?.execution === execution) this.#underWay.delete(key);
  }

  /** Lets nobody join any more what is under way for a tenant. */
  forget(tenant: string): void {
    this.#underWay.deleteUnder(prefixOf(tenant));
  }
}
