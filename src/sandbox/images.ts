import type { ImageRow } from './account-images.ts';

import { apiError, unprocessable } from './api-errors.ts';
import { type Exchange, type Reply, requireBody, toId } from './exchange.ts';
import { field, isObject } from './json.ts';
import { paginate } from './pagination.ts';

const OBJECT_TYPES = new Set(['snapshot', 'custom', 'backup']);

/** Distributions that an image can be given; the API replaces any other by "Unknown". */
const DISTRIBUTIONS = new Set([
  'Arch Linux',
  'CentOS',
  'CoreOS',
  'Debian',
  'Fedora',
  'Fedora Atomic',
  'FreeBSD',
  'Gentoo',
  'openSUSE',
  'RancherOS',
  'Rocky Linux',
  'Ubuntu',
]);

/** `GET /v2/images` */
export function listImages(exchange: Exchange): Reply {
  const { account, now } = exchange;
  const matches = toFilter(exchange);
  const { items, links, meta } = paginate(account.images.listed(now).filter(matches), exchange);
  return { status: 200, body: { images: items.map(({ image }) => image), links, meta } };
}

/** `GET /v2/images/{id or slug}` */
export function getImage({ account, params: [segment = ''], now }: Exchange): Reply {
  const id = toId(segment);
  const row = id === null ? account.images.findBySlug(segment, now) : account.images.find(id);
  if (row === undefined) throw apiError(404);
  return { status: 200, body: { image: row.image } };
}

/** `PUT /v2/images/{id}`: what is not in the body stays; all but the name is for custom images only. */
export function updateImage(exchange: Exchange): Reply {
  const row = findOwnImage(exchange);
  const { name, distribution, description } = requireBody(exchange);
  if (name !== undefined && (typeof name !== 'string' || name.trim() === '')) {
    throw unprocessable("Name can't be blank");
  }
  const custom = field(row.image, 'type') === 'custom';
  if (isObject(row.image)) {
    row.image = {
      ...row.image,
      ...(name === undefined ? {} : { name }),
      ...(custom && typeof distribution === 'string' ? { distribution: toDistribution(distribution) } : {}),
      ...(custom && typeof description === 'string' ? { description } : {}),
    };
  }
  return { status: 200, body: { image: row.image } };
}

/** `DELETE /v2/images/{id}`: a second one never becomes a 404, although reading the image is one at once. */
export function deleteImage(exchange: Exchange): Reply {
  const { account, params, now, state } = exchange;
  const id = toId(params[0]);
  if (id !== null && account.images.find(id) === undefined && account.images.wasDeleted(id)) {
    throw unprocessable('Can not delete an already deleted image.');
  }
  account.images.delete(findOwnImage(exchange), now, state.options.lagMs);
  return { status: 204 };
}

/**
 * The image of the path, by id.
 * @throws ApiError 404 for one that is not there
 */
export function findImage({ account, params }: Exchange): ImageRow {
  const id = toId(params[0]);
  const row = id === null ? undefined : account.images.find(id);
  if (row === undefined) throw apiError(404);
  return row;
}

/**
 * The image of the path, which the account may change.
 * @throws ApiError 404 for one that is not there, 403 for a public one
 */
export function findOwnImage(exchange: Exchange): ImageRow {
  const row = findImage(exchange);
  if (row.kind !== 'user') throw apiError(403);
  return row;
}

export function toDistribution(name: string): string {
  return DISTRIBUTIONS.has(name) ? name : 'Unknown';
}

/** All filters of the query together: an image has to pass each of them. */
function toFilter({ query, state }: Exchange): (row: ImageRow) => boolean {
  const type = query.get('type');
  const tag = query.get('tag_name');
  const ownOnly = query.get('private') === 'true';
  const byKind = type === 'application' || type === 'distribution';
  const byObjectType = type !== null && OBJECT_TYPES.has(type);
  if (state.options.strict && type !== null && !byKind && !byObjectType) {
    throw unprocessable('type must be application or distribution');
  }
  return ({ kind, image }) => {
    if (ownOnly && kind !== 'user') return false;
    if (byKind && kind !== type) return false;
    if (byObjectType && field(image, 'type') !== type) return false;
    if (tag === null) return true;
    const tags = field(image, 'tags');
    return Array.isArray(tags) && tags.includes(tag);
  };
}
