import type { ImageListFilter } from '../digitalocean/images.ts';
import type {
  Distribution as DistributionName,
  ImageStatus as Status,
  ImageType as Type,
} from '../digitalocean/payloads.ts';
import type { ImageCriteria } from '../lists/image-criteria.ts';
import { ArgumentError } from '../relay/argument-error.ts';
import { builder } from './builder.ts';
import { REGION, TAG_NAME } from './image-input.ts';
import { Distribution, ImageCategory, ImageStatus, ImageType } from './image-enums.ts';

/** What an ImageFilter holds after GraphQL has read it. */
export interface ImageFilterInput {
  readonly category?: 'application' | 'distribution' | null | undefined;
  readonly private?: boolean | null | undefined;
  readonly tagName?: string | null | undefined;
  readonly types?: readonly Type[] | null | undefined;
  readonly statuses?: readonly Status[] | null | undefined;
  readonly distributions?: readonly DistributionName[] | null | undefined;
  readonly regions?: readonly string[] | null | undefined;
  readonly nameContains?: string | null | undefined;
  readonly fitsDiskSize?: number | null | undefined;
  readonly createdAfter?: number | null | undefined;
  readonly createdBefore?: number | null | undefined;
}

export const ImageFilter = builder.inputRef<ImageFilterInput>('ImageFilter').implement({
  description:
    'Which images to list. Conditions that are null or left out do not count; all others must hold. The first three are sent to the API; the others are answered over the whole list, which costs its pages once for as long as it is fresh.',
  fields: (t) => ({
    category: t.field({
      type: ImageCategory,
      description: 'Only applications or only distributions. Sent to the API as `type`.',
    }),
    private: t.boolean({
      description:
        "True: only your account's own images, which are its snapshots, backups and custom images. Sent as `private`.",
    }),
    tagName: t.string({
      description: 'Only images that carry this tag. Sent as `tag_name`. Needs the scope `tag:read` as well.',
    }),
    types: t.field({
      type: [ImageType],
      description: 'Of one of these types; an empty list lets nothing through.',
    }),
    statuses: t.field({
      type: [ImageStatus],
      description: 'In one of these states; an empty list lets nothing through.',
    }),
    distributions: t.field({
      type: [Distribution],
      description: 'Of one of these operating systems; an empty list lets nothing through.',
    }),
    regions: t.idList({ description: 'Available in all of these regions, given by their slugs.' }),
    nameContains: t.string({
      description: 'With this text in the name, in either case. Up to 255 characters.',
    }),
    fitsDiskSize: t.int({
      description: 'For a disk of this many GB: `minDiskSize` is known and no larger.',
    }),
    createdAfter: t.field({ type: 'DateTime', description: 'Made later than this, to the millisecond.' }),
    createdBefore: t.field({ type: 'DateTime', description: 'Made earlier than this, to the millisecond.' }),
  }),
});

const MAX_VALUES = 100;
const MAX_NAME_LENGTH = 255;

/**
 * The API's list parameters for a filter.
 * @throws ArgumentError
 */
export function toListFilter(filter: ImageFilterInput | null | undefined): ImageListFilter {
  if (filter == null) return {};
  const { category, private: isPrivate, tagName } = filter;
  if (tagName != null && !TAG_NAME.test(tagName)) {
    throw invalid('tagName', 'must be 1 to 255 letters, digits, colons, hyphens and underscores.');
  }
  return {
    ...(category == null ? {} : { category }),
    ...(isPrivate == null ? {} : { private: isPrivate }),
    ...(tagName == null ? {} : { tagName }),
  };
}

/**
 * The conditions of a filter that the gateway answers itself; null where there is none.
 * @throws ArgumentError
 */
export function toCriteria(filter: ImageFilterInput | null | undefined): ImageCriteria | null {
  if (filter == null) return null;
  const { types, statuses, distributions, regions, nameContains, fitsDiskSize } = filter;
  for (const [name, values] of Object.entries({ types, statuses, distributions, regions })) {
    if (values != null && values.length > MAX_VALUES)
      throw invalid(name, `must be at most ${MAX_VALUES} values.`);
  }
  if (regions?.some((region) => !REGION.test(region))) {
    throw invalid('regions', 'must be slugs of regions, as "nyc3".');
  }
  if (nameContains != null && nameContains.length > MAX_NAME_LENGTH) {
    throw invalid('nameContains', `must be at most ${MAX_NAME_LENGTH} characters.`);
  }
  if (fitsDiskSize != null && fitsDiskSize < 0) throw invalid('fitsDiskSize', 'must be 0 or more, in GB.');
  const criteria: ImageCriteria = {
    ...(types && { types }),
    ...(statuses && { statuses }),
    ...(distributions && { distributions }),
    ...(regions && { regions }),
    ...(nameContains != null && { nameContains }),
    ...(fitsDiskSize != null && { fitsDiskSize }),
    ...(filter.createdAfter != null && { createdAfterMs: filter.createdAfter }),
    ...(filter.createdBefore != null && { createdBeforeMs: filter.createdBefore }),
  };
  return Object.keys(criteria).length === 0 ? null : criteria;
}

function invalid(field: string, form: string): ArgumentError {
  return new ArgumentError(`filter.${field}`, 'INVALID_VALUE', form);
}
