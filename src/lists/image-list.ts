import type { Image } from '../digitalocean/payloads.ts';

/** Measured on the heap over the seed catalogue, index included, without the texts that vary in length. */
const BYTES_PER_IMAGE = 460;
const BYTES_PER_LIST = 400;

/**
 * What one token sees under one API filter, as it was at one moment: the whole list or a part from its head.
 * Immutable, so that every request that holds it sees one state; a change of the list is another object.
 */
export class ImageList {
  readonly items: readonly Image[];
  /** How many images the whole list has. */
  readonly total: number;
  /** Whether the items are the whole list. */
  readonly complete: boolean;
  /** Whether the pages it was read from agreed with one another. */
  readonly coherent: boolean;
  /** When the reading began, by the clock of whoever read it. */
  readonly readAtMs: number;

  #places: Map<number, number | number[]> | undefined;
  #slugs: Map<string, Image> | undefined;

  constructor(part: {
    items: readonly Image[];
    total: number;
    complete: boolean;
    coherent: boolean;
    readAtMs: number;
  }) {
    this.items = part.items;
    this.total = part.total;
    this.complete = part.complete;
    this.coherent = part.coherent;
    this.readAtMs = part.readAtMs;
  }

  /** What the list weighs in memory, roughly. */
  get bytes(): number {
    return this.items.reduce((sum, image) => sum + BYTES_PER_IMAGE + 2 * textLength(image), BYTES_PER_LIST);
  }

  idAt(position: number): number | undefined {
    return this.items[position]?.id;
  }

  /**
   * Where the image with this id stands, -1 where it does not. The API has been seen to repeat an id within a
   * page: then the place nearest to `near` counts, so that a walk over repeats goes on where it was.
   */
  indexOf(id: number, near: number): number {
    const places = this.#placesById().get(id);
    if (places === undefined) return -1;
    if (typeof places === 'number') return places;
    return places.reduce((best, place) => (Math.abs(place - near) < Math.abs(best - near) ? place : best));
  }

  byId(id: number): Image | undefined {
    return this.items[this.indexOf(id, 0)];
  }

  bySlug(slug: string): Image | undefined {
    this.#slugs ??= new Map(
      this.items.flatMap((image) => (image.slug === null ? [] : [[image.slug, image] as const])),
    );
    return this.#slugs.get(slug);
  }

  #placesById(): Map<number, number | number[]> {
    if (this.#places === undefined) {
      this.#places = new Map();
      for (const [place, { id }] of this.items.entries()) {
        const known = this.#places.get(id);
        this.#places.set(id, known === undefined ? place : [known, place].flat());
      }
    }
    return this.#places;
  }
}

function textLength({ name, description, tags, errorMessage }: Image): number {
  return [name, description ?? '', errorMessage ?? '', ...tags].reduce((sum, text) => sum + text.length, 0);
}
