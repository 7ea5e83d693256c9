import { createHash } from 'node:crypto';

import type { ApiClient, Caller } from './digitalocean/client.ts';
import { getImage, listImages } from './digitalocean/images.ts';
import type { Image } from './digitalocean/payloads.ts';
import { MissingTokenError, RequestTimeoutError } from './errors.ts';
import { createImageLoader, type ImageLoader } from './lists/image-loader.ts';
import { ListReader } from './lists/list-reader.ts';
import type { ListStore } from './lists/list-store.ts';
import type { SharedFlights } from './lists/shared-flight.ts';

/** What resolvers of one request work with. Everything in it acts with the caller's own token. */
export interface Context {
  /** Whether there is a token to act with: without one, whatever the two below are asked fails. */
  readonly authenticated: boolean;
  readonly lists: ListReader;
  readonly images: ImageLoader;
}

export interface ContextOptions {
  readonly client: ApiClient;
  readonly store: ListStore;
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
 * The lists and the image loader of one request. Making them asks nothing of the caller: a token is needed, and
 * the time begins to run, at the first use that goes beyond what the request has at hand.
 */
export function createContext(options: ContextOptions): Context {
  const { client, store, imageFlights, requestId } = options;
  const tenant = once(() => toTenant(caller.token));
  const signal = once(() => withDeadline(options.signal, options.requestTimeoutMs));
  const caller: Caller = {
    requestId,
    get token() {
      if (options.token === null) throw new MissingTokenError();
      return options.token;
    },
    get signal() {
      return signal();
    },
  };
  const lists = new ListReader({
    store,
    caller,
    get tenant() {
      return tenant();
    },
    // A reading is shared with other requests: it ends with the last of them, not with this one.
    toSource: (filter) => (page, perPage, shared) =>
      listImages(client, { token: caller.token, requestId, signal: shared }, { page, perPage, filter }),
  });
  const images = createImageLoader({
    listsAtHand: () => lists.atHand(),
    getImage: (idOrSlug) =>
      imageFlights.join(`${tenant()} ${idOrSlug}`, caller.signal, (shared) =>
        getImage(client, { token: caller.token, requestId, signal: shared }, idOrSlug),
      ),
  });
  return { authenticated: options.token !== null, lists, images };
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
