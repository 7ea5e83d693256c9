import { setImmediate } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';

import type { ApiClient, AttemptTrace, Caller } from './digitalocean/client.ts';
import {
  convertImage,
  getImageAction,
  listImageActions,
  transferImage,
} from './digitalocean/image-actions.ts';
import { acceptImage, endTransfer, offerImage, type Recipient } from './digitalocean/account-transfers.ts';
import { isOutcomeUnknown, RateLimitError, StatusError } from './digitalocean/errors.ts';
import {
  createImage,
  deleteImage,
  getImage,
  type ImageChanges,
  type ImageImport,
  listImages,
  updateImage,
} from './digitalocean/images.ts';
import type { Image, ImageAction, Page } from './digitalocean/payloads.ts';
import type { RateLimit } from './digitalocean/rate-limit.ts';
import { isOutage, isRefusal, MissingTokenError, RequestTimeoutError } from './errors.ts';
import { type CategoryLoader, createCategoryLoader } from './lists/category-loader.ts';
import { createImageLoader, type ImageLoader } from './lists/image-loader.ts';
import type { ImageList } from './lists/image-list.ts';
import { ListReader } from './lists/list-reader.ts';
import type { ListReading, ListStore, Waiter } from './lists/list-store.ts';
import type { MissingImages } from './lists/missing-images.ts';
import { QueryCost } from './query-cost.ts';
import type { RateBudgets } from './rate-budgets.ts';
import type { Watches } from './watches.ts';
import { WriteRefusedError } from './write-refusal.ts';

/** Of these an image does not change any more by itself. */
const FINAL_STATUSES: ReadonlySet<Image['status']> = new Set(['available', 'deleted', 'retired']);

/** What resolvers of one request work with. Everything in it acts with the caller's own token. */
export interface Context {
  /** Whether there is a token to act with: without one, whatever the loaders are asked fails. */
  readonly authenticated: boolean;
  /** Whose token it is; null without one. */
  readonly tenant: string | null;
  readonly lists: ListReader;
  readonly images: ImageLoader;
  readonly categories: CategoryLoader;
  readonly cost: QueryCost;
  readonly writes: ImageWrites;
  /** An image's states from now on, the present one first, until one that does not change any more. */
  watchImage(id: string): AsyncIterable<Image>;
  /** The same of an action. */
  watchAction(imageId: string, actionId: string): AsyncIterable<ImageAction>;
  /** One page of what was done to an image, as it is now; read once a request. */
  readActions(imageId: string, page: number, perPage: number): Promise<Page<ImageAction>>;
  /** The request has its answer: nothing of it waits any more. */
  end(): void;
  /** The lists that what was answered is made of, by their filters; null where anything else has a part in it. */
  madeOf(): ReadonlyMap<string, ImageList> | null;
  /**
   * Whether nothing has been looked at yet, nothing has arrived, and no other list is held than at its beginning: all
   * that it waits for, whoever asks now would as well.
   */
  isUntouched(): boolean;
  /** The budget of the caller's token, once all that the request is reading has arrived. */
  rateLimit(): Promise<RateLimit | null>;
}

/**
 * The writes of the API. Each is sent once, and not ended by a caller who goes away. After it, and also where its
 * outcome is unknown, nothing that was read before serves this tenant any more.
 * @throws WriteRefusedError where the API refuses the input
 */
export interface ImageWrites {
  create(input: ImageImport): Promise<Image>;
  update(id: string, changes: ImageChanges): Promise<Image>;
  delete(id: string): Promise<void>;
  transfer(id: string, region: string): Promise<ImageAction>;
  convert(id: string): Promise<ImageAction>;
  /** The id of the transfer; null where it was accepted at once. */
  offer(id: string, recipient: Recipient): Promise<number | null>;
  accept(id: string, transfer: { transferId: number; recipientUuid: string }): Promise<void>;
  endTransfer(id: string, transfer: { transferId: number; by: 'recipient' | 'sender' }): Promise<void>;
}

/** What is read for one request and serves others as well. */
export interface SharedReads {
  readonly store: ListStore;
  readonly missing: MissingImages;
  /** Images and actions that are watched, of all requests. */
  readonly watches: { readonly images: Watches<Image>; readonly actions: Watches<ImageAction> };
  /** Whole queries that are under way and may be joined. */
  readonly executions: { forget(tenant: string): void };
}

export interface ContextOptions extends SharedReads {
  readonly client: ApiClient;
  readonly budgets: RateBudgets;
  readonly token: string | null;
  /** Whose token it is; null without one. */
  readonly tenant: string | null;
  readonly requestId: string;
  /** Ends when the caller goes away; asked for where there is something to wait for. */
  readonly signal: () => AbortSignal;
  readonly requestTimeoutMs: number;
  readonly trace: { startCall(endpoint: string): AttemptTrace | undefined };
  readonly onUnknownValue: (field: string, value: string) => void;
  readonly onDroppedRows: (count: number) => void;
  readonly onListRead: (origin: ListReading['origin']) => void;
  /** After a write or a refusal: ends when nothing that other processes had read before serves the tenant any more. */
  readonly forgetElsewhere: (tenant: string) => Promise<void>;
}

