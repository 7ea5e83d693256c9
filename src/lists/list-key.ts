import type { ImageListFilter } from '../digitalocean/images.ts';

/** What a list is held and read under. */
export interface ListKey {
  /** Digest of the whole token, as `tenant.ts` makes it. */
  readonly tenant: string;
  /** The API filter in canonical form, or what stands for one image by itself. */
  readonly filter: string;
}

export const UNFILTERED = '[null,null,null]';

/** The API filter as one string: the same filter always gives the same one. */
export function canonicalFilter({ category, private: isPrivate, tagName }: ImageListFilter): string {
  if (category === undefined && isPrivate === undefined && tagName === undefined) return UNFILTERED;
  return JSON.stringify([category ?? null, isPrivate ?? null, tagName ?? null]);
}

/** Stands for the image of this id or slug, read by itself; no filter begins so. */
export function imageFilter(name: string): string {
  return `image ${name}`;
}

/** A key with its name, which is the same for the same tenant and filter. */
export interface NamedKey extends ListKey {
  readonly name: string;
}

export function nameKey({ tenant, filter }: ListKey): NamedKey {
  return { tenant, filter, name: `${tenant}?${filter}` };
}

/** A tenant has no question mark in it. */
export function tenantOf(name: string): string {
  return name.slice(0, name.indexOf('?'));
}

/** Whether a key of this name is that of one image by itself. */
export function isOfOneImage(name: string): boolean {
  return name.startsWith('image ', name.indexOf('?') + 1);
}
