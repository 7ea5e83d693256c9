import { setImmediate } from 'node:timers/promises';

import type { ActionPage, Context } from './context.ts';
import type { ApiClient, AttemptTrace, Caller } from './digitalocean/client.ts';
import { isOutcomeUnknown, RateLimitError, StatusError } from './digitalocean/errors.ts';
import { listImageActions } from './digitalocean/image-actions.ts';
import { getImage, listImages } from './digitalocean/images.ts';
import type { Image, ImageAction, Page } from './digitalocean/payloads.ts';
import type { RateLimit } from './digitalocean/rate-limit.ts';
import { isRefusal, MissingTokenError } from './errors.ts';
import { createImageWatches, type ImageWatches, isSettled } from './image-watches.ts';
import { createImageWrites, type ImageWrites } from './image-writes.ts';
import { type CategoryLoader, createCategoryLoader } from './lists/category-loader.ts';
import { createImageLoader, type ImageLoader } from './lists/image-loader.ts';
import type { ImageList } from './lists/image-list.ts';
import { ListReader } from './lists/list-reader.ts';
import type { ListReading } from './lists/list-store.ts';
import { QueryCost } from './query-cost.ts';
import type { RateBudgets } from './rate-budgets.ts';
import { dropHeld, forgetReads, type SharedReads } from './shared-reads.ts';
import { type Deadline, type Waiter, waitUntil } from './lib/waiter.ts';
import { WriteRefusedError } from './write-refusal.ts';

/** The API refuses a write by these for the state of the image, which then differs from what is cached. */
const CHANGED_STATUSES: ReadonlySet<number> = new Set([404, 409, 410, 412, 423]);

export interface ContextOptions extends SharedReads {
  readonly client: ApiClient;
  readonly budgets: RateBudgets;
  readonly token: string | null;
  /** Whose token it is; null without one. */
  readonly tenant: string | null;
  readonly requestId: string;
  /** Aborted when the caller goes away. */
  readonly signal: () => AbortSignal;
  /** Starts the time that the caller waits; asked for where there is something to wait for. */
  readonly startDeadline: () => Deadline;
  readonly requestTimeoutMs: number;
  readonly trace: { startCall(endpoint: string): AttemptTrace | undefined };
  readonly onUnknownValue: (field: string, value: string) => void;
  readonly onDroppedRows: (count: number) => void;
  readonly onListRead: (origin: ListReading['origin']) => void;
  /** After a write, a refusal or a change: ends when nothing that other processes had read before serves the tenant any more. */
  readonly forgetElsewhere: (tenant: string, isOnlyHeld: boolean, created?: string) => Promise<void>;
}

/**
 * The loaders of one request, each made when it is asked for. Making them asks nothing of the caller: a token is needed,
 * and the time begins to run, at the first use that goes beyond what the request has at hand.
 */
export class RequestContext implements Context, Waiter {
  readonly authenticated: boolean;
  readonly tenant: string | null;
  readonly cost = new QueryCost();
  readonly lists: ListReader;
  readonly #options: ContextOptions;
  readonly #stateAtFirst: number;
  #isOfLists = true;
  #isUntouched = true;
  #running = 0;
  #idle: PromiseWithResolvers<void> | undefined;
  #deadline: Deadline | undefined;
  #images: ImageLoader | undefined;
  #categories: CategoryLoader | undefined;
  #writes: ImageWrites | undefined;
  #watches: ImageWatches | undefined;
  #actionPages: Map<string, Promise<Page<ImageAction>>> | undefined;

  constructor(options: ContextOptions) {
    this.#options = options;
    this.authenticated = options.token !== null;
    this.tenant = options.tenant;
    this.#stateAtFirst = this.#stateOfStore();
    this.lists = this.#createLists();
  }

  /** Aborted when nobody waits for the request any more. */
  get signal(): AbortSignal {
    return this.#begin().signal;
  }

  leftMs(): number {
    return this.#begin().leftMs();
  }

