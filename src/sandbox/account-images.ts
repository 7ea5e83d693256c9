import type { ImageKind } from './catalogue.ts';

import { type Json, field } from './json.ts';

/** One image of an account, with what lists need and the wire does not show. */
export interface ImageRow {
  kind: ImageKind;
  /** Usually an object; control can put any JSON here. */
  image: Json;
  /** Lists show the image from this moment on (epoch ms); Infinity keeps it out of them for good. */
  shownFrom: number;
  /** Lists show the image until this moment (epoch ms). */
  hiddenFrom: number;
  deleted: boolean;
}

export type ListPosition = 'head' | 'tail' | number;

/** The images of one account, in the order its lists show. */
export interface AccountImages {
  listed(now: number): readonly ImageRow[];
  /** By id, whether listed or not; undefined once deleted, however long lists go on showing it. */
  find(id: number): ImageRow | undefined;
  /** Among public images that are listed: older builds lose their slug to the newest. */
  findBySlug(slug: string, now: number): ImageRow | undefined;
  wasDeleted(id: number): boolean;
  /** A number is an index into what lists show now; without a position the image goes to the newest end. */
  add(row: ImageRow, now: number, position?: ListPosition): void;
  /** Gone at once by id; lists go on showing the image for `lagMs`. */
  delete(row: ImageRow, now: number, lagMs: number): void;
  /** Lists show exactly these from now on; images that were never listed stay readable by id. */
  replace(rows: readonly ImageRow[]): void;
}

/** A row that lists show from `shownFrom` (epoch ms, default always) on. */
export function createRow(kind: ImageKind, image: Json, shownFrom = -Infinity): ImageRow {
  return { kind, image, shownFrom, hiddenFrom: Infinity, deleted: false };
}

/** @param newestAt the end of the list where new images appear */
export function createAccountImages(seed: readonly ImageRow[], newestAt: 'head' | 'tail'): AccountImages {
  let rows = newestAt === 'tail' ? [...seed] : seed.toReversed();
  const deletedIds = new Set<number>();

  function indexOf(position: ListPosition, now: number): number {
    if (position === 'head') return 0;
    const before = position === 'tail' ? undefined : images.listed(now)[position];
    return before === undefined ? rows.length : rows.indexOf(before);
  }

  const images: AccountImages = {
    listed: (now) => rows.filter((row) => row.shownFrom <= now && now < row.hiddenFrom),
    find: (id) => rows.find((row) => !row.deleted && field(row.image, 'id') === id),
    findBySlug: (slug, now) =>
      images
        .listed(now)
        .find((row) => !row.deleted && row.kind !== 'user' && field(row.image, 'slug') === slug),
    wasDeleted: (id) => deletedIds.has(id),
    add(row, now, position = newestAt) {
      const id = field(row.image, 'id');
      if (typeof id === 'number') deletedIds.delete(id);
      rows.splice(indexOf(position, now), 0, row);
    },
    delete(row, now, lagMs) {
      row.deleted = true;
      row.hiddenFrom = Math.min(row.hiddenFrom, now + lagMs);
      const id = field(row.image, 'id');
      if (typeof id === 'number') deletedIds.add(id);
      rows = rows.filter((other) => !other.deleted || now < other.hiddenFrom);
    },
    replace(next) {
      rows = [...next, ...rows.filter((row) => row.shownFrom === Infinity)];
    },
  };
  return images;
}
