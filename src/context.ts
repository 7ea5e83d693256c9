import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';

import type { ApiClient, Caller } from './digitalocean/client.ts';
import { RateLimitError } from './digitalocean/errors.ts';
import { getImage, listImages } from './digitalocean/images.ts';
import type { Image } from './digitalocean/payloads.ts';
import type { RateLimit } from './digitalocean/rate-limit.ts';
import { isRefusal, MissingTokenError, RequestTimeoutError } from './errors.ts';
import { type CategoryLoader, createCategoryLoader } from './lists/category-loader.ts';
import { createImageLoader, type ImageLoader } from './lists/image-loader.ts';
import { ListReader } from './lists/list-reader.ts';
import type { ListStore } from './lists/list-store.ts';
import type { SharedFlights } from './lists/shared-flight.ts';
import { QueryCost } from './query-cost.ts';
import type { RateBudgets } from './rate-budgets.ts';

/** What resolvers of one request work with. Everything in it acts with the caller's own token. */
export interface Context {
  /** Whether there is a token to act with: without one, whatever the loaders are asked fails. */
  readonly authenticated: boolean;
  readonly lists: ListReader;
  readonly images: ImageLoader;
  readonly categories: CategoryLoader;
  readonly cost: QueryCost;
  /** The budget of the caller's token, once all that the request is reading has arrived. */
  rateLimit(): Promise<RateLimit | null>;
}

export interface ContextOptions {
  readonly client: ApiClient;
  readonly store: ListStore;
  readonly budgets: RateBudgets;
  /** Calls for one image that are under way, of all requests. */
  readonly imageFlights: SharedFlights<Image | null>;
  readonly token: string | null;
  readonly requestId: string;
  /** Ends when the caller goes away. */
  readonly signal: AbortSignal;
  readonly requestTimeoutMs: number;
}

/** The tenant of a token: a digest of the whole of it, so that no key of ours holds the token itself. */
export function toTenant(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/**
 * The loaders of one request. Making them asks nothing of the caller: a token is needed, and the time begins to
 * run, at the first use that goes beyond what the request has at hand.
 */
export function createContext(options: ContextOptions): Context {
  const { client, store, budgets, imageFlights, requestId } = options;
  const cost = new QueryCost();
  const calls = new Set<Promise<unknown>>();
  const tenant = once(() => toTenant(token()));
  const signal = once(() => withDeadline(options.signal, options.requestTimeoutMs));
  const token = () => {
    if (options.token === null) throw new MissingTokenError();
    return options.token;
  };
  const waiter = {
    get signal() {
      return signal();
    },
  };

  /**
   * One call to the API for this tenant. What it asks for may be shared with other requests: it ends with the
   * last of them, not with this one.
   */
  async function call<T>(shared: AbortSignal, work: (caller: Caller) => Promise<T>): Promise<T> {
    const blockedSeconds = budgets.blockedSeconds(tenant());
    if (blockedSeconds > 0) {
      throw new RateLimitError('not sent', { requestId: undefined, retryAfter: blockedSeconds });
    }
    cost.requests += 1;
    const calling = work({
      token: token(),
      requestId,
      signal: shared,
      onRateLimit: (rateLimit) => budgets.see(tenant(), rateLimit),
    });
    calls.add(calling);
    try {
      return await calling;
    } catch (error) {
      if (error instanceof RateLimitError) budgets.block(tenant(), error.retryAfter);
      if (isRefusal(error)) store.drop(tenant());
      throw error;
    } finally {
      calls.delete(calling);
    }
  }

  const lists = new ListReader({
    store,
    caller: waiter,
    get tenant() {
      return tenant();
    },
    toSource: (filter) => (page, perPage, shared) =>
      call(shared, (caller) => listImages(client, caller, { page, perPage, filter })),
    onRead({ origin, staleMs }) {
      if (origin === 'held') cost.cached += 1;
      if (origin === 'shared') cost.coalesced += 1;
      cost.staleMs = Math.max(cost.staleMs, staleMs);
    },
    onStale(staleMs) {
      cost.staleMs = Math.max(cost.staleMs, staleMs);
    },
  });
  const images = createImageLoader({
    lists,
    onFound() {
      cost.cached += 1;
    },
    getImage(idOrSlug) {
      const key = `${tenant()} ${idOrSlug}`;
      if (imageFlights.isUnderWay(key)) cost.coalesced += 1;
      return imageFlights.join(key, waiter.signal, (shared) =>
        call(shared, (caller) => getImage(client, caller, idOrSlug)),
      );
    },
  });

  return {
    authenticated: options.token !== null,
    lists,
    images,
    categories: createCategoryLoader(lists),
    cost,
    async rateLimit() {
      // After the other fields of the operation have begun, wherever they stand in it.
      await setImmediate();
      for (await lists.settled(); calls.size > 0; await lists.settled()) await Promise.allSettled(calls);
      return budgets.get(tenant());
    },
  };
}

function withDeadline(signal: AbortSignal, timeoutMs: number): AbortSignal {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(new RequestTimeoutError(timeoutMs)), timeoutMs);
  // A request that is over must not keep the process up, nor its timer the request.
  timer.unref();
  return AbortSignal.any([signal, deadline.signal]);
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