/** Lets go of all that was read for a tenant before now, for whoever asks next. */
export function forgetReads(reads: SharedReads, tenant: string): void {
  const { watches } = reads;
  dropHeld(reads, tenant);
  watches.images.refresh(`${tenant} `);
  watches.actions.refresh(`${tenant} `);
}

/** Lets go of what is held for a tenant. */
function dropHeld({ store, missing, executions }: SharedReads, tenant: string): void {
  store.drop(tenant);
  missing.drop(tenant);
  executions.forget(tenant);
}

/**
 * The loaders of one request. Making them asks nothing of the caller: a token is needed, and the time begins to
 * run, at the first use that goes beyond what the request has at hand.
 */
export function createContext(options: ContextOptions): Context {
  const { client, store, missing, budgets, watches, requestId } = options;
  const cost = new QueryCost();
  const calls = new Set<Promise<unknown>>();
  const actionPages = new Map<string, Promise<Page<ImageAction>>>();
  let isOfLists = true;
  const stateOfStore = () => (options.tenant === null ? 0 : store.stateOf(options.tenant));
  const stateAtFirst = stateOfStore();
  let isUntouched = true;
  const touch = () => {
    isUntouched = false;
  };
  const tenant = () => {
    if (options.tenant === null) throw new MissingTokenError();
    return options.tenant;
  };
  let deadline: Deadline | undefined;
  const begin = () => (deadline ??= startDeadline(options.signal(), options.requestTimeoutMs));
  const signal = () => begin().signal;
  const token = () => {
    if (options.token === null) throw new MissingTokenError();
    return options.token;
  };
  const waiter = new LazyWaiter(signal);

  /**
   * One call to the API for this tenant. What it asks for may be shared with other requests: it ends with the
   * last of them, not with this one.
   */
  async function call<T>(
    shared: AbortSignal,
    work: (caller: Caller) => Promise<T>,
    { readsList = false } = {},
  ): Promise<T> {
    const blockedSeconds = budgets.blockedSeconds(tenant());
    if (blockedSeconds > 0) {
      throw new RateLimitError('not sent', { requestId: undefined, retryAfter: blockedSeconds });
    }
    if (!readsList) isOfLists = false;
    const calling = work({
      token: token(),
      tenant: tenant(),
      requestId,
      signal: shared,
      leftMs: () => begin().endsAtMs - performance.now(),
      onAttempt(endpoint) {
        cost.requests += 1;
        return options.trace.startCall(endpoint);
      },
      onUnknownValue: options.onUnknownValue,
      onRateLimit: (rateLimit) => budgets.see(tenant(), rateLimit),
    });
    calls.add(calling);
    try {
      return await calling;
    } catch (error) {
      if (error instanceof RateLimitError) budgets.block(tenant(), error.retryAfter);
      if (isRefusal(error)) {
        dropHeld(options, tenant());
        await options.forgetElsewhere(tenant());
      }
      throw error;
    } finally {
      touch();
      calls.delete(calling);
    }
  }

  async function forgetAll(): Promise<void> {
    forgetReads(options, tenant());
    forgetLoaded();
    await options.forgetElsewhere(tenant());
  }

  function forgetLoaded(): void {
    lists.forget();
    actionPages.clear();
    images.clearAll();
    categories.clearAll();
  }

  async function write<T>(work: (caller: Caller) => Promise<T>): Promise<T> {
    try {
      const result = await call(new AbortController().signal, work);
      await forgetAll();
      return result;
    } catch (error) {
      if (isOutcomeUnknown(error)) await forgetAll();
      const isRefused = error instanceof StatusError && (error.status === 400 || error.status === 422);
      throw isRefused ? new WriteRefusedError(error.complaint, error) : error;
    }
  }

  /** One image as a page of its own. */
  async function readAlone(idOrSlug: string, shared: AbortSignal): Promise<Page<Image>> {
    const noteMissing = missing.begin(tenant(), idOrSlug);
    const image = await call(shared, (caller) => getImage(client, caller, idOrSlug), { readsList: true });
    if (image === null) noteMissing();
    const items = image === null ? [] : [image];
    return { items, received: items.length, total: items.length, isPassing: !isSettled(image) };
  }

  const lists = new ListReader({
    store,
    caller: waiter,
    tenant,
    toSource: (filter) => async (page, perPage, shared) => {
      const images = await call(shared, (caller) => listImages(client, caller, { page, perPage, filter }), {
        readsList: true,
      });
      if (images.unreadable !== undefined) options.onDroppedRows(images.unreadable.length);
      return images;
    },
    onRead({ origin, staleMs }) {
      touch();
      options.onListRead(origin);
      if (origin === 'held') cost.cached += 1;
      if (origin === 'shared') cost.coalesced += 1;
      cost.lists += 1;
      cost.noteStale(staleMs);
    },
    onPage: touch,
    onHeld({ staleMs }) {
      touch();
      cost.noteStale(staleMs);
    },
  });
  const images = createImageLoader({
    lists,
    onFound() {
      cost.cached += 1;
    },
    async getImage(idOrSlug) {
      if (missing.has(tenant(), idOrSlug)) {
        isOfLists = false;
        touch();
        cost.cached += 1;
        return null;
      }
      return lists.readImage(idOrSlug, (_page, _perPage, shared) => readAlone(idOrSlug, shared));
    },
  });
  const categories = createCategoryLoader(lists);
  const watching = {
    pauseMs(error: unknown) {
      if (error instanceof RateLimitError) return error.retryAfter * 1_000;
      return isOutage(error) ? 0 : null;
    },
    stretch: () => budgets.stretchOf(tenant()),
  };
  const subscription = () => ({
    signal: options.signal(),
    // Each event is answered for itself: with a time of its own, and nothing of the event before it.
    onState() {
      deadline?.end();
      deadline = undefined;
      forgetLoaded();
    },
  });

  return {
    authenticated: options.token !== null,
    tenant: options.tenant,
    lists,
    images,
    categories,
    cost,
    writes: {
      create: (input) => write((caller) => createImage(client, caller, input)),
      update: (id, changes) => write((caller) => updateImage(client, caller, id, changes)),
      delete: (id) => write((caller) => deleteImage(client, caller, id)),
      transfer: (id, region) => write((caller) => transferImage(client, caller, id, region)),
      convert: (id) => write((caller) => convertImage(client, caller, id)),
      offer: (id, recipient) => write((caller) => offerImage(client, caller, id, recipient)),
      accept: (id, transfer) => write((caller) => acceptImage(client, caller, id, transfer)),
      endTransfer: (id, transfer) => write((caller) => endTransfer(client, caller, id, transfer)),
    },
    watchImage: (id) =>
      watches.images.subscribe(
        `${tenant()} ${id}`,
        {
          ...watching,
          async read(shared) {
            const image = await call(shared, (caller) => getImage(client, caller, id));
            if (image === null) throw new StatusError(`GET /v2/images/${id}`, { status: 404 });
            return image;
          },
          isFinal: isSettled,
          isSame: isDeepStrictEqual,
        },
        subscription(),
      ),
    watchAction: (imageId, actionId) =>
      watches.actions.subscribe(
        `${tenant()} ${imageId} ${actionId}`,
        {
          ...watching,
          read: (shared) => call(shared, (caller) => getImageAction(client, caller, imageId, actionId)),
          isFinal: ({ status }) => status !== 'in-progress',
          isSame: isDeepStrictEqual,
        },
        subscription(),
      ),
    end: () => deadline?.end(),
    madeOf: () => (isOfLists ? lists.used : null),
    isUntouched: () => isUntouched && stateOfStore() === stateAtFirst,
    readActions(imageId, page, perPage) {
      const key = `${imageId} ${page} ${perPage}`;
      const read =
        actionPages.get(key) ??
        call(signal(), (caller) => listImageActions(client, caller, imageId, { page, perPage }));
      actionPages.set(key, read);
      return read;
    },
    async rateLimit() {
      isOfLists = false;
      touch();
      // After the other fields of the operation have begun, wherever they stand in it.
      await setImmediate();
      for (await lists.settled(); calls.size > 0; await lists.settled()) await Promise.allSettled(calls);
      return budgets.get(tenant());
    },
  };
}

