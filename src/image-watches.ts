import { isDeepStrictEqual } from 'node:util';

import type { ApiClient, Caller } from './digitalocean/client.ts';
import { RateLimitError, StatusError } from './digitalocean/errors.ts';
import { getImageAction } from './digitalocean/image-actions.ts';
import { getImage } from './digitalocean/images.ts';
import type { Image, ImageAction } from './digitalocean/payloads.ts';
import { isOutage } from './errors.ts';
import type { RateBudgets } from './rate-budgets.ts';
import type { SharedReads } from './shared-reads.ts';
import type { Subscription } from './watches.ts';

/** Of these an image does not change any more by itself. */
const FINAL_STATUSES: ReadonlySet<Image['status']> = new Set(['available', 'deleted', 'retired']);

/** By so much the API's clock may go ahead of ours, or its lists be late. */
const MAX_CLOCK_SKEW_MS = 5_000;

/** The API does not know what the gateway created seconds ago: the replica that answers lags behind. */
class NotYetError extends StatusError {
  /** Whether a replica has shown it before; then it may as well be gone. */
  readonly wasSeen: boolean;

  constructor(call: string, { wasSeen }: { readonly wasSeen: boolean }) {
    super(call, { status: 404 });
    this.wasSeen = wasSeen;
  }
}

/** A pause as long as usual, which counts no failure. */
const USUAL_PAUSE_MS = 1;

/** States from now on, the present one first, until one that does not change any more. */
export interface ImageWatches {
  image(id: string): AsyncIterable<Image>;
  action(imageId: string, actionId: string): AsyncIterable<ImageAction>;
}

export interface ImageWatchesOptions extends Pick<SharedReads, 'store' | 'creates' | 'watches'> {
  readonly client: ApiClient;
  readonly budgets: RateBudgets;
  readonly tenant: string;
  /** Of the request: what ends it, and what is done before each of its states. */
  readonly subscription: Subscription;
  /** One call with a request's time, until the last of those who watch has left. */
  readonly call: <T>(shared: AbortSignal, work: (caller: Caller) => Promise<T>) => Promise<T>;
  /** Lets go of what is held for the tenant, in all workers. */
  readonly dropHeld: () => Promise<void>;
}

/** What a request watches, with all others of the tenant who watch it; what it sees is in nothing that was read before. */
export function createImageWatches({
  client,
  store,
  creates,
  watches,
  budgets,
  tenant,
  subscription,
  call,
  dropHeld,
}: ImageWatchesOptions): ImageWatches {
  const watched = {
    isSame: isDeepStrictEqual,
    pauseMs(error: unknown) {
      if (error instanceof RateLimitError) return error.retryAfter * 1_000;
      if (error instanceof NotYetError) return error.wasSeen ? 0 : USUAL_PAUSE_MS;
      return isOutage(error) ? 0 : null;
    },
    stretch: () => budgets.stretchOf(tenant),
  };
  return {
    image(id) {
      const read = async (shared: AbortSignal, before: Image | undefined) => {
        const image = await call(shared, (caller) => getImage(client, caller, id));
        const wasSeen = before !== undefined;
        const isLag = image === null && creates.has(tenant, id);
        if (!wasSeen && !isLag) store.noteImage(tenant, Number(id), image);
        if (wasSeen && !isDeepStrictEqual(image, before)) await dropHeld();
        if (image !== null) return image;
        const name = `GET /v2/images/${id}`;
        throw isLag ? new NotYetError(name, { wasSeen }) : new StatusError(name, { status: 404 });
      };
      return watches.images.subscribe(
        `${tenant} ${id}`,
        { ...watched, read, isFinal: isSettled },
        subscription,
      );
    },
    action(imageId, actionId) {
      const read = async (shared: AbortSignal, before: ImageAction | undefined) => {
        const action = await call(shared, (caller) =>
          getImageAction(client, caller, imageId, actionId),
        ).catch((error: unknown) => {
          const isNew = creates.has(tenant, `${imageId} ${actionId}`) || creates.has(tenant, imageId);
          const isLag = isNew && error instanceof StatusError && error.status === 404;
          throw isLag ? new NotYetError(error.call, { wasSeen: before !== undefined }) : error;
        });
        // What it has done to the image is in nothing that was read before.
        if (isOver(action)) {
          if (before === undefined) store.dropOlder(tenant, latestEffect(action));
          else await dropHeld();
        }
        return action;
      };
      const key = `${tenant} ${imageId} ${actionId}`;
      return watches.actions.subscribe(key, { ...watched, read, isFinal: isOver }, subscription);
    },
  };
}

/** Whether there is an image, and it does not change any more by itself. */
export function isSettled(image: Image | null): boolean {
  return image !== null && FINAL_STATUSES.has(image.status);
}

function isOver({ status }: ImageAction): boolean {
  return status !== 'in-progress';
}

/** Until when what was read may lack what an action has done, in milliseconds since the epoch. */
function latestEffect({ completedAt }: ImageAction): number {
  return completedAt === null ? Infinity : Date.parse(completedAt) + MAX_CLOCK_SKEW_MS;
}
