import type { Image, Page } from '../../src/digitalocean/payloads.ts';
import type { ListSource } from '../../src/lists/list-store.ts';
import type { Waiter } from '../../src/lib/waiter.ts';

/** Never stops waiting. */
export const patient: Waiter = { signal: new AbortController().signal, leftMs: () => Infinity };

/** An image of which only the id matters. */
export function imageOf(id: number, rest: Partial<Image> = {}): Image {
  return {
    id,
    name: `image ${id}`,
    slug: null,
    description: '',
    distribution: 'Ubuntu',
    distributionName: 'Ubuntu',
    type: 'base',
    status: 'available',
    public: false,
    regions: [],
    tags: [],
    minDiskSize: 7,
    sizeGigabytes: 1,
    createdAt: null,
    errorMessage: null,
    ...rest,
  };
}

export function imagesOf(count: number, from = 1): Image[] {
  return Array.from({ length: count }, (_, index) => imageOf(from + index));
}

/** Reads the bytes of a page of `PagedApi`. */
export function parsePage(text: string): Page<Image> {
  return JSON.parse(text);
}

/** The paged list of an API, in memory: counts its calls and may answer wrongly on purpose. */
export class PagedApi {
  images: readonly Image[];
  readonly calls: string[] = [];
  /** Changes an answer before it is given. */
  answer: (page: Page<Image>, number: number, perPage: number) => Page<Image> | Promise<Page<Image>> = (
    page,
  ) => page;

  constructor(images: readonly Image[]) {
    this.images = images;
  }

  readonly source: ListSource = async (number, perPage, { signal }) => {
    this.calls.push(`${number}x${perPage}`);
    const items = this.images.slice((number - 1) * perPage, number * perPage);
    const total = this.images.length;
    const hasNext = total > perPage ? number * perPage < total : undefined;
    const page: Page<Image> = { items, received: items.length, total, hasNext };
    signal.throwIfAborted();
    const answered = await this.answer(page, number, perPage);
    return { ...answered, bytes: Buffer.from(JSON.stringify(answered)) };
  };
}
