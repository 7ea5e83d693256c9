import DataLoader from 'dataloader';

import type { Context } from './context.ts';
import type { Image } from './digitalocean/payloads.ts';
import { type Deadline, waitFor } from './lib/waiter.ts';
import type { ImageCategory } from './lists/category-loader.ts';

/**
 * The context of a request that shares what another context reads: it starts no reading of its own where the other has
 * one, and waits no longer than its own deadline. What has arrived by then it has.
 */
export function joinContext(context: Context, deadline: Deadline): Context {
  const { lists, images, categories } = context;
  const wait = <T>(work: Promise<T>) => waitFor(work, deadline.signal);
  return {
    authenticated: context.authenticated,
    tenant: context.tenant,
    cost: context.cost.ofShared(),
    writes: context.writes,
    watchImage: (id) => context.watchImage(id),
    watchAction: (imageId, actionId) => context.watchAction(imageId, actionId),
    lists: {
      isLive: lists.isLive,
      maxImages: lists.maxImages,
      atHand: (filter) => lists.atHand(filter),
      read: (filter, need) => wait(lists.read(filter, need)),
      readPage: (filter, page, perPage) => wait(lists.readPage(filter, page, perPage)),
    },
    images: new DataLoader((names) => wait(images.loadMany(names))),
    categories: new DataLoader<Image, ImageCategory | null, number>(
      (some) => wait(categories.loadMany(some)),
      { cacheKeyFn: ({ id }) => id },
    ),
    readActions: (imageId, page) => wait(context.readActions(imageId, page)),
    rateLimit: () => wait(context.rateLimit()),
    end: () => deadline.end(),
  };
}
