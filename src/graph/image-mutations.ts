import type { Distribution as DistributionName, Image as ImageRow } from '../digitalocean/payloads.ts';
import { builder } from './builder.ts';
import { upstreamCost, WRITE } from './directives.ts';
import { decodeImageId, encodeGlobalId } from './global-id.ts';
import { Image } from './image.ts';
import { Distribution } from './image-enums.ts';
import { invalidDescription, invalidName, invalidRegion, invalidTags, invalidUrl } from './image-input.ts';
import { invalid, submit, type Submission, USER_ERRORS, UserErrorType } from './user-error.ts';

function payloadType(name: string, description: string) {
  return builder.objectRef<Submission<ImageRow>>(name).implement({
    description,
    fields: (t) => ({
      image: t.field({
        type: Image,
        nullable: true,
        description: 'The image as it is now; null where the input was wrong.',
        resolve: ({ result }) => result ?? null,
      }),
      userErrors: t.field({
        type: [UserErrorType],
        description: USER_ERRORS,
        resolve: (payload) => payload.userErrors,
      }),
    }),
  });
}

const CreateImageInput = builder
  .inputRef<{
    readonly name: string;
    readonly url: string;
    readonly region: string;
    readonly distribution?: DistributionName | null | undefined;
    readonly description?: string | null | undefined;
    readonly tags?: readonly string[] | null | undefined;
  }>('CreateImageInput')
  .implement({
    description: 'What to import, and how to name it.',
    fields: (t) => ({
      name: t.string({ required: true, description: 'Its display name, 1 to 255 characters.' }),
      url: t.string({
        required: true,
        description:
          'Where DigitalOcean fetches it: an http, https or ftp URL of a raw, qcow2, vhdx, vdi or vmdk file.',
      }),
      region: t.id({ required: true, description: 'The slug of the region to import it to, as `nyc3`.' }),
      distribution: t.field({ type: Distribution, description: 'Its operating system.' }),
      description: t.string({ description: 'Free text, up to 1,000 characters.' }),
      tags: t.stringList({ description: 'Tags to put on it. Needs the scope `tag:create` as well.' }),
    }),
  });

const UpdateImageInput = builder
  .inputRef<{
    readonly id: string;
    readonly name?: string | null | undefined;
    readonly distribution?: DistributionName | null | undefined;
    readonly description?: string | null | undefined;
  }>('UpdateImageInput')
  .implement({
    description: 'What to change; what is null or left out stays as it is.',
    fields: (t) => ({
      id: t.id({ required: true, description: 'The global id of one of your own images.' }),
      name: t.string({ description: 'Another display name, 1 to 255 characters.' }),
      distribution: t.field({
        type: Distribution,
        description: 'Another operating system; custom images only.',
      }),
      description: t.string({
        description: 'Another free text, up to 1,000 characters; custom images only.',
      }),
    }),
  });

const DeleteImageInput = builder.inputRef<{ readonly id: string }>('DeleteImageInput').implement({
  description: 'What to delete.',
  fields: (t) => ({ id: t.id({ required: true, description: 'The global id of one of your own images.' }) }),
});

const CreateImagePayload = payloadType('CreateImagePayload', 'The import that has begun: the image is NEW.');
const UpdateImagePayload = payloadType('UpdateImagePayload', 'The image as it was changed.');

const DeleteImagePayload = builder.objectRef<Submission<string>>('DeleteImagePayload').implement({
  description: 'The image that is gone.',
  fields: (t) => ({
    deletedImageId: t.id({
      nullable: true,
      description: 'Its global id, for client caches; null where the input was wrong.',
      resolve: ({ result }) => result ?? null,
    }),
    userErrors: t.expose('userErrors', { type: [UserErrorType], description: USER_ERRORS }),
  }),
});

const ONCE =
  'Sent once and never again: where the API does not answer, `extensions.outcome` of the error is `unknown`, and the image may be there nevertheless.';

builder.mutationFields((t) => ({
  createImage: t.field({
    type: CreateImagePayload,
    nullable: true,
    directives: [WRITE, upstreamCost(1)],
    description: `Imports an image from a URL. It answers at once, with the image NEW; the import takes seconds to minutes. Needs the scope \`image:create\`. ${ONCE}`,
    args: { input: t.arg({ type: CreateImageInput, required: true, description: 'What to import.' }) },
    resolve: (_root, { input }, { writes }) => {
      const { name, url, region, distribution, description, tags } = input;
      const errors = [
        invalidName(name),
        invalidUrl(url),
        invalidRegion(region),
        invalidDescription(description),
        invalidTags(tags),
      ];
      return submit(errors, () =>
        writes.create({
          name,
          url,
          region,
          ...(distribution != null && { distribution }),
          ...(description != null && { description }),
          ...(tags != null && { tags }),
        }),
      );
    },
  }),
  updateImage: t.field({
    type: UpdateImagePayload,
    nullable: true,
    directives: [WRITE, upstreamCost(1)],
    description: `Changes the name of one of your own images, and of a custom one its description and operating system. Needs the scope \`image:update\`. ${ONCE}`,
    args: { input: t.arg({ type: UpdateImageInput, required: true, description: 'What to change.' }) },
    resolve: (_root, { input }, { writes }) => {
      const { name, distribution, description } = input;
      const id = decodeImageId('input.id', input.id);
      const changes = {
        ...(name != null && { name }),
        ...(distribution != null && { distribution }),
        ...(description != null && { description }),
      };
      const isEmpty = Object.keys(changes).length === 0;
      const errors = [
        name == null ? null : invalidName(name),
        invalidDescription(description),
        isEmpty ? invalid('id', 'Give a name, a distribution or a description to change.') : null,
      ];
      return submit(errors, () => writes.update(id, changes));
    },
  }),
  deleteImage: t.field({
    type: DeleteImagePayload,
    nullable: true,
    // The second asks whether the image is gone, where the API refuses the delete.
    directives: [WRITE, upstreamCost(2)],
    description: `Deletes one of your own images, for good. One that is deleted already counts as deleted; a delete that the API refuses for another reason is \`REFUSED\`. Needs the scope \`image:delete\`. ${ONCE}`,
    args: { input: t.arg({ type: DeleteImageInput, required: true, description: 'What to delete.' }) },
    resolve: (_root, { input }, { writes }) => {
      const id = decodeImageId('input.id', input.id);
      return submit([], async () => {
        await writes.delete(id);
        return encodeGlobalId('Image', id);
      });
    },
  }),
}));
