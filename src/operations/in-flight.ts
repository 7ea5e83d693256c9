import { type Deadline, Waiters } from '../lib/waiter.ts';

/** A request that waits for an execution. */
export interface Joined {
  /** Its own deadline, which starts when it is first asked for. */
  readonly deadline: Deadline;
}

/** Whether the data that the result will be made of is still as it was when the execution began. */
export interface Untouched {
  isUntouched(): boolean;
}

/**
 * One execution of a query, for all requests that asked the same while nothing of its data had arrived.
 *
 * Each request has a deadline of its own, and leaving takes nothing from the others: the execution has the time of the
 * one that waits longest, and is aborted when the last has left. Deadlines start when the execution first needs one:
 * most results come from cached lists, and wait for nothing.
 */
export class InFlight<Context extends Untouched, Executed> {
  readonly context: Context;
  readonly #joined: Joined[];
  readonly #leave = new Map<Joined, () => void>();
  #waiting: { readonly waiters: Waiters; readonly deadlines: Deadline[] } | undefined;
  #executed: Promise<Executed> | undefined;

  /** @param createContext Makes the context of the execution, whose deadline is that of all who joined. */
  constructor(first: Joined, createContext: (startDeadline: () => Deadline) => Context) {
    this.#joined = [first];
    this.context = createContext(() => this.startDeadline());
  }

  begin(executed: Promise<Executed>): void {
    this.#executed = executed;
  }

  /** Whether a request that came now would see the same data. */
  get isJoinable(): boolean {
    return this.context.isUntouched() && this.#waiting?.waiters.signal.aborted !== true;
  }

  add(request: Joined): void {
    this.#joined.push(request);
    if (this.#waiting === undefined) return;
    const { waiters, deadlines } = this.#waiting;
    deadlines.push(request.deadline);
    waiters.add(request.deadline);
    this.#watch(request, waiters);
  }

  /** The result, or null if the request stops waiting while others still wait. */
  waitFor(request: Joined): Promise<Executed | null> {
    return new Promise((resolve, reject) => {
      this.#leave.set(request, () => resolve(null));
      this.#executed?.then(resolve, reject);
    });
  }

  /** The deadline of the execution: that of the request that waits longest. */
  startDeadline(): Deadline {
    const { waiters, deadlines } = (this.#waiting ??= this.#startWaiting());
    return {
      signal: waiters.signal,
      leftMs: () => waiters.leftMs(),
      end() {
        waiters.clear();
        for (const deadline of deadlines) deadline.end();
      },
    };
  }

  #startWaiting() {
    const deadlines = this.#joined.map(({ deadline }) => deadline);
    const waiters = new Waiters(deadlines);
    for (const request of this.#joined) this.#watch(request, waiters);
    return { waiters, deadlines };
  }

  /** The last to leave gets what the aborted execution still has. */
  #watch(request: Joined, waiters: Waiters): void {
    const { signal } = request.deadline;
    const leave = () => {
      if (!waiters.signal.aborted) this.#leave.get(request)?.();
    };
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  }
}
