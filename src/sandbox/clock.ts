/** The sandbox's time, and the work that waits for it. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  advance(ms: number): void;
  /** Remembers work for `ms` from now; it gets the moment it was due, which may lie in the past by then. */
  after(ms: number, run: (at: number) => void): void;
  /** Does all work that is due, oldest first. */
  settle(): void;
}

/**
 * A clock over `source` (epoch milliseconds) that can be pushed forward.
 *
 * Due work runs when the next request looks, not on timers: under a clock of the test's own nothing happens
 * between two requests that the test did not cause.
 */
export function createClock(source: () => number): Clock {
  let offset = 0;
  const waiting: { readonly at: number; readonly run: (at: number) => void }[] = [];
  const now = () => source() + offset;

  return {
    now,
    advance(ms) {
      offset += ms;
    },
    after(ms, run) {
      waiting.push({ at: now() + ms, run });
      waiting.sort((a, b) => a.at - b.at);
    },
    settle() {
      for (let next = waiting[0]; next !== undefined && next.at <= now(); next = waiting[0]) {
        waiting.shift();
        next.run(next.at);
      }
    },
  };
}
