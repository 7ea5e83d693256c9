import type { JsonObject } from './json.ts';

import entries from './catalogue.json' with { type: 'json' };

/** What the `type` and `private` filters go by: no field of an image tells the first two apart. */
export type ImageKind = 'distribution' | 'application' | 'user';

export interface CatalogueEntry {
  readonly kind: ImageKind;
  /** False for old builds: they answer by id, and are neither listed nor found by slug. */
  readonly listed: boolean;
  readonly image: JsonObject;
}

/** The seed, by ascending id: images that everybody sees, and those of the first account. */
export const catalogue: readonly CatalogueEntry[] = entries.map(({ kind, listed, image }) => ({
  kind: toKind(kind),
  listed,
  image,
}));

function toKind(text: string): ImageKind {
  return text === 'distribution' || text === 'application' ? text : 'user';
}
