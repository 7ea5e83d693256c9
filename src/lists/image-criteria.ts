import type { Distribution, Image, ImageStatus, ImageType } from '../digitalocean/payloads.ts';

/** Conditions that the gateway answers over a list. Those that are absent do not count; all others must hold. */
export interface ImageCriteria {
  readonly types?: readonly ImageType[];
  readonly statuses?: readonly ImageStatus[];
  readonly distributions?: readonly Distribution[];
  /** Region slugs: the image must be available in all of them. */
  readonly regions?: readonly string[];
  /** Part of the name, in either case. */
  readonly nameContains?: string;
  /** In gigabytes: the image must be known to fit a disk of this size. */
  readonly fitsDiskSize?: number;
  /** Epoch milliseconds, not included. */
  readonly createdAfterMs?: number;
  /** Epoch milliseconds, not included. */
  readonly createdBeforeMs?: number;
}

/** The criteria as one string: the same conditions give the same one, in whatever order their values were. */
export function canonicalCriteria(criteria: ImageCriteria): string {
  const { types, statuses, distributions, regions } = criteria;
  return JSON.stringify([
    sortedSet(types),
    sortedSet(statuses),
    sortedSet(distributions),
    sortedSet(regions),
    criteria.nameContains?.toLowerCase() ?? null,
    criteria.fitsDiskSize ?? null,
    criteria.createdAfterMs ?? null,
    criteria.createdBeforeMs ?? null,
  ]);
}

function sortedSet(values: readonly string[] | undefined): readonly string[] | null {
  return values === undefined ? null : [...new Set(values)].toSorted();
}

/** The criteria as one test. An image that lacks what a condition looks at does not meet it. */
export function toPredicate(criteria: ImageCriteria): (image: Image) => boolean {
  const { types, statuses, distributions, regions, nameContains, fitsDiskSize } = criteria;
  const { createdAfterMs, createdBeforeMs } = criteria;
  const name = nameContains?.toLowerCase();
  const tests: ((image: Image) => boolean)[] = [];
  if (types) tests.push((image) => types.includes(image.type));
  if (statuses) tests.push((image) => statuses.includes(image.status));
  if (distributions) tests.push((image) => distributions.includes(image.distribution));
  if (regions) tests.push((image) => regions.every((region) => image.regions.includes(region)));
  if (name !== undefined) tests.push((image) => image.name.toLowerCase().includes(name));
  if (fitsDiskSize !== undefined) {
    tests.push(({ minDiskSize }) => minDiskSize !== null && minDiskSize <= fitsDiskSize);
  }
  if (createdAfterMs !== undefined) tests.push((image) => createdMs(image) > createdAfterMs);
  if (createdBeforeMs !== undefined) tests.push((image) => createdMs(image) < createdBeforeMs);
  return (image) => tests.every((test) => test(image));
}

/** Epoch milliseconds; NaN, which no comparison holds for, where the API gave no date. */
export function createdMs({ createdAt }: Image): number {
  return createdAt === null ? NaN : Date.parse(createdAt);
}
