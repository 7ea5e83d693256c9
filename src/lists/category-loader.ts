import DataLoader from 'dataloader';

import type { Image } from '../digitalocean/payloads.ts';
import type { ListReader } from './list-reader.ts';
import { WHOLE_LIST } from './list-store.ts';
import { ListTooLargeError } from './load-list.ts';
import { toError } from './to-error.ts';

export type ImageCategory = 'application' | 'distribution';

/** One request's way to the categories of images. */
export type CategoryLoader = DataLoader<Image, ImageCategory | null, number>;

/** The shorter list first: often it settles all that is asked. */
const CATEGORIES: readonly ImageCategory[] = ['distribution', 'application'];

/**
 * Tells whether an image is an application or a distribution. No field of the API says it: it is known only from
 * being in one of the two lists that the API filters by it. All images that are asked for together are looked up
 * together, first in lists that are at hand; each of the two lists is read at most once, and the second only
 * where the first leaves an image open. Images of an account's own are neither.
 */
export function createCategoryLoader(lists: ListReader): CategoryLoader {
  return new DataLoader<Image, ImageCategory | null, number>(
    async (images) => {
      const categories = new Map<number, ImageCategory | Error>();
      const open = new Set(images.filter((image) => image.public).map(({ id }) => id));
      const settle = (category: ImageCategory | Error, has: (id: number) => boolean) => {
        for (const id of [...open].filter(has)) {
          categories.set(id, category);
          open.delete(id);
        }
      };
      await lists.settled();
      for (const category of CATEGORIES) {
        const list = lists.atHand({ category });
        settle(category, (id) => list?.byId(id) !== undefined);
      }
      try {
        for (const category of CATEGORIES) {
          if (open.size === 0) break;
          const held = lists.atHand({ category });
          const list = held?.complete ? held : await lists.read({ category }, WHOLE_LIST);
          settle(category, (id) => list.byId(id) !== undefined);
          if (!list.complete) throw new ListTooLargeError(lists.maxImages);
        }
      } catch (error) {
        // What is known stays known: only images that are still open fail.
        settle(toError(error), () => true);
      }
      return images.map(({ id }) => categories.get(id) ?? null);
    },
    { cacheKeyFn: ({ id }) => id },
  );
}
