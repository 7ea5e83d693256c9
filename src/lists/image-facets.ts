import type { Distribution, Image, ImageStatus, ImageType } from '../digitalocean/payloads.ts';

/** A value and how many images have it. */
export interface Facet<T> {
  readonly value: T;
  readonly count: number;
}

/** Of each field the values that occur, the most frequent first and equally frequent ones by their text. */
export interface ImageFacets {
  readonly distributions: readonly Facet<Distribution>[];
  readonly regions: readonly Facet<string>[];
  readonly types: readonly Facet<ImageType>[];
  readonly statuses: readonly Facet<ImageStatus>[];
}

export function countFacets(images: readonly Image[]): ImageFacets {
  return {
    distributions: countValues(images.map(({ distribution }) => distribution)),
    regions: countValues(images.flatMap(({ regions }) => regions)),
    types: countValues(images.map(({ type }) => type)),
    statuses: countValues(images.map(({ status }) => status)),
  };
}

export function countValues<T extends string>(values: readonly T[]): Facet<T>[] {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}
