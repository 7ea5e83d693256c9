import type { Image } from '../digitalocean/payloads.ts';
import { MAX_TEXT_BYTES, type SortValue } from '../relay/cursor.ts';
import { createdMs } from './image-criteria.ts';

export type ImageOrderField = 'createdAt' | 'minDiskSize' | 'name' | 'sizeGigabytes';

/** An order that the gateway puts a list into. */
export interface ImageOrder {
  readonly field: ImageOrderField;
  readonly direction: 'asc' | 'desc';
}

/** What an image is sorted by. Names count without regard to case, and as far as a cursor can hold them. */
export const ORDER_VALUES: Readonly<Record<ImageOrderField, (image: Image) => SortValue>> = {
  createdAt(image) {
    const ms = createdMs(image);
    return Number.isNaN(ms) ? null : ms;
  },
  minDiskSize: (image) => image.minDiskSize,
  name: (image) => truncateText(image.name.toLowerCase(), MAX_TEXT_BYTES),
  sizeGigabytes: (image) => image.sizeGigabytes,
};

/** Compares what two images are sorted by: negative where `a` comes first. */
export function compareOrderValues(a: SortValue, b: SortValue, direction: 'asc' | 'desc'): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (a === b) return 0;
  return a < b === (direction === 'asc') ? -1 : 1;
}

/** The text's first `bytes` bytes of UTF-8, without a part of a character at the end. */
function truncateText(text: string, bytes: number): string {
  // A UTF-16 unit takes at most three bytes: most names need no look at their bytes.
  if (text.length * 3 <= bytes) return text.toWellFormed();
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytes));
  return text.slice(0, read).toWellFormed();
}
