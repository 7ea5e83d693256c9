import DataLoader from 'dataloader';
import pMap from 'p-map';

import type { Image } from '../digitalocean/payloads.ts';
import type { ImageList } from './image-list.ts';
import type { ListReader } from './list-reader.ts';
import { type ListNeed, WHOLE_LIST } from './list-store.ts';
import { ListTooLargeError } from './load-list.ts';
import { MAX_PER_PAGE } from './paging.ts';
import { toError } from './to-error.ts';

export interface ImageLoaderOptions {
  readonly lists: ListReader;
  /** One image by id or slug, from the API where it is not held; null where there is none. */
  readonly getImage: (idOrSlug: string) => Promise<Image | null>;
  /** Told of each image that was at hand. */
  readonly onFound: () => void;
}

/** One request's images, by id (digits) or by slug; null where the API knows none. */
export type ImageLoader = DataLoader<string, Image | null>;

/** Calls of one request at a time, so that a long list of ids leaves connections to other requests. */
const CONCURRENCY = 8;

/** Up to this many images are asked for one by one where nothing is known of the list. */
const FEW = 2;

/**
 * Asks for each name at most once a request. A row of a list that is at hand costs no call, and an image that
 * was found by slug is known by id from then on, and the other way round; only names that are asked for at the
 * same moment cannot know that they mean one image. Lists that the same request is reading are waited for,
 * since a call saved is worth the wait. What is in no list may be held by itself.
 *
 * Many names at once are looked up in the list of all images, where reading its pages costs fewer calls than
 * asking for each; what no list shows is asked for by itself.
 */
export function createImageLoader(options: ImageLoaderOptions): ImageLoader {
  const { lists, getImage, onFound } = options;

  const loader: ImageLoader = new DataLoader(async (names) => {
    await lists.settled();
    const found = new Map<string, Image>();
    const isMany = names.length > FEW;
    const findInLists = () => {
      const all = lists.atHand({});
      const atHand = all === undefined ? [...lists.seen()] : [...lists.seen(), all];
      for (const name of names) {
        const image =
          found.get(name) ?? findIn(atHand, name) ?? (isMany ? lists.imageAtHand(name) : undefined);
        if (image !== undefined) found.set(name, image);
      }
      return names.length - found.size;
    };

    try {
      // Twice at most: the first page may tell that the whole list is worth its calls, or that it is not.
      for (let round = 0; round < 2; round += 1) {
        const need = needOfMany(findInLists());
        if (need === null) break;
        await lists.read({}, need);
      }
      findInLists();
    } catch (error) {
      if (!(error instanceof ListTooLargeError))
        return names.map((name) => found.get(name) ?? toError(error));
    }
    for (let index = 0; index < found.size; index += 1) onFound();
    const open = names.filter((name) => !found.has(name));
    const asked = await pMap(open, (name) => ask(name).catch(toError), { concurrency: CONCURRENCY });
    const answers = new Map(open.map((name, index) => [name, asked[index]]));
    return names.map((name) => found.get(name) ?? answers.get(name) ?? null);
  });

  async function ask(name: string): Promise<Image | null> {
    const image = await getImage(name);
    if (image !== null) {
      loader.prime(String(image.id), image);
      if (image.slug !== null) loader.prime(image.slug, image);
    }
    return image;
  }

  /** What to read of the list for this many names that no list at hand has; null where calls for each cost less. */
  function needOfMany(open: number): ListNeed | null {
    const list = lists.atHand({});
    if (open <= FEW || list?.complete) return null;
    if (list !== undefined) {
      const pages = Math.ceil(list.total / MAX_PER_PAGE);
      return !list.isBeyondLimit && pages < open ? WHOLE_LIST : null;
    }
    // The whole list never has more pages than this: then it is never the dearer way.
    const isWorthAnyList = open > Math.ceil(lists.maxImages / MAX_PER_PAGE);
    return isWorthAnyList ? WHOLE_LIST : { rows: MAX_PER_PAGE, atHead: false };
  }

  return loader;
}

function findIn(lists: readonly ImageList[], name: string): Image | undefined {
  const isId = /^\d+$/.test(name);
  for (const list of lists) {
    const image = isId ? list.byId(Number(name)) : list.bySlug(name);
    if (image !== undefined) return image;
  }
  return undefined;
}
