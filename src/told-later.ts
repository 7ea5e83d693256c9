/** Of so many at a time each costs a fifth of what it costs among all else. */
const SIZE = 256;

/**
 * What is handed on some together: two names and a number each. Whoever wants to know of all has them handed on first.
 * Nothing is allocated for one.
 */
export class ToldLater {
  readonly #handOn: (first: string, second: string, value: number) => void;
  readonly #firsts = Array.from({ length: SIZE }, () => '');
  readonly #seconds = Array.from({ length: SIZE }, () => '');
  readonly #values = new Float64Array(SIZE);
  #count = 0;

  constructor(handOn: (first: string, second: string, value: number) => void) {
    this.#handOn = handOn;
  }

  tell(first: string, second: string, value: number): void {
    if (this.#count === SIZE) this.handOn();
    this.#firsts[this.#count] = first;
    this.#seconds[this.#count] = second;
    this.#values[this.#count] = value;
    this.#count += 1;
  }

  handOn(): void {
    const count = this.#count;
    this.#count = 0;
    for (let place = 0; place < count; place += 1)
      this.#handOn(this.#firsts[place] ?? '', this.#seconds[place] ?? '', this.#values[place] ?? 0);
  }
}
