import { createRow } from './account-images.ts';
import { unprocessable } from './api-errors.ts';
import { createImage } from './created-images.ts';
import { type Exchange, type Reply, requireBody, requireScope } from './exchange.ts';
import { toDistribution } from './images.ts';
import { type Json, type JsonObject, isObject } from './json.ts';
import { findRegion } from './regions.ts';

/** What the API leaves out of its first answer about an import. */
const UNKNOWN_AT_FIRST = new Set(['slug', 'public', 'min_disk_size', 'size_gigabytes']);

const FAILURE =
  'We had a problem decompressing your file. Please make sure that it is a valid gzip or bzip2 archive.';

/**
 * `POST /v2/images`: starts an import, which the clock carries from NEW over pending to available.
 *
 * Nothing is fetched. A URL with "corrupt" in it is an archive that cannot be unpacked: such an image ends as
 * deleted and leaves the lists, and answers by id alone.
 */
export function createCustomImage(exchange: Exchange): Reply {
  const { account, state, now } = exchange;
  const request = parseImport(requireBody(exchange));
  if (request.tags.length > 0) requireScope(exchange, 'tag:create');

  const image = createImage(
    {
      id: state.imageIds.next(),
      name: request.name,
      distribution: request.distribution,
      regions: [],
      min_disk_size: null,
      type: 'custom',
      size_gigabytes: null,
      description: request.description,
      tags: request.tags,
      status: 'NEW',
    },
    now,
  );
  const row = createRow('user', image, now + state.options.lagMs);
  account.images.add(row, now);

  const change = (fields: JsonObject) => {
    if (isObject(row.image)) row.image = { ...row.image, ...fields };
  };
  state.clock.after(state.options.importMs.pendingAfter, () => change({ status: 'pending' }));
  state.clock.after(state.options.importMs.doneAfter, (at) => {
    if (request.url.includes('corrupt')) {
      change({ status: 'deleted', error_message: FAILURE });
      row.hiddenFrom = Math.min(row.hiddenFrom, at + state.options.lagMs);
    } else {
      change({ status: 'available', regions: [request.region], min_disk_size: 15, size_gigabytes: 1.27 });
    }
  });

  const known = Object.entries(image).filter(([key]) => !UNKNOWN_AT_FIRST.has(key));
  return { status: 202, body: { image: Object.fromEntries(known) } };
}

/** @throws ApiError 422 for the first field that will not do */
function parseImport({ name, url, region, distribution, description, tags }: JsonObject) {
  if (typeof name !== 'string' || name.trim() === '') throw unprocessable("Name can't be blank");
  if (typeof url !== 'string' || !/^(?:https?|ftp):\/\/\S+$/i.test(url))
    throw unprocessable('Url is invalid');
  if (typeof region !== 'string' || findRegion(region) === undefined)
    throw unprocessable('Region is invalid');
  return {
    name,
    url,
    region,
    distribution: typeof distribution === 'string' ? toDistribution(distribution) : 'Unknown',
    description: typeof description === 'string' ? description : '',
    tags: parseTags(tags),
  };
}

function parseTags(tags: Json | undefined): readonly string[] {
  if (tags === undefined || tags === null) return [];
  const texts = Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string' && tag !== '') : null;
  if (texts === null || !Array.isArray(tags) || texts.length !== tags.length)
    throw unprocessable('Tags are invalid');
  return texts;
}
