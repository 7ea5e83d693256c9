/**
 * What is ready in one turn of the event loop leaves together at its end. A process on the same machine that waits for
 * many answers is woken by the first of them and finds the others there; woken for each, it costs the sender more than
 * all the rest of a short answer.
 */
export class Outbox {
  #ready: (() => void)[] = [];

  add(send: () => void): void {
    if (this.#ready.push(send) === 1) setImmediate(() => this.#sendAll());
  }

  #sendAll(): void {
    const ready = this.#ready;
    this.#ready = [];
    for (const send of ready) {
      try {
        send();
      } catch (error) {
        // Nobody foresaw it; the others leave first.
        setImmediate(() => {
          throw error;
        });
      }
    }
  }
}
