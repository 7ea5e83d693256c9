import type { Image, Page } from '../../src/digitalocean/payloads.ts';
import type { ListSource } from '../../src/lists/list-store.ts';
import { imagesOf } from './paged-api.ts';

/** How an API pages a list that does not change. */
export interface Habit {
  /** Rows of the list, those included that no page shows. */
  readonly rows: number;
  /** Longer pages than this are not given, and page numbers then count in pages of this size. */
  readonly cap: number;
  /** No shorter pages than this are given, with the same consequence. */
  readonly least: number;
  /** Every so many rows, one is left out of its page after the page was cut; 0 leaves out none. */
  readonly hidesEach: number;
  /** What the total says: the truth, the rows that no page shows included, nothing, or something wrong. */
  readonly total: 'rows' | 'shown' | 'none' | 'low' | 'high' | 'huge' | 'changing';
  readonly links: 'right' | 'none' | 'always';
  /** What there is behind the last page. */
  readonly behind: 'nothing' | 'the last page' | 'the first page';
  /** A page that is the one before it once more; 0 for none. */
  readonly repeats: number;
}

/** As the images API does it. */
export const SOUND: Habit = {
  rows: 450,
  cap: 200,
  least: 1,
  hidesEach: 0,
  total: 'rows',
  links: 'right',
  behind: 'nothing',
  repeats: 0,
};

const WRONG_TOTALS = { none: null, low: 3, high: 1_900, huge: 1_000_000 };

/** The API in memory, with odd habits; counts its calls. */
export class OddApi {
  readonly habit: Habit;
  calls = 0;
  /** Those that pages show. */
  readonly shown: readonly Image[];
  readonly #rows: readonly Image[];

  constructor(habit: Habit) {
    this.habit = habit;
    this.#rows = imagesOf(habit.rows);
    this.shown = this.#rows.filter((image) => this.#isShown(image));
  }

  /** What its pages say, or what is true. */
  isPlausible(total: number): boolean {
    const { rows } = this.habit;
    const isWrong = Object.values(WRONG_TOTALS).includes(total) || this.habit.total === 'changing';
    return total === this.shown.length || total === rows || isWrong;
  }

  readonly source: ListSource = async (number, perPage) => {
    this.calls += 1;
    return this.#page(number, perPage);
  };

  #page(number: number, perPage: number): Page<Image> {
    const { rows, cap, least, links, behind, repeats } = this.habit;
    const size = Math.max(least, Math.min(cap, perPage));
    const last = Math.max(1, Math.ceil(rows / size));
    const behindLast = { nothing: number, 'the last page': last, 'the first page': 1 }[behind];
    const asked = number > last ? behindLast : number;
    const given = asked === repeats && asked > 1 ? asked - 1 : asked;
    const items = this.#rows.slice((given - 1) * size, given * size).filter((image) => this.#isShown(image));
    const hasLinks = links === 'always' || (links === 'right' && (number > 1 || last > 1));
    const hasNext = hasLinks ? links === 'always' || number < last : undefined;
    return { items, received: items.length, total: this.#total(number), hasNext };
  }

  #isShown({ id }: Image): boolean {
    const { hidesEach } = this.habit;
    return hidesEach === 0 || id % hidesEach !== 0;
  }

  #total(number: number): number | null {
    const { rows, total } = this.habit;
    if (total === 'rows') return rows;
    if (total === 'shown') return this.shown.length;
    return total === 'changing' ? (number * 7_919) % 1_000 : WRONG_TOTALS[total];
  }
}