  get images(): ImageLoader {
    return (this.#images ??= createImageLoader({
      lists: this.lists,
      onFound: () => void (this.cost.cached += 1),
      getImage: async (idOrSlug) => this.#getImage(idOrSlug),
    }));
  }

  get categories(): CategoryLoader {
    return (this.#categories ??= createCategoryLoader(this.lists));
  }

  get writes(): ImageWrites {
    return (this.#writes ??= createImageWrites(this.#options.client, (work, toCreated) =>
      this.#write(work, toCreated),
    ));
  }

  watchImage(id: string): AsyncIterable<Image> {
    return this.#needWatches().image(id);
  }

  watchAction(imageId: string, actionId: string): AsyncIterable<ImageAction> {
    return this.#needWatches().action(imageId, actionId);
  }

  readActions(imageId: string, { page, perPage, isAgain }: ActionPage): Promise<Page<ImageAction>> {
    const { client } = this.#options;
    const pages = (this.#actionPages ??= new Map<string, Promise<Page<ImageAction>>>());
    const key = `${imageId} ${page} ${perPage} ${isAgain}`;
    const read =
      pages.get(key) ??
      this.#call(this, (caller) => listImageActions(client, caller, imageId, { page, perPage }));
    pages.set(key, read);
    return read;
  }

  end(): void {
    this.#deadline?.end();
  }

  /** The lists that what was answered is made of, by their filters; null where anything else has a part in it. */
  madeOf(): ReadonlyMap<string, ImageList> | null {
    return this.#isOfLists ? this.lists.used : null;
  }

  /**
   * Whether nothing has been looked at yet, nothing has arrived, and no other list is held than at its beginning: all
   * that it waits for, whoever asks now would as well.
   */
  isUntouched(): boolean {
    return this.#isUntouched && this.#stateOfStore() === this.#stateAtFirst;
  }

  async rateLimit(): Promise<RateLimit | null> {
    this.#isOfLists = false;
    this.#touch();
    // After the other fields of the operation have begun, wherever they stand in it.
    await setImmediate();
    do {
      await this.lists.settled();
      if (this.#running > 0) await (this.#idle ??= Promise.withResolvers<void>()).promise;
      // What follows upon it has begun then.
      await setImmediate();
    } while (this.#running > 0);
    return this.#options.budgets.get(this.#needTenant());
  }

  #createLists(): ListReader {
    const { client, store, onListRead } = this.#options;
    const { cost } = this;
    return new ListReader({
      store,
      caller: this,
      tenant: () => this.#needTenant(),
      toSource: (filter) => (page, perPage, shared) =>
        this.#call(shared, (caller) => listImages(client, caller, { page, perPage, filter }), true),
      onRead: ({ list, origin, staleMs }, of) => {
        this.#touch();
        if (origin === 'held') cost.cached += 1;
        if (origin === 'shared') cost.coalesced += 1;
        cost.noteStale(staleMs);
        // What is about to change, or is not there, has to be asked for: no reading of it could have been saved.
        if (of === 'image' && !isSettled(list.items[0] ?? null)) return;
        onListRead(origin);
        cost.lists += 1;
      },
      onPage: () => this.#touch(),
      onHeld: ({ staleMs }) => {
        this.#touch();
        cost.noteStale(staleMs);
      },
    });
  }

  async #getImage(idOrSlug: string): Promise<Image | null> {
    if (this.#options.missing.has(this.#needTenant(), idOrSlug)) {
      this.#isOfLists = false;
      this.#touch();
      this.cost.cached += 1;
      return null;
    }
    const image = await this.#track(() =>
      this.lists.readImage(idOrSlug, (_page, _perPage, shared) => this.#readAlone(idOrSlug, shared)),
    );
    if (!isSettled(image)) this.#isOfLists = false;
    return image;
  }

  /** One image as a page of its own. */
  async #readAlone(idOrSlug: string, shared: Waiter): Promise<Page<Image>> {
    const { client, missing, creates } = this.#options;
    const noteMissing = missing.begin(this.#needTenant(), idOrSlug);
    const image = await this.#call(shared, (caller) => getImage(client, caller, idOrSlug), true);
    if (image === null && !creates.has(this.#needTenant(), idOrSlug)) noteMissing();
    const items = image === null ? [] : [image];
    return { items, received: items.length, total: items.length, isPassing: !isSettled(image) };
  }

  /**
   * One call to the API for this tenant, as long as the waiter waits: that need not be this request, since others may
   * share what the call reads.
   */
  async #call<T>(waiter: Waiter, work: (caller: Caller) => Promise<T>, readsList = false): Promise<T> {
    const { budgets } = this.#options;
    const tenant = this.#needTenant();
    const blockedSeconds = budgets.blockedSeconds(tenant);
    if (blockedSeconds > 0) {
      throw new RateLimitError('not sent', { requestId: undefined, retryAfter: blockedSeconds });
    }
    if (!readsList) this.#isOfLists = false;
    this.#running += 1;
    try {
      return await work(this.#toCaller(tenant, waiter));
    } catch (error) {
      if (error instanceof RateLimitError) budgets.block(tenant, error.retryAfter);
      if (isRefusal(error)) await this.#dropHeld();
      throw error;
    } finally {
      this.#touch();
      this.#endOne();
    }
  }

  /** What is waited for where the budget is asked for, though another request may have begun it. */
  async #track<T>(work: () => Promise<T>): Promise<T> {
    this.#running += 1;
    try {
      return await work();
    } finally {
      this.#endOne();
    }
  }

  #endOne(): void {
    this.#running -= 1;
    if (this.#running > 0) return;
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  #toCaller(tenant: string, waiter: Waiter): Caller {
    const { token, requestId, trace, budgets, onUnknownValue, onDroppedRows } = this.#options;
    if (token === null) throw new MissingTokenError();
    return {
      token,
      tenant,
      requestId,
      signal: waiter.signal,
      leftMs: () => waiter.leftMs(),
      onAttempt: (endpoint) => {
        this.cost.requests += 1;
        return trace.startCall(endpoint);
      },
      onUnknownValue,
      onDroppedRows,
      onRateLimit: (rateLimit) => budgets.see(tenant, rateLimit),
    };
  }

  async #write<T>(work: (caller: Caller) => Promise<T>, toCreated?: (result: T) => string): Promise<T> {
    // The write does not end with the request's signal, so nothing else has started the time that it may take.
    this.#begin();
    try {
      const signal = new AbortController().signal;
      const result = await this.#call({ signal, leftMs: () => this.leftMs() }, work);
      await this.#forgetAll(toCreated?.(result));
      return result;
    } catch (error) {
      const status = error instanceof StatusError ? error.status : 0;
      if (isOutcomeUnknown(error) || CHANGED_STATUSES.has(status)) await this.#forgetAll();
      const isRefused = error instanceof StatusError && (status === 400 || status === 422);
      throw isRefused ? new WriteRefusedError(error.complaint, error) : error;
    }
  }

  /** Lets go of what is held for the tenant, in all workers; what is watched goes on as it is. */
  async #dropHeld(): Promise<void> {
    const tenant = this.#needTenant();
    dropHeld(this.#options, tenant);
    await this.#options.forgetElsewhere(tenant, true);
  }

  async #forgetAll(created?: string): Promise<void> {
    forgetReads(this.#options, this.#needTenant(), created);
    this.#forgetLoaded();
    await this.#options.forgetElsewhere(this.#needTenant(), false, created);
  }

  #forgetLoaded(): void {
    this.lists.forget();
    this.#actionPages?.clear();
    this.#images?.clearAll();
    this.#categories?.clearAll();
  }

  #needWatches(): ImageWatches {
    const { client, store, creates, watches, budgets, signal } = this.#options;
    return (this.#watches ??= createImageWatches({
      client,
      store,
      creates,
      watches,
      budgets,
      tenant: this.#needTenant(),
      subscription: {
        signal: signal(),
        // Each state is answered for itself: with a time of its own, and nothing of the state before it.
        onState: () => {
          this.#deadline?.end();
          this.#deadline = undefined;
          this.#forgetLoaded();
        },
      },
      call: (shared, work) => this.#call(waitUntil(shared, this.#options.requestTimeoutMs), work),
      dropHeld: () => this.#dropHeld(),
    }));
  }

  #begin(): Deadline {
    return (this.#deadline ??= this.#options.startDeadline());
  }

  #touch(): void {
    this.#isUntouched = false;
  }

  #needTenant(): string {
    if (this.tenant === null) throw new MissingTokenError();
    return this.tenant;
  }

  #stateOfStore(): number {
    return this.tenant === null ? 0 : this.#options.store.stateOf(this.tenant);
  }
}
