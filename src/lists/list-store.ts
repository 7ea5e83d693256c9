import type { Image, Page } from '../digitalocean/payloads.ts';
import { NamedPlaces } from '../places.ts';
import { type Waiter, waitUntil } from '../lib/waiter.ts';
import { BackgroundCalls } from './background-calls.ts';
import { type Age, ageOf, NEVER_READ } from './freshness.ts';
import { HeldLists, type HeldListsOptions, type ListRead } from './held-lists.ts';
import type { ImageList } from './image-list.ts';
import { type ListKey, type NamedKey, nameKey } from './list-key.ts';
import { loadHead, loadWhole } from './load-list.ts';
import { CONCURRENCY, MAX_PER_PAGE } from './paging.ts';
import { SharedFlight, SharedFlights } from './shared-flight.ts';

/**
 * The lists that are held, and the rules by which they are read.
 *
 * **How far.** Upstream requests are what is scarce, and a front end's first question is nearly always for the
 * head of a list. So a list is read as far as it is needed, in three steps, each of them one reading that yields
 * the head of the list or all of it:
 *
 * 1. nothing held and a window at the head: just that window, as one page (`first: 20` is 20 rows);
 * 2. a need within the first 200 rows: the first page of 200;
 * 3. a need beyond them, or for the end of the list: all pages at once, 200 rows each.
 *
 * A list of up to 200 images is therefore whole after one call, 300 after two, 1,000 after five; and a walk by
 * 20 over 300 images costs four calls, if it ends within the time to live. A page that was read earlier never
 * becomes a part of a whole list: what changed between the two readings would not show.
 *
 * **How long.** A list is fresh for the configured time, and for 7.2 seconds a page if that is longer: reading it
 * again and again then costs at most a tenth of the 5,000 requests that a token has in an hour. For a token whose
 * budget runs low it is fresh for longer, and said to be stale. For as long again it still answers, while it is being
 * read anew, by so few calls at a time that whoever waits for one finds a slot. After that its readers wait. Only while
 * the API is out of order a list goes on answering, for a minute at least, and says that it is stale; the API is then
 * asked every few seconds.
 *
 * **For whom.** Lists are kept apart by tenant and filter, and no answer is shared between tenants, not even what is
 * public: what a token may see is for the API to say. Only equal public images share their memory. When the API
 * refuses a tenant's token, or the tenant writes, all its lists go at once, and readings that began before fill
 * nothing any more.
 */
export class ListStore {
  readonly #options: ListStoreOptions;
  readonly #held: HeldLists;
  readonly #flights = new NamedPlaces<readonly Flight[]>();
  readonly #background = new BackgroundCalls();
  readonly #pages = new SharedFlights<Page<Image>>();

  constructor(options: ListStoreOptions) {
    this.#options = options;
    this.#held = new HeldLists(options);
  }

  /** The list as it is held and fresh, whatever part of it that is. Never a call. */
  held(key: ListKey): HeldList | undefined {
    const list = this.#held.find(nameKey(key))?.list;
    if (list === undefined) return undefined;
    const { ageMs, freshMs, staleMs } = this.#age(list, key.tenant);
    return ageMs < freshMs ? { list, staleMs } : undefined;
  }

  /**
   * A list that covers the need: from the store, from a reading under way, or from a new one. The waiter's signal is
   * asked for only when there is something to wait for. The reading is not bound to it, since others may share it. Where the list is longer than the
   * limit, the result is its head, and covers what it can.
   */
  async read(unnamed: ListKey, need: ListNeed, source: ListSource, waiter: Waiter): Promise<ListReading> {
    const key = nameKey(unnamed);
    const entry = this.#held.find(key);
    const age = entry === undefined ? NEVER_READ : this.#age(entry.list, key.tenant);
    const usable = entry !== undefined && this.#covers(entry.list, need) ? entry : undefined;
    const isPaused = usable !== undefined && this.#options.now() < usable.pausedUntilMs;
    if (usable !== undefined && age.ageMs < (isPaused ? age.outageMs : 2 * age.freshMs)) {
      if (age.ageMs >= age.freshMs && !isPaused) this.#revalidate(key, usable.list, source);
      this.#held.weigh(key, usable);
      return { list: usable.list, origin: 'held', staleMs: age.staleMs };
    }

    waiter.signal.throwIfAborted();
    const underWay = this.#joinable(key);
    const shared = underWay.find((flight) => reachesAsFar(flight, need));
    const rows = planRows(need, age.ageMs < age.freshMs || underWay.length > 0);
    try {
      const expectedTotal = entry?.list.total;
      const { readsOn = false } = need;
      const { flight } = shared ?? this.#start(key, { rows, readsOn, source, expectedTotal, waiter });
      const list = await flight.join(waiter);
      return { list, origin: shared === undefined ? 'read' : 'shared', staleMs: 0 };
    } catch (error) {
      const isHeld = usable !== undefined && this.#held.peek(key)?.list === usable.list;
      if (isHeld && age.ageMs < age.outageMs && this.#options.isOutage(error)) {
        return { list: usable.list, origin: 'held', staleMs: age.staleMs };
      }
      throw error;
    }
  }

