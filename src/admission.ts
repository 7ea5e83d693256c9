/** So many requests may be under way at the most. */
const MAX_UNDER_WAY = 2_048;
/** With so many calls waiting for the API, most that come next would be refused after all. */
const MANY_WAITING = 32;
const SAMPLE_MS = 20;
/** A process that is this late for its own timer has more to do than it can. */
const LATE_MS = 10;

/**
 * Tells at the door whether one more request can be answered in time. Where calls wait for the API and the process
 * itself is behind, reading a request only to refuse it would slow down those that are being answered.
 */
export class Admission {
  #underWay = 0;
  #lateMs = 0;
  readonly #waiting: () => number;
  readonly #timer: NodeJS.Timeout;

  /** `waiting` tells how many calls wait for the API. */
  constructor(waiting: () => number) {
    this.#waiting = waiting;
    let dueAt = performance.now() + SAMPLE_MS;
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#lateMs = now - dueAt;
      dueAt = now + SAMPLE_MS;
    }, SAMPLE_MS).unref();
  }

  /** Counts one more request until what is returned is called; null where it should be refused. */
  admit(): (() => void) | null {
    const isBehind = this.#lateMs >= LATE_MS && this.#waiting() >= MANY_WAITING;
    if (isBehind || this.#underWay >= MAX_UNDER_WAY) return null;
    this.#underWay += 1;
    return () => {
      this.#underWay -= 1;
    };
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
