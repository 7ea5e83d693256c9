/**
 * The images API's JSON, read once into our own shape; the only file that knows the names in it.
 *
 * Reading is lenient, because the live API is: enum values appear years before the documentation has them,
 * fields are null or missing while an import runs, and old objects lack newer fields. A field that cannot be
 * used takes its null or its `unknown`; a row is dropped only where its id is no id; a page is refused only
 * where it holds no list at all.
 */

const IMAGE_TYPES = ['base', 'snapshot', 'backup', 'custom', 'admin'] as const;
const IMAGE_STATUSES = ['new', 'available', 'pending', 'deleted', 'retired'] as const;
const DISTRIBUTIONS = [
  'AlmaLinux',
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
] as const;

export type ImageType = (typeof IMAGE_TYPES)[number] | 'unknown';
export type ImageStatus = (typeof IMAGE_STATUSES)[number] | 'unknown';
export type Distribution = (typeof DISTRIBUTIONS)[number] | 'Unknown';

/** One image as the gateway holds it. Immutable: lists of it are shared between requests of one tenant. */
export interface Image {
  readonly id: number;
  /** `""` where the API gave none. Not unique. */
  readonly name: string;
  /** Only current public images have one. It moves to the next build: never remember it for long. */
  readonly slug: string | null;
  readonly description: string | null;
  readonly distribution: Distribution;
  /** The API's own text for the distribution, whether or not it is one of the known ones. */
  readonly distributionName: string | null;
  readonly type: ImageType;
  readonly status: ImageStatus;
  readonly public: boolean;
  /** Region slugs, each once, in the API's order. */
  readonly regions: readonly string[];
  readonly tags: readonly string[];
  /** Smallest disk that takes the image, in gigabytes. */
  readonly minDiskSize: number | null;
  /** Space that the image takes, in gigabytes. */
  readonly sizeGigabytes: number | null;
  /** RFC 3339 date and time, as the API wrote it. */
  readonly createdAt: string | null;
  /** Why an import failed; null where none did. */
  readonly errorMessage: string | null;
}

/** One page of a collection. */
export interface Page<T> {
  /** The rows that could be read. */
  readonly items: readonly T[];
  /** Rows that the page held, those that could not be read included. */
  readonly received: number;
  /** Where on the page, from 0, the rows stood that could not be read. */
  readonly unreadable?: readonly number[];
  /** `meta.total`, or null where that is no count. Not checked against the rows: the list's reader does that. */
  readonly total: number | null;
}

const DATE_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;
const MAX_INT = 2 ** 31 - 1;
const MAX_ID = 999_999_999_999_999;

/** `{ images: [...], meta: { total } }` to a page, or null where `images` is no list. */
export function parseImagePage(body: unknown): Page<Image> | null {
  const rows = property(body, 'images');
  if (!Array.isArray(rows)) return null;
  const images = rows.map(parseImageRow);
  const unreadable = images.flatMap((image, index) => (image === null ? [index] : []));
  return {
    items: images.filter((image) => image !== null),
    received: rows.length,
    ...(unreadable.length > 0 && { unreadable }),
    total: parseCount(property(property(body, 'meta'), 'total')),
  };
}

/** `{ image: {...} }` to an image, or null where there is none in it. */
export function parseImageBody(body: unknown): Image | null {
  return parseImageRow(property(body, 'image'));
}

/** `{ id, message, request_id }`: the error's id in lower case (both cases occur) and the request's. */
export function parseErrorBody(body: unknown): { id: string | undefined; requestId: string | undefined } {
  return {
    id: parseToken(property(body, 'id'))?.toLowerCase(),
    requestId: parseToken(property(body, 'request_id')),
  };
}

/** An id of an error or a request, as far as it has the form of one: it is passed on and logged. */
export function parseToken(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w.:-]{1,128}$/.test(value) ? value : undefined;
}

function parseImageRow(row: unknown): Image | null {
  const id = parseId(property(row, 'id'));
  if (id === null) return null;
  const distributionName = parseText(property(row, 'distribution')) || null;
  const minDiskSize = parseCount(property(row, 'min_disk_size'));
  const createdAt = parseText(property(row, 'created_at'));
  return {
    id,
    name: parseText(property(row, 'name')) ?? '',
    slug: parseText(property(row, 'slug')) || null,
    description: parseText(property(row, 'description')),
    distribution: oneOf(DISTRIBUTIONS, distributionName) ?? 'Unknown',
    distributionName,
    type: oneOf(IMAGE_TYPES, parseText(property(row, 'type'))) ?? 'unknown',
    status: oneOf(IMAGE_STATUSES, parseText(property(row, 'status'))) ?? 'unknown',
    public: property(row, 'public') === true,
    regions: parseTexts(property(row, 'regions')),
    tags: parseTexts(property(row, 'tags')),
    minDiskSize: minDiskSize !== null && minDiskSize <= MAX_INT ? minDiskSize : null,
    sizeGigabytes: parseSize(property(row, 'size_gigabytes')),
    createdAt:
      createdAt !== null && DATE_TIME.test(createdAt) && !Number.isNaN(Date.parse(createdAt))
        ? createdAt
        : null,
    errorMessage: parseText(property(row, 'error_message')) || null,
  };
}

/** Own properties only: a body that brings `__proto__` or lacks a field reads nothing that is not its own. */
function property(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return Reflect.get(value, key);
}

function parseText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** The distinct strings of a list, in order: region lists are sets, and the API repeats members of some. */
function parseTexts(value: unknown): readonly string[] {
  if (!Array.isArray(value)) return [];
  return [...new Set(value.filter((item) => typeof item === 'string'))];
}

function parseCount(value: unknown): number | null {
  return Number.isSafeInteger(value) && typeof value === 'number' && value >= 0 ? value : null;
}

function parseSize(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}

/** Ids are numbers; a string of digits is taken as well, since some clients' proxies write them so. */
function parseId(value: unknown): number | null {
  const id = typeof value === 'string' && /^[1-9]\d{0,14}$/.test(value) ? Number(value) : value;
  return typeof id === 'number' && Number.isInteger(id) && id >= 1 && id <= MAX_ID ? id : null;
}

function oneOf<const T extends string>(known: readonly T[], text: string | null): T | undefined {
  if (text === null) return undefined;
  const lower = text.toLowerCase();
  return known.find((value) => value.toLowerCase() === lower);
}
