import DataLoader from 'dataloader';

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

/**
 * Loads each image at most once a request, under whichever of its two names it is asked for: a row of a list
 * that is at hand costs no call, and an image found by slug is known by id from then on, and the other way
 * round. Lists that the same request is reading are waited for, since a call saved is worth the wait.
 */
export function createImageLoader({ listsAtHand, getImage }: ImageLoaderOptions): ImageLoader {
  const loader: ImageLoader = new DataLoader(async (names) => {
    const lists = [...(await listsAtHand())];
    return Promise.all(
      names.map(async (name) => {
        try {
          const image = findInLists(lists, name) ?? (await getImage(name));
          if (image !== null) primeBothNames(loader, image);
          return image;
        } catch (error) {
          return error instanceof Error
            ? error
            : new Error('the image could not be loaded', { cause: error });
        }
      }),
    );
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
