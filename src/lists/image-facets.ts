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

/** Images that have the same regions have one list of them, which is counted as a whole. */
export function countFacets(images: readonly Image[]): ImageFacets {
  const distributions = new Map<Distribution, number>();
  const regionLists = new Map<readonly string[], number>();
  const types = new Map<ImageType, number>();
  const statuses = new Map<ImageStatus, number>();
  for (const { distribution, regions, type, status } of images) {
    count(distributions, distribution);
    count(regionLists, regions);
    count(types, type);
    count(statuses, status);
  }
  const regions = new Map<string, number>();
  for (const [list, times] of regionLists) for (const region of list) count(regions, region, times);
  return {
    distributions: toFacets(distributions),
    regions: toFacets(regions),
    types: toFacets(types),
    statuses: toFacets(statuses),
  };
}

export function countValues<T extends string>(values: readonly T[]): Facet<T>[] {
  const counts = new Map<T, number>();
  for (const value of values) count(counts, value);
  return toFacets(counts);
}

function count<T>(counts: Map<T, number>, value: T, times = 1): void {
  counts.set(value, (counts.get(value) ?? 0) + times);
}

function toFacets<T extends string>(counts: ReadonlyMap<T, number>): Facet<T>[] {
  return [...counts]
    .map(([value, times]) => ({ value, count: times }))
    .toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}
