import type { ApiClient, Caller } from './client.ts';
import { PayloadError, StatusError } from './errors.ts';
import { type Image, type Page, parseImageBody, parseImagePage } from './payloads.ts';

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
  const { call, body } = await client.request(caller, {
    method: 'GET',
    path: '/v2/images',
    query: {
      page: String(page),
      per_page: String(perPage),
      type: filter.category,
      private: filter.private?.toString(),
      tag_name: filter.tagName,
    },
  });
  const images = parseImagePage(body);
  if (images === null) throw new PayloadError(call, 'SHAPE', 'the answer holds no list of images');
  return images;
}

/**
 * `GET /v2/images/{id or slug}`: one image, or null where the API knows none (404). A path of digits only is
 * an id. An answer about another image than the one asked for is refused, never passed on.
 */
export async function getImage(client: ApiClient, caller: Caller, idOrSlug: string): Promise<Image | null> {
  try {
    const { call, body } = await client.request(caller, {
      method: 'GET',
      path: `/v2/images/${encodeURIComponent(idOrSlug)}`,
    });
    const image = parseImageBody(body);
    if (image === null) throw new PayloadError(call, 'SHAPE', 'the answer holds no image');
    if (idOrSlug !== String(image.id) && idOrSlug !== image.slug) {
      throw new PayloadError(call, 'WRONG_IMAGE', 'the answer is another image than the one asked for');
    }
    return image;
  } catch (error) {
    if (error instanceof StatusError && error.status === 404) return null;
    throw error;
  }
}
