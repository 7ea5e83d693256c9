import { isDeepStrictEqual } from 'node:util';

import { LRUCache } from 'lru-cache';

import type { Image } from '../digitalocean/payloads.ts';
import { weightOf } from './image-weight.ts';

/**
 * Public images are the same for everyone, and most of every tenant's list. Where a tenant's answer brings one that
 * is equal in every field to one that is here, the list takes the one that is here. So only memory is shared: what
 * a tenant sees is what its own answer said, and an image that differs in anything is its own.
 */
export class ImagePool {
  readonly #images: LRUCache<number, Image>;

  /** @param maxBytes bound on the images that are kept here */
  constructor(maxBytes: number) {
    this.#images = new LRUCache({ maxSize: maxBytes, sizeCalculation: weightOf });
  }

  /** The same images, the public ones as they are held here already. */
  share(images: readonly Image[]): readonly Image[] {
    return images.map((image) => {
      if (!image.public) return image;
      const known = this.#images.get(image.id);
      if (known !== undefined && isDeepStrictEqual(known, image)) return known;
      this.#images.set(image.id, image);
      return image;
    });
  }

  /** How many bytes of a list's images are held here, and so need not be counted with the list. */
  sharedBytes(images: readonly Image[]): number {
    return images.reduce(
      (sum, image) => sum + (this.#images.peek(image.id) === image ? weightOf(image) : 0),
      0,
    );
  }
}
