import type { Exchange, Reply } from './exchange.ts';
import type { JsonObject } from './json.ts';

import { paginate } from './pagination.ts';

const SIZES = ['s-1vcpu-1gb', 's-1vcpu-2gb', 's-2vcpu-2gb', 's-2vcpu-4gb', 's-4vcpu-8gb', 's-8vcpu-16gb'];
const FEATURES = ['backups', 'ipv6', 'metadata', 'install_agent', 'storage', 'image_transfer'];

/** Closed regions take no new machines; images can still be sent there. */
const CLOSED = new Set(['ams2', 'sfo1']);

const NAMES: readonly (readonly [slug: string, name: string])[] = [
  ['ams2', 'Amsterdam 2'],
  ['ams3', 'Amsterdam 3'],
  ['atl1', 'Atlanta 1'],
  ['blr1', 'Bangalore 1'],
  ['fra1', 'Frankfurt 1'],
  ['lon1', 'London 1'],
  ['nyc1', 'New York 1'],
  ['nyc2', 'New York 2'],
  ['nyc3', 'New York 3'],
  ['sfo1', 'San Francisco 1'],
  ['sfo2', 'San Francisco 2'],
  ['sfo3', 'San Francisco 3'],
  ['sgp1', 'Singapore 1'],
  ['syd1', 'Sydney 1'],
  ['tor1', 'Toronto 1'],
];

const regions: ReadonlyMap<string, JsonObject> = new Map(
  NAMES.map(([slug, name]) => {
    const open = !CLOSED.has(slug);
    return [slug, { name, slug, sizes: open ? SIZES : [], features: FEATURES, available: open }];
  }),
);

/** A region as the API writes it; undefined for a slug that is none. */
export function findRegion(slug: string): JsonObject | undefined {
  return regions.get(slug);
}

/** `GET /v2/regions` */
export function listRegions(exchange: Exchange): Reply {
  const { items, links, meta } = paginate([...regions.values()], exchange);
  return { status: 200, body: { regions: items, links, meta } };
}