/** Whether there is an image, and it does not change any more by itself. */
function isSettled(image: Image | null): boolean {
  return image !== null && FINAL_STATUSES.has(image.status);
}

/** A class, since each object that is written with a getter has a shape of its own for the engine, which it keeps for long. */
class LazyWaiter implements Waiter {
  readonly #signal: () => AbortSignal;

  constructor(signal: () => AbortSignal) {
    this.#signal = signal;
  }

  get signal(): AbortSignal {
    return this.#signal();
  }
}

interface Deadline {
  readonly signal: AbortSignal;
  /** By `performance.now()`. */
  readonly endsAtMs: number;
  /** Nobody waits any more. */
  end(): void;
}

function startDeadline(signal: AbortSignal, timeoutMs: number): Deadline {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(new RequestTimeoutError(timeoutMs)), timeoutMs);
  // A request that is over must not keep the process up, nor its timer the request.
  timer.unref();
  // Not `AbortSignal.any`, of which nothing can be let go before its signals end.
  const leave = () => deadline.abort(signal.reason);
  if (signal.aborted) leave();
  else signal.addEventListener('abort', leave, { once: true });
  return {
    signal: deadline.signal,
    endsAtMs: performance.now() + timeoutMs,
    end() {
      clearTimeout(timer);
      signal.removeEventListener('abort', leave);
    },
  };
}
