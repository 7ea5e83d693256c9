import type { Image as ImageRow } from '../digitalocean/payloads.ts';
import { ArgumentError } from '../relay/argument-error.ts';
import { builder } from './builder.ts';
import { assumedSize, key, upstreamCost } from './directives.ts';
import { decodeImageId, encodeGlobalId, parseNumericId } from './global-id.ts';
import { Distribution, ImageCategory, ImageStatus, ImageType } from './image-enums.ts';
import { Region } from './region.ts';

/** Lower-case, as the API's slugs are, and not of digits only: the API would read those as an id. */
const SLUG = /^(?!\d+$)[a-z0-9][a-z0-9.-]{0,99}$/;

export const Image = builder.objectRef<ImageRow>('Image');

// Not the plugin's `builder.node`: its `id` is a promise for each image, which is half of what a long page costs.
builder.objectType(Image, {
  description:
    'An image that a Droplet can be made of: a distribution, an application, or one of your own (a snapshot, a backup or a custom image).',
  directives: [key('id'), key('imageId'), key('slug')],
  interfaces: [builder.nodeInterfaceRef()],
  isTypeOf: () => true,
  fields: (t) => ({
    id: t.id({
      description: 'Globally unique, as `do:image:7555620`. The key for `node` and for client caches.',
      resolve: (image) => encodeGlobalId('Image', String(image.id)),
    }),
    imageId: t.id({ description: 'The numeric id in the REST API.', resolve: (image) => image.id }),
    name: t.exposeString('name', {
      description: 'The display name: for a distribution only its version, as `24.04 (LTS) x64`. Not unique.',
    }),
    slug: t.exposeString('slug', {
      nullable: true,
      description:
        'A readable name of a public image, as `ubuntu-24-04-x64`. It moves on to each newer build, so do not store it for an id. Null for your own images and for superseded builds.',
    }),
    description: t.exposeString('description', { nullable: true, description: 'Free text, often empty.' }),
    distribution: t.expose('distribution', { type: Distribution, description: 'The operating system.' }),
    distributionName: t.exposeString('distributionName', {
      nullable: true,
      description: 'The operating system as the API words it, for display; known to `distribution` or not.',
    }),
    type: t.expose('type', {
      type: ImageType,
      description: 'What kind of image it is. Unrelated to the filter `category`.',
    }),
    status: t.expose('status', { type: ImageStatus, description: 'Where the image is in its life.' }),
    category: t.field({
      type: ImageCategory,
      nullable: true,
      description:
        'Whether it is an application or a distribution; null for your own images. The API tells it by its lists only: this field costs reading up to two of them, once for all images of an answer.',
      resolve: (image, _args, { categories }) => categories.load(image),
    }),
    public: t.exposeBoolean('public', {
      description: 'True for images that every account sees, false for your own.',
    }),
    regions: t.expose('regions', {
      type: [Region],
      directives: [assumedSize(15)],
      description: 'Where a Droplet can be made of it, in no particular order. Empty while an import runs.',
    }),
    tags: t.exposeStringList('tags', { description: 'The tags that your account has put on it.' }),
    minDiskSize: t.exposeInt('minDiskSize', {
      nullable: true,
      description: 'The smallest disk that takes it, in GB. Null until an import is done.',
    }),
    sizeGigabytes: t.exposeFloat('sizeGigabytes', {
      nullable: true,
      description: 'The space that it takes, in GB. Null until an import is done.',
    }),
    createdAt: t.expose('createdAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was made.',
    }),
    errorMessage: t.exposeString('errorMessage', {
      nullable: true,
      description: 'Why its import failed; null where nothing failed.',
    }),
  }),
});

builder.queryField('image', (t) =>
  t.field({
    type: Image,
    nullable: true,
    directives: [upstreamCost(1)],
    description: 'One image, by exactly one of its three names; null where there is none that you may see.',
    args: {
      id: t.arg.id({ description: 'The global id, as `do:image:7555620`.' }),
      imageId: t.arg.id({ description: 'The numeric id in the REST API, as `7555620`.' }),
      slug: t.arg.string({ description: 'The slug of a public image, as `ubuntu-24-04-x64`.' }),
    },
    resolve: (_root, args, context) => context.images.load(parseImageName(args)),
  }),
);

interface ImageNames {
  readonly id?: string | null | undefined;
  readonly imageId?: string | null | undefined;
  readonly slug?: string | null | undefined;
}

/** The one name given, in the form that the image loader takes: digits or a slug. */
export function parseImageName({ id, imageId, slug }: ImageNames): string {
  const given = [id, imageId, slug].filter((name) => name != null);
  if (given.length !== 1) {
    throw new ArgumentError('id', 'INVALID_VALUE', 'give exactly one of "id", "imageId" and "slug".');
  }
  if (id != null) return decodeImageId('id', id);
  if (imageId != null) return String(parseNumericId('imageId', imageId));
  if (slug != null && SLUG.test(slug)) return slug;
  throw new ArgumentError('slug', 'INVALID_VALUE', 'must be a slug in lower case, as "ubuntu-24-04-x64".');
}
