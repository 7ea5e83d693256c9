import type { Exchange, Reply } from './exchange.ts';

import {
  acceptAccountTransfer,
  cancelAccountTransfer,
  createAccountTransfer,
  declineAccountTransfer,
} from './account-transfers.ts';
import { createImageAction, getAction, getImageAction, listImageActions } from './image-actions.ts';
import { deleteImage, getImage, listImages, updateImage } from './images.ts';
import { createCustomImage } from './imports.ts';
import { listRegions } from './regions.ts';

interface Route {
  readonly method: string;
  readonly segments: readonly string[];
  readonly scopes: readonly string[];
  readonly handle: (exchange: Exchange) => Reply;
}

const routes: readonly Route[] = [
  route('GET', '/v2/images', ['image:read'], listImages),
  route('POST', '/v2/images', ['image:create'], createCustomImage),
  route('GET', '/v2/images/*', ['image:read'], getImage),
  route('PUT', '/v2/images/*', ['image:update'], updateImage),
  route('DELETE', '/v2/images/*', ['image:delete'], deleteImage),
  route('GET', '/v2/images/*/actions', ['image:read'], listImageActions),
  route('POST', '/v2/images/*/actions', ['image:update'], createImageAction),
  route('GET', '/v2/images/*/actions/*', ['image:read'], getImageAction),
  route('POST', '/v2/images/*/account_transfer', ['image:update', 'image:delete'], createAccountTransfer),
  route('POST', '/v2/images/*/account_transfer/accept', ['image:create'], acceptAccountTransfer),
  route('POST', '/v2/images/*/account_transfer/cancel', ['image:update'], cancelAccountTransfer),
  route('POST', '/v2/images/*/account_transfer/decline', ['image:create'], declineAccountTransfer),
  route('GET', '/v2/actions/*', ['actions:read'], getAction),
  route('GET', '/v2/regions', ['regions:read'], listRegions),
];

function route(method: string, path: string, scopes: readonly string[], handle: Route['handle']): Route {
  return { method, segments: path.split('/'), scopes, handle };
}

/**
 * The endpoint for a method and a path, with the path's variable segments; undefined where there is none. A
 * known path under another method is none either: the API says 404 to both.
 */
export function findRoute(
  method: string,
  path: string,
): { route: Route; params: readonly string[] } | undefined {
  const segments = decodeSegments(path.replace(/\/$/, ''));
  const wanted = method === 'HEAD' ? 'GET' : method;
  const found = routes.find(
    (candidate) =>
      candidate.method === wanted &&
      candidate.segments.length === segments?.length &&
      candidate.segments.every((segment, index) => segment === '*' || segment === segments[index]),
  );
  if (found === undefined || segments === undefined) return undefined;
  return { route: found, params: segments.filter((_, index) => found.segments[index] === '*') };
}

function decodeSegments(path: string): readonly string[] | undefined {
  try {
    return path.split('/').map(decodeURIComponent);
  } catch {
    return undefined;
  }
}
