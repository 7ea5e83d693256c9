import type { Image } from '../digitalocean/payloads.ts';

/** Measured on the heap over the seed catalogue, without the texts that vary in length. */
const BYTES_PER_IMAGE = 380;

/** What an image weighs in memory, in bytes, roughly. */
export function weightOf({ name, description, tags, errorMessage }: Image): number {
  const texts = [name, description ?? '', errorMessage ?? '', ...tags];
  return texts.reduce((sum, text) => sum + 2 * text.length, BYTES_PER_IMAGE);
}
