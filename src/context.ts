import type { ImageAction, Image, Page } from './digitalocean/payloads.ts';
import type { RateLimit } from './digitalocean/rate-limit.ts';
import type { ImageWrites } from './image-writes.ts';
import type { CategoryLoader } from './lists/category-loader.ts';
import type { ImageLoader } from './lists/image-loader.ts';
import type { Lists } from './lists/list-reader.ts';
import type { QueryCost } from './query-cost.ts';

/** Which page of the actions of an image. */
export interface ActionPage {
  readonly page: number;
  readonly perPage: number;
  /** Whether the request has read it before, and needs it as it is now. */
  readonly isAgain: boolean;
}

/** What resolvers of one request work with. Everything in it acts with the caller's own token. */
export interface Context {
  /** Whether there is a token to act with: without one, whatever the loaders are asked fails. */
  readonly authenticated: boolean;
  /** Whose token it is; null without one. */
  readonly tenant: string | null;
  readonly lists: Lists;
  readonly images: ImageLoader;
  readonly categories: CategoryLoader;
  readonly cost: QueryCost;
  readonly writes: ImageWrites;
  /** An image's states from now on, the present one first, until one that does not change any more. */
  watchImage(id: string): AsyncIterable<Image>;
  /** The same of an action. */
  watchAction(imageId: string, actionId: string): AsyncIterable<ImageAction>;
  /** One page of what was done to an image, as it is now; read once a request, or twice where its pages disagree. */
  readActions(imageId: string, page: ActionPage): Promise<Page<ImageAction>>;
  /** The request has its answer: nothing of it waits any more. */
  end(): void;
  /** The budget of the caller's token, once all that the request is reading has arrived. */
  rateLimit(): Promise<RateLimit | null>;
}
