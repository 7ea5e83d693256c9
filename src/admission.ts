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

  admits(): boolean {
    return this.#lateMs < LATE_MS || this.#waiting() < MANY_WAITING;
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
