import type { ImageRow } from './account-images.ts';
import type { ImageAction } from './accounts.ts';

import { ApiError, apiError, unprocessable } from './api-errors.ts';
import { type Exchange, type Reply, requireBody, toId } from './exchange.ts';
import { findImage, findOwnImage } from './images.ts';
import { type Json, type JsonObject, field, isObject, toWireTime } from './json.ts';
import { paginate } from './pagination.ts';
import { findRegion } from './regions.ts';

/** `GET /v2/images/{id}/actions`, the newest first. */
export function listImageActions(exchange: Exchange): Reply {
  const id = field(findImage(exchange).image, 'id');
  const actions = exchange.account.actions.filter(({ imageId }) => imageId === id).toReversed();
  const { items, links, meta } = paginate(actions, exchange);
  return { status: 200, body: { actions: items.map(toWire), links, meta } };
}

/** `GET /v2/images/{id}/actions/{action_id}` */
export function getImageAction(exchange: Exchange): Reply {
  const imageId = field(findImage(exchange).image, 'id');
  const id = toId(exchange.params[1]);
  return toReply(exchange.account.actions.find((action) => action.id === id && action.imageId === imageId));
}

/** `GET /v2/actions/{id}`: the same action, whatever became of its image. */
export function getAction({ account, params }: Exchange): Reply {
  const id = toId(params[0]);
  return toReply(account.actions.find((action) => action.id === id));
}

/** `POST /v2/images/{id}/actions`: the answer comes at once, the effect when the action completes. */
export function createImageAction(exchange: Exchange): Reply {
  const row = findImage(exchange);
  const body = requireBody(exchange);
  // Not a 422, as one would expect of a bad field.
  if (body['type'] !== 'transfer' && body['type'] !== 'convert') {
    throw new ApiError(404, 'not_found', 'The specified action type is not available.');
  }
  findOwnImage(exchange);
  if (body['type'] === 'transfer') {
    const { slug, region } = parseTransfer(row, body['region']);
    return start(exchange, row, 'transfer', region, (image) => ({
      ...image,
      regions: withRegion(image, slug),
    }));
  }
  if (field(row.image, 'type') !== 'backup')
    throw unprocessable('Only backups can be converted to snapshots');
  const [home] = regionsOf(row.image);
  const region = typeof home === 'string' ? (findRegion(home) ?? null) : null;
  return start(exchange, row, 'convert', region, (image) => ({ ...image, type: 'snapshot' }));
}

function parseTransfer(row: ImageRow, slug: Json | undefined) {
  if (field(row.image, 'type') === 'backup')
    throw unprocessable('Backups can not be transfered to other regions');
  const region = typeof slug === 'string' ? findRegion(slug) : undefined;
  if (typeof slug !== 'string' || region === undefined) throw unprocessable('Region is invalid');
  if (field(row.image, 'status') !== 'available') throw unprocessable('Image is not available yet');
  if (regionsOf(row.image).includes(slug)) throw unprocessable('Image is already available in that region');
  return { slug, region };
}

function start(
  { account, state, now }: Exchange,
  row: ImageRow,
  type: ImageAction['type'],
  region: JsonObject | null,
  effect: (image: JsonObject) => JsonObject,
): Reply {
  const action: ImageAction = {
    id: state.actionIds.next(),
    imageId: Number(field(row.image, 'id')),
    type,
    region,
    startedAt: now,
    completedAt: null,
    status: 'in-progress',
  };
  account.actions.push(action);
  state.clock.after(state.options.actionMs, (at) => {
    action.completedAt = at;
    action.status = row.deleted ? 'errored' : 'completed';
    if (isObject(row.image)) row.image = effect(row.image);
  });
  return { status: 201, body: { action: toWire(action) } };
}

function regionsOf(image: Json): readonly Json[] {
  const regions = field(image, 'regions');
  return Array.isArray(regions) ? regions : [];
}

function withRegion(image: JsonObject, slug: string): readonly Json[] {
  return [...regionsOf(image).filter((region) => region !== slug), slug];
}

function toReply(action: ImageAction | undefined): Reply {
  if (action === undefined) throw apiError(404);
  return { status: 200, body: { action: toWire(action) } };
}

function toWire({ id, status, type, startedAt, completedAt, imageId, region }: ImageAction): JsonObject {
  return {
    id,
    status,
    type,
    started_at: toWireTime(startedAt),
    completed_at: completedAt === null ? null : toWireTime(completedAt),
    resource_id: imageId,
    resource_type: 'image',
    region,
    region_slug: field(region ?? undefined, 'slug') ?? null,
  };
}
