import { isDeepStrictEqual } from 'node:util';

import type { Image } from '../digitalocean/payloads.ts';
import { weightOf } from './image-weight.ts';

/**
 * Public images are the same for everyone, and most of every tenant's list. Where a tenant's answer brings one that
 * is equal in every field to one that another list holds, the list takes that one. So only memory is shared: what a
 * tenant sees is what its own answer said, and an image that differs in anything is its own.
 *
 * Every public image of a held list is counted here, once however many lists hold it, for as long as one does.
 */
export class ImagePool {
  readonly #byId = new Map<number, Image>();
  readonly #holders = new Map<Image, number>();
  #bytes = 0;

  /** What the public images of all held lists weigh together. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The same images, the public ones as another list holds them already. */
  share(images: readonly Image[]): readonly Image[] {
    if (!images.some((image) => image.public)) return images;
    return images.map((image) => {
      const known = image.public ? this.#byId.get(image.id) : undefined;
      return known !== undefined && isDeepStrictEqual(known, image) ? known : image;
    });
  }

  /** Counts the public images of a list that is held from now on. */
  retain(images: readonly Image[]): void {
    for (const image of images) {
      if (!image.public) continue;
      const holders = this.#holders.get(image) ?? 0;
      if (holders === 0) this.#bytes += weightOf(image);
      this.#holders.set(image, holders + 1);
      if (!this.#byId.has(image.id)) this.#byId.set(image.id, image);
    }
  }

  /** Lets go of the public images of a list that is no longer held. */
  release(images: readonly Image[]): void {
    for (const image of images) {
      if (!image.public) continue;
      const holders = this.#holders.get(image) ?? 0;
      if (holders > 1) this.#holders.set(image, holders - 1);
      if (holders !== 1) continue;
      this.#holders.delete(image);
      this.#bytes -= weightOf(image);
      if (this.#byId.get(image.id) === image) this.#byId.delete(image.id);
    }
  }
}