  /** An image was seen as it is now, or to be gone: what has it otherwise goes. */
  noteImage(tenant: string, id: number, seen: Image | null): void {
    this.#held.outdate(tenant, id, seen);
  }

  /** Lets go of what was read before a moment, in milliseconds since the epoch. */
  dropOlder(tenant: string, untilMs: number): void {
    this.#held.dropOlder(tenant, untilMs);
  }

  /** A number that is another one whenever another list of the tenant is held. */
  stateOf(tenant: string): number {
    return this.#held.stateOf(tenant);
  }

  /** Whether no list is held. */
  get isLive(): boolean {
    return this.#options.ttlMs === 0;
  }

  /** One page, which is not kept; requests that ask for it together share one reading. */
  readPage(
    key: ListKey,
    waiter: Waiter,
    work: (waiter: Waiter) => Promise<Page<Image>>,
  ): Promise<Page<Image>> {
    return this.#pages.join(nameKey(key).name, waiter, work);
  }

  /** The longest list that is read whole. */
  get maxImages(): number {
    return this.#options.maxImages;
  }

  /** Lets all lists of a tenant go; what is being read for it now will be kept nowhere. */
  drop(tenant: string): void {
    this.#pages.forget(nameKey({ tenant, filter: '' }).name);
    this.#held.drop(tenant);
    for (const name of this.#flights.names()) {
      const flights = this.#flights.get(name) ?? [];
      if (!flights.some((flight) => flight.tenant === tenant)) continue;
      for (const flight of flights) flight.isCurrent = false;
      this.#flights.delete(name);
    }
  }

  /** What the held lists weigh together, in bytes, and how many they are. */
  get size(): { readonly bytes: number; readonly lists: number } {
    return this.#held.size;
  }

  #age(list: ImageList, tenant: string): Age {
    const { ttlMs, stretchOf, now } = this.#options;
    return ageOf(list, now(), ttlMs, stretchOf(tenant));
  }

  /** Where a list is known to be beyond the limit, asking for the whole of it would bring no more than its head. */
  #covers(list: ImageList, need: ListNeed): boolean {
    const isAllThereIs = list.isBeyondLimit && need.rows > MAX_PER_PAGE && !need.readsOn;
    return list.complete || need.rows <= list.items.length || isAllThereIs;
  }

  #joinable({ name }: NamedKey): Flight[] {
    return (this.#flights.get(name) ?? []).filter(({ flight }) => flight.joinable);
  }

  /** Reads a list anew, as far as it was read before, with nobody waiting. */
  #revalidate(key: NamedKey, list: ImageList, source: ListSource): void {
    const rows = list.complete ? Infinity : Math.min(list.items.length, MAX_PER_PAGE);
    const readsOn = list.complete && !list.coherent;
    if (this.#joinable(key).some((flight) => reachesAsFar(flight, { rows, readsOn }))) return;
    const pages = list.complete ? Math.ceil(list.total / MAX_PER_PAGE) : 1;
    const calls = Math.min(CONCURRENCY, Math.max(1, pages));
    if (!this.#background.take(key.tenant, calls)) return;
    // It stops waiting for nothing: a reader who joins and leaves does not end it.
    const waiter = waitUntil(new AbortController().signal, this.#options.requestTimeoutMs);
    const expectedTotal = list.total;
    this.#start(key, { rows, readsOn, source, expectedTotal, waiter, backgroundCalls: calls });
  }

  /** `backgroundCalls` were taken for it, where nobody waits. */
  #start(
    key: NamedKey,
    reading: {
      readonly rows: number;
      readonly readsOn: boolean;
      readonly source: ListSource;
      /** How long the list was when it was last seen. */
      readonly expectedTotal: number | undefined;
      readonly waiter: Waiter;
      readonly backgroundCalls?: number;
    },
  ): Flight {
    const { rows, readsOn, source, expectedTotal, waiter, backgroundCalls = 0 } = reading;
    const { maxImages, now, isRefusal, isOutage } = this.#options;
    const options = { readAtMs: now(), maxImages };
    const flight = new SharedFlight(waiter, async (shared) => {
      let pages = 0;
      let only: Page<Image> | undefined;
      let isPassing = false;
      const fetchPage = async (number: number, perPage: number) => {
        const page = await source(number, perPage, shared);
        pages += 1;
        only = pages === 1 ? page : undefined;
        isPassing ||= page.isPassing === true;
        const { items, received, total, hasNext } = page;
        return { items: this.#held.share(items), received, total, hasNext };
      };
      try {
        const list = Number.isFinite(rows)
          ? await loadHead(fetchPage, rows, options)
          : await loadWhole(fetchPage, { ...options, expectedTotal, readsOn });
        if (started.isCurrent && isPassing) this.#pass(key, list);
        else if (started.isCurrent) this.#keep(key, list, { rows, page: only });
        return list;
      } catch (error) {
        if (isRefusal(error)) this.drop(key.tenant);
        if (isOutage(error)) this.#pause(key);
        throw error;
      } finally {
        this.#land(key, started);
      }
    });
    const { tenant } = key;
    const started: Flight = { tenant, rows, readsOn, flight, isCurrent: true, backgroundCalls };
    this.#flights.set(key.name, [...(this.#flights.get(key.name) ?? []), started]);
    return started;
  }

  /** What is about to change is not kept, and ends what was held of it. */
  #pass(key: NamedKey, list: ImageList): void {
    this.#held.delete(key.name);
    for (const image of list.items) this.#held.outdateNames(key.tenant, image, list.readAtMs);
  }

  /** While the API is out of order, a list that is held serves for some seconds before the API is asked again. */
  #pause(key: NamedKey): void {
    const entry = this.#held.peek(key);
    if (entry !== undefined) entry.pausedUntilMs = this.#options.now() + PAUSE_MS;
  }

  #land({ name }: NamedKey, landed: Flight): void {
    if (landed.backgroundCalls > 0) this.#background.giveBack(landed.tenant, landed.backgroundCalls);
    const others = (this.#flights.get(name) ?? []).filter((flight) => flight !== landed);
    if (others.length === 0) this.#flights.delete(name);
    else this.#flights.set(name, others);
  }

  #keep(key: NamedKey, list: ImageList, read: ListRead): void {
    if (this.isLive) return;
    const earlier = this.#held.find(key)?.list;
    if (earlier !== undefined) {
      const { ageMs, freshMs } = this.#age(earlier, key.tenant);
      if (ageMs < freshMs && !supersedes(list, earlier)) return;
      list.follow(earlier);
    }
    this.#held.keep(key, list, read);
  }
}

