import DataLoader from 'dataloader';
import pMap from 'p-map';

import type { Image } from '../digitalocean/payloads.ts';
import type { ImageList } from './image-list.ts';

export interface ImageLoaderOptions {
  /** Lists that are at hand without a call, once those under way have arrived. */
  readonly listsAtHand: () => Promise<Iterable<ImageList>>;
  /** Asks the API for one image by id or slug; null where there is none. */
  readonly getImage: (idOrSlug: string) => Promise<Image | null>;
}

/** One request's images, by id (digits) or by slug; null where the API knows none. */
export type ImageLoader = DataLoader<string, Image | null>;

/** Calls of one request at a time, so that a long list of ids leaves connections to other requests. */
const CONCURRENCY = 8;

/**
 * Asks for each name at most once a request. A row of a list that is at hand costs no call, and an image that
 * was found by slug is known by id from then on, and the other way round; only names that are asked for at the
 * same moment cannot know that they mean one image. Lists that the same request is reading are waited for,
 * since a call saved is worth the wait.
 */
export function createImageLoader({ listsAtHand, getImage }: ImageLoaderOptions): ImageLoader {
  const loader: ImageLoader = new DataLoader(async (names) => {
    const lists = [...(await listsAtHand())];
    const loadOne = async (name: string) => {
      const image = findInLists(lists, name) ?? (await getImage(name));
      if (image !== null) primeBothNames(loader, image);
      return image;
    };
    // A DataLoader keeps failures apart only where they are values.
    return pMap(names, (name) => loadOne(name).catch(toError), { concurrency: CONCURRENCY });
  });
  return loader;
}

function findInLists(lists: readonly ImageList[], name: string): Image | undefined {
  const isId = /^\d+$/.test(name);
  for (const list of lists) {
    const image = isId ? list.byId(Number(name)) : list.bySlug(name);
    if (image !== undefined) return image;
  }
  return undefined;
}

function primeBothNames(loader: ImageLoader, image: Image): void {
  loader.prime(String(image.id), image);
  if (image.slug !== null) loader.prime(image.slug, image);
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('the image could not be loaded', { cause: reason });
}
