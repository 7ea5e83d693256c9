import type { Image } from '../digitalocean/payloads.ts';
import { textBytes } from '../lib/text-bytes.ts';

/** Measured on the heap, without the texts that vary in length and the lists that images have in common. */
const BYTES_PER_IMAGE = 240;
const BYTES_PER_TEXT = 24;

/** The memory that an image takes, in bytes, roughly. */
export function weightOf({ name, description, errorMessage, tags }: Image): number {
  let weight = BYTES_PER_IMAGE + textBytes(name);
  if (description) weight += BYTES_PER_TEXT + textBytes(description);
  if (errorMessage) weight += BYTES_PER_TEXT + textBytes(errorMessage);
  for (const tag of tags) weight += textBytes(tag);
  return weight;
}
