import type { ApiAnswer } from './answer.ts';
import type { ApiClient, Caller } from './client.ts';
import { PayloadError, StatusError } from './errors.ts';
import { type Distribution, type Image, type Page, parseImageBody, parseImagePage } from './payloads.ts';

const pathOf = (idOrSlug: string) => `/v2/images/${encodeURIComponent(idOrSlug)}` as const;

/** The list parameters that the API knows; it ignores every other name. */
export interface ImageListFilter {
  /** Sent as `type`, which has nothing to do with the `type` field of an image. */
  readonly category?: 'application' | 'distribution';
  /** True: only the account's own images. */
  readonly private?: boolean;
  readonly tagName?: string;
}

/** `GET /v2/images`: one page of the images that the token sees, in the API's own order. */
export async function listImages(
  client: ApiClient,
  caller: Caller,
  query: { page: number; perPage: number; filter: ImageListFilter },
): Promise<Page<Image>> {
  const { page, perPage, filter } = query;
  const { call, body, bytes } = await client.request(caller, {
    method: 'GET',
    path: '/v2/images',
    query: {
      page: String(page),
      per_page: String(perPage),
      type: filter.category,
      private: filter.private?.toString(),
      tag_name: filter.tagName,
    },
    scopes: filter.tagName === undefined ? ['image:read'] : ['image:read', 'tag:read'],
  });
  const images = parseImagePage(body, caller.onUnknownValue);
  if (images === null) throw new PayloadError(call, 'SHAPE', 'the answer holds no list of images');
  if (images.unreadable !== undefined) caller.onDroppedRows?.(images.unreadable.length);
  return { ...images, bytes };
}

/**
 * `GET /v2/images/{id or slug}`: one image, or null where the API knows none (404). A path of digits only is
 * an id. An answer about another image than the one asked for is refused, never passed on.
 */
export async function getImage(client: ApiClient, caller: Caller, idOrSlug: string): Promise<Image | null> {
  try {
    const answer = await client.request(caller, {
      method: 'GET',
      path: pathOf(idOrSlug),
      scopes: ['image:read'],
    });
    return readImage(answer, ({ id, slug }) => idOrSlug === String(id) || idOrSlug === slug);
  } catch (error) {
    if (error instanceof StatusError && error.status === 404) return null;
    throw error;
  }
}

/** What an image is imported from. */
export interface ImageImport {
  readonly name: string;
  readonly url: string;
  readonly region: string;
  readonly distribution?: Distribution;
  readonly description?: string;
  readonly tags?: readonly string[];
}

/** `POST /v2/images`: begins an import; the image is NEW, without regions and sizes. Never to be sent twice. */
export async function createImage(client: ApiClient, caller: Caller, input: ImageImport): Promise<Image> {
  const { name, url, region, distribution, description, tags } = input;
  return readImage(
    await client.request(caller, {
      method: 'POST',
      path: '/v2/images',
      body: { name, url, region, distribution, description, tags },
      scopes: tags === undefined || tags.length === 0 ? ['image:create'] : ['image:create', 'tag:create'],
    }),
  );
}

/** What of an image can be changed; what is absent stays as it is. */
export interface ImageChanges {
  readonly name?: string;
  readonly distribution?: Distribution;
  readonly description?: string;
}

/** `PUT /v2/images/{id}`: changes what is given of one of the account's own images. */
export async function updateImage(
  client: ApiClient,
  caller: Caller,
  id: string,
  { name, distribution, description }: ImageChanges,
): Promise<Image> {
  const body = { name, distribution, description };
  const scopes = ['image:update'] as const;
  const answer = await client.request(caller, { method: 'PUT', path: pathOf(id), body, scopes });
  return readImage(answer, (image) => id === String(image.id));
}

/**
 * `DELETE /v2/images/{id}`. An image that is already deleted counts as deleted: that is what the caller wants. The API
 * refuses such a delete by a 422, and a delete of a busy image by the same. Its message tells them apart, or one read.
 */
export async function deleteImage(client: ApiClient, caller: Caller, id: string): Promise<void> {
  try {
    await client.request(caller, {
      method: 'DELETE',
      path: pathOf(id),
      scopes: ['image:delete'],
      isEmpty: true,
    });
  } catch (error) {
    if (!(error instanceof StatusError) || error.status !== 422) throw error;
    if (!ALREADY_DELETED.test(error.complaint ?? '') && !(await isDeleted(client, caller, id))) throw error;
  }
}

/** Whole sentences only: one that is missing here costs a call, one too many reports an image as deleted that is not. */
const ALREADY_DELETED =
  /^(?:(?:the |this )?image )?(?:can ?not delete an already deleted image|(?:is |was |has )?already (?:been )?deleted)\.?$/i;

/** Whether the API says so; false where it cannot be reached. */
async function isDeleted(client: ApiClient, caller: Caller, id: string): Promise<boolean> {
  try {
    const image = await getImage(client, caller, id);
    return image === null || image.status === 'deleted';
  } catch {
    return false;
  }
}

/** The image of an answer; where it can be told, only the one that was asked for. */
function readImage({ call, body }: ApiAnswer, isAskedFor = (_image: Image) => true): Image {
  const image = parseImageBody(body);
  if (image === null) throw new PayloadError(call, 'SHAPE', 'the answer holds no image');
  if (!isAskedFor(image)) {
    throw new PayloadError(call, 'WRONG_IMAGE', 'the answer is another image than the one asked for');
  }
  return image;
}
