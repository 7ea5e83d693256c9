import type { ImageListFilter } from '../digitalocean/images.ts';
import { ArgumentError } from '../relay/argument-error.ts';
import { builder } from './builder.ts';

const ImageCategory = builder.enumType('ImageCategory', {
  description: 'The two kinds of public images that the API can list apart.',
  values: {
    APPLICATION: { value: 'application', description: 'One-click applications of the marketplace.' },
    DISTRIBUTION: { value: 'distribution', description: 'Plain operating systems.' },
  } as const,
});

/** What an ImageFilter holds after GraphQL has read it. */
export interface ImageFilterInput {
  readonly category?: 'application' | 'distribution' | null | undefined;
  readonly private?: boolean | null | undefined;
  readonly tagName?: string | null | undefined;
}

export const ImageFilter = builder.inputRef<ImageFilterInput>('ImageFilter').implement({
  description:
    'Which images to list. Conditions that are null or left out do not count; all others must hold.',
  fields: (t) => ({
    category: t.field({
      type: ImageCategory,
      description: 'Only applications or only distributions. Sent to the API as `type`.',
    }),
    private: t.boolean({
      description:
        "True: only your account's own images, which are its snapshots, backups and custom images. Sent as `private`.",
    }),
    tagName: t.string({ description: 'Only images that carry this tag. Sent as `tag_name`.' }),
  }),
});

/** The form of a tag's name in DigitalOcean's API. */
const TAG_NAME = /^[\p{L}\p{N}_:-]{1,255}$/u;

/**
 * The API's list parameters for a filter.
 * @throws ArgumentError
 */
export function toListFilter(filter: ImageFilterInput | null | undefined): ImageListFilter {
  const { category, private: isPrivate, tagName } = filter ?? {};
  if (tagName != null && !TAG_NAME.test(tagName)) {
    throw new ArgumentError(
      'filter.tagName',
      'INVALID_VALUE',
      'must be 1 to 255 letters, digits, colons, hyphens and underscores.',
    );
  }
  return {
    ...(category == null ? {} : { category }),
    ...(isPrivate == null ? {} : { private: isPrivate }),
    ...(tagName == null ? {} : { tagName }),
  };
}
