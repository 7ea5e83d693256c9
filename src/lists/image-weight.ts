import type { Image } from '../digitalocean/payloads.ts';

/** Measured on the heap, without the texts that vary in length and the lists that images have in common. */
const BYTES_PER_IMAGE = 240;
const BYTES_PER_TEXT = 24;

/** What an image weighs in memory, in bytes, roughly: most texts have a byte for each character. */
export function weightOf({ name, description, errorMessage, tags }: Image): number {
  let weight = BYTES_PER_IMAGE + name.length;
  if (description) weight += BYTES_PER_TEXT + description.length;
  if (errorMessage) weight += BYTES_PER_TEXT + errorMessage.length;
  for (const tag of tags) weight += tag.length;
  return weight;
}