export interface ListStoreOptions extends HeldListsOptions {
  /** How long a list answers at least, in milliseconds; 0 keeps none. */
  readonly ttlMs: number;
  /** For a reading in the background, in milliseconds. */
  readonly requestTimeoutMs: number;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** How many times longer this tenant's lists answer, 1 or more. */
  readonly stretchOf: (tenant: string) => number;
  /** Whether a reading failed because the API is out of order, or busy. */
  readonly isOutage: (error: unknown) => boolean;
  /** Whether a reading failed because the API refuses the token. */
  readonly isRefusal: (error: unknown) => boolean;
}

/** How much of a list a reader needs. */
export interface ListNeed {
  /** Rows from the head, 1 or more; Infinity for the whole list. */
  readonly rows: number;
  /** Whether these rows are a window at the head, and not the way to one. */
  readonly atHead: boolean;
  /** Whether to read up to the limit although a total says that the list is longer. */
  readonly readsOn?: boolean;
}

export const WHOLE_LIST: ListNeed = { rows: Infinity, atHead: false };
export const TO_THE_END: ListNeed = { ...WHOLE_LIST, readsOn: true };

/** A list that is at hand. */
export interface HeldList {
  readonly list: ImageList;
  /** For how long the list has been older than lists are with a full budget; 0 while it is not. */
  readonly staleMs: number;
}

/** A list, and what it took to get it. */
export interface ListReading extends HeldList {
  /** Held before, from a reading that others began, or from one that began for this reader. */
  readonly origin: 'held' | 'shared' | 'read';
}

/** Reads one page of the list from the API, for those who wait for it. */
export type ListSource = (page: number, perPage: number, waiter: Waiter) => Promise<Page<Image>>;

interface Flight {
  readonly tenant: string;
  readonly rows: number;
  readonly readsOn: boolean;
  readonly flight: SharedFlight<ImageList>;
  /** False once the tenant's lists were dropped: what it reads is of before. */
  isCurrent: boolean;
  /** How many calls it has at once that were begun with nobody waiting. */
  readonly backgroundCalls: number;
}

/** While the API is out of order, a list that is held is asked for no sooner than this. */
const PAUSE_MS = 5_000;

/** Readings may end in another order than they began in: a whole list stays, the later one or the longer part. */
function supersedes(list: ImageList, held: ImageList): boolean {
  if (list.complete !== held.complete) return list.complete;
  return list.complete ? list.readAtMs >= held.readAtMs : list.items.length >= held.items.length;
}

/** Whether a reading brings what is needed. */
function reachesAsFar(
  flight: Pick<Flight, 'rows' | 'readsOn'>,
  { rows, readsOn = false }: Pick<ListNeed, 'rows' | 'readsOn'>,
): boolean {
  return flight.rows >= rows && (flight.readsOn || !readsOn);
}

/** The rows of the reading that serves a need: see the three steps above. */
function planRows(need: ListNeed, touched: boolean): number {
  if (need.rows > MAX_PER_PAGE) return Infinity;
  return need.atHead && !touched ? need.rows : MAX_PER_PAGE;
}
