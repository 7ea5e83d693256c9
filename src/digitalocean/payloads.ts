/**
 * The images API's JSON, read once into our own shape; the only file that knows the names in it.
 *
 * Reading is lenient, because the live API is: enum values appear years before the documentation has them,
 * fields are null or missing while an import runs, and old objects lack newer fields. A field that cannot be
 * used takes its null or its `unknown`; a row is dropped only where its id is no id; a page is refused only
 * where it holds no list at all.
 */

import { LRUCache } from 'lru-cache';

import { normalizeDateTime } from '../lib/date-time.ts';

const IMAGE_TYPES = ['base', 'snapshot', 'backup', 'custom', 'admin'] as const;
const IMAGE_STATUSES = ['new', 'available', 'pending', 'deleted', 'retired'] as const;
const ACTION_TYPES = ['convert', 'create', 'destroy', 'transfer'] as const;
const ACTION_STATUSES = ['completed', 'errored', 'in-progress'] as const;
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

export type ActionType = (typeof ACTION_TYPES)[number] | 'unknown';
export type ActionStatus = (typeof ACTION_STATUSES)[number] | 'unknown';

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
  /** In UTC, as `2026-03-21T04:25:45.000Z`. */
  readonly createdAt: string | null;
  /** Why an import failed; null where none did. */
  readonly errorMessage: string | null;
}

/** Work on an image that takes a while. */
export interface ImageAction {
  readonly id: number;
  /** The image that it is done to; null where the API does not say. */
  readonly imageId: number | null;
  readonly type: ActionType;
  /** The API's own text for the type, whether or not it is one of the known ones. */
  readonly typeName: string | null;
  readonly status: ActionStatus;
  /** In UTC, as `2026-03-21T04:25:45.000Z`. */
  readonly startedAt: string | null;
  /** Null while it is in progress. */
  readonly completedAt: string | null;
  /** The region that it concerns. */
  readonly regionSlug: string | null;
}

/** One page of a collection. */
export interface Page<T> {
  /** The rows that could be read. */
  readonly items: readonly T[];
  /** Rows that the page held, those that could not be read included. */
  readonly received: number;
  /** Where on the page, from 0, the rows stood that could not be read. */
  readonly unreadable?: readonly number[];
  /** `meta.total`, or null where that is no count or beyond a GraphQL `Int`. Not checked against the rows: the list's reader does that. */
  readonly total: number | null;
  /** Whether it has a link to a next page, which is never followed; undefined where it has no links to pages at all. */
  readonly hasNext?: boolean | undefined;
  /** The JSON that it was read from, in UTF-8. */
  readonly bytes?: Uint8Array;
  /** Whether what it shows is about to change, so that it is not kept. */
  readonly isPassing?: boolean;
}

const MAX_INT = 2 ** 31 - 1;
const MAX_ID = 999_999_999_999_999;

/** Told of a value that is not known yet, with the JSON's name of its field. */
export type UnknownValueListener = (field: string, value: string) => void;

/** `{ images: [...], meta: { total } }` to a page, or null where `images` is no list. */
export function parseImagePage(body: unknown, onUnknown?: UnknownValueListener): Page<Image> | null {
  return parsePage(body, 'images', (row) => parseImageRow(row, onUnknown));
}

/** The same, of a page's JSON. */
export function parseImagePageText(text: string): Page<Image> | null {
  return parseImagePage(parseJson(text));
}

/** Undefined where it is not well-formed. */
export function parseJson(text: string): unknown {
  try {
    // A mark that some proxies put in front of UTF-8, which JSON does not have.
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch {
    return undefined;
  }
}

/** `{ actions: [...], meta: { total } }` to a page, or null where `actions` is no list. */
export function parseActionPage(body: unknown): Page<ImageAction> | null {
  return parsePage(body, 'actions', parseActionRow);
}

/** `{ action: {...} }` to an action, or null where there is none in it. */
export function parseActionBody(body: unknown): ImageAction | null {
  return parseActionRow(property(body, 'action'));
}

/** `{ transfer_id }` to the id of a transfer, 0 where it was accepted at once; null where there is none in it. */
export function parseTransferBody(body: unknown): number | null {
  return parseCount(property(body, 'transfer_id'));
}

function parsePage<T>(body: unknown, name: string, parseRow: (row: unknown) => T | null): Page<T> | null {
  const rows: unknown = property(body, name);
  if (!Array.isArray(rows)) return null;
  const items = rows.map((row) => parseRow(row));
  const received = rows.length;
  const total = parseInt32(property(property(body, 'meta'), 'total'));
  const hasNext = parseHasNext(property(property(body, 'links'), 'pages'));
  const readable = items.filter((item) => item !== null);
  if (readable.length === received) return { items: readable, received, total, hasNext };
  const unreadable = items.flatMap((item, index) => (item === null ? [index] : []));
  return { items: readable, received, unreadable, total, hasNext };
}

function parseHasNext(links: unknown): boolean | undefined {
  if (typeof links !== 'object' || links === null || Object.keys(links).length === 0) return undefined;
  return Boolean(property(links, 'next'));
}

/** `{ image: {...} }` to an image, or null where there is none in it. */
export function parseImageBody(body: unknown, onUnknown?: UnknownValueListener): Image | null {
  return parseImageRow(property(body, 'image'), onUnknown);
}

/** What an error's body says: its id in lower case (both cases occur), its message and the request's id. */
export interface ErrorBody {
  readonly id: string | undefined;
  /** Undefined where it is blank. */
  readonly message: string | undefined;
  readonly requestId: string | undefined;
}

/** Reads `{ id, message, request_id }`; null where it has not the two texts that each error of the API has. */
export function parseErrorBody(body: unknown): ErrorBody | null {
  const id = parseText(property(body, 'id'));
  const message = parseText(property(body, 'message'));
  if (id === null || id === '' || message === null) return null;
  return {
    id: parseToken(id)?.toLowerCase(),
    message: toShownMessage(message),
    requestId: parseToken(property(body, 'request_id')),
  };
}

/** A message that may be shown: on one line, of 300 characters at most, and without anything like a token. */
function toShownMessage(message: string): string | undefined {
  const shown = message
    .slice(0, 2_000)
    .replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .replaceAll(/bearer\s+\S+|do[por]_v1_\w+/gi, '[redacted]')
    .trim()
    .slice(0, 300);
  return shown === '' ? undefined : shown;
}

/** An id of an error or a request, as far as it has the form of one: it is passed on and logged. */
export function parseToken(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w.:-]{1,128}$/.test(value) ? value : undefined;
}

function parseActionRow(row: unknown): ImageAction | null {
  const id = parseId(property(row, 'id'));
  if (id === null) return null;
  const typeName = parseFilledText(property(row, 'type'));
  // Actions on other resources have ids of their own.
  const isOnImage = (parseText(property(row, 'resource_type')) ?? 'image') === 'image';
  return {
    id,
    imageId: isOnImage ? parseId(property(row, 'resource_id')) : null,
    // The API names some of them by the resource as well: `image_destroy`.
    type: ACTION_TYPE_OF.find(typeName?.replace(/^image_/i, '') ?? null) ?? 'unknown',
    typeName,
    status: ACTION_STATUS_OF.find(parseText(property(row, 'status'))) ?? 'unknown',
    startedAt: parseDateTime(property(row, 'started_at')),
    completedAt: parseDateTime(property(row, 'completed_at')),
    regionSlug:
      parseFilledText(property(row, 'region_slug')) ??
      parseFilledText(property(property(row, 'region'), 'slug')),
  };
}

function parseImageRow(row: unknown, onUnknown?: UnknownValueListener): Image | null {
  if (!isRecord(row)) return null;
  const id = parseId(row['id']);
  if (id === null) return null;
  const distributionName = parseFilledText(row['distribution']);
  const distribution = DISTRIBUTION_OF.find(distributionName);
  const typeText = parseText(row['type']);
  const type = TYPE_OF.find(typeText);
  const statusText = parseText(row['status']);
  const status = STATUS_OF.find(statusText);
  if (distribution === undefined && distributionName) onUnknown?.('distribution', distributionName);
  if (type === undefined && typeText) onUnknown?.('type', typeText);
  if (status === undefined && statusText) onUnknown?.('status', statusText);
  return {
    id,
    name: parseText(row['name']) ?? '',
    slug: parseFilledText(row['slug']),
    description: parseText(row['description']),
    distribution: distribution ?? 'Unknown',
    // The one text of ours, where it is the same, and not one more for each image.
    distributionName: distributionName === distribution ? distribution : distributionName,
    type: type ?? 'unknown',
    status: status ?? 'unknown',
    public: row['public'] === true,
    regions: regionLists.parse(row['regions']),
    tags: tagLists.parse(row['tags']),
    minDiskSize: parseInt32(row['min_disk_size']),
    sizeGigabytes: parseSize(row['size_gigabytes']),
    createdAt: parseDateTime(row['created_at']),
    errorMessage: parseFilledText(row['error_message']),
  };
}

/** What JSON has made has no properties but its own, for none of our names is one of `Object.prototype`. */
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** Own properties only: a body that brings `__proto__` or lacks a field reads nothing that is not its own. */
function property(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return Reflect.get(value, key);
}

function parseText(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** A text with more in it than white space, as it is. */
function parseFilledText(value: unknown): string | null {
  const text = parseText(value);
  return text === null || text.trim() === '' ? null : text;
}

/**
 * The distinct strings of lists, in order: region lists are sets, and the API repeats members of some. Lists that are
 * equal are one list: most images of an account have the same regions, and the same tags as the one before.
 */
class TextLists {
  readonly #known = new LRUCache<string, readonly string[]>({ max: MAX_LISTS });
  #before: readonly unknown[] = [];
  #textsBefore: readonly string[] = [];

  parse(value: unknown): readonly string[] {
    if (!Array.isArray(value) || value.length === 0) return NONE;
    if (value.length !== this.#before.length || value.some((item, index) => item !== this.#before[index])) {
      const texts = this.#find(value);
      if (texts.length > MAX_KEPT_LENGTH || texts.join('').length > MAX_KEPT_CHARACTERS) return texts;
      this.#textsBefore = texts;
      this.#before = value;
    }
    return this.#textsBefore;
  }

  #find(value: readonly unknown[]): readonly string[] {
    const texts = [...new Set(value.filter((item) => typeof item === 'string'))];
    const key = JSON.stringify(texts);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (key.length <= MAX_KEPT_CHARACTERS) this.#known.set(key, texts);
    return texts;
  }
}

const MAX_LISTS = 1_000;
const MAX_KEPT_LENGTH = 100;
const MAX_KEPT_CHARACTERS = 500;
const NONE: readonly string[] = [];
const regionLists = new TextLists();
const tagLists = new TextLists();

function parseDateTime(value: unknown): string | null {
  return typeof value === 'string' ? normalizeDateTime(value) : null;
}

function parseCount(value: unknown): number | null {
  return Number.isSafeInteger(value) && typeof value === 'number' && value >= 0 ? value : null;
}

/** A count that a GraphQL `Int` can hold. */
function parseInt32(value: unknown): number | null {
  const count = parseCount(value);
  return count !== null && count <= MAX_INT ? count : null;
}

function parseSize(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : null;
}

/** Ids are numbers; a string of digits is taken as well, since some clients' proxies write them so. */
function parseId(value: unknown): number | null {
  const id = typeof value === 'string' && /^[1-9]\d{0,14}$/.test(value) ? Number(value) : value;
  return typeof id === 'number' && Number.isInteger(id) && id >= 1 && id <= MAX_ID ? id : null;
}

/** The known values of a field, found in whichever case they are written. */
class KnownValues<T extends string> {
  readonly #byText: ReadonlyMap<string, T>;
  #before: readonly [text: string, value: T | undefined] = ['', undefined];

  constructor(values: readonly T[]) {
    this.#byText = new Map([
      ...values.map((value) => [value.toLowerCase(), value] as const),
      ...values.map((value) => [value, value] as const),
    ]);
  }

  find(text: string | null): T | undefined {
    if (text === null) return undefined;
    // Rows that follow one another are often alike.
    if (text !== this.#before[0])
      this.#before = [text, this.#byText.get(text) ?? this.#byText.get(text.toLowerCase())];
    return this.#before[1];
  }
}

const TYPE_OF = new KnownValues(IMAGE_TYPES);
const STATUS_OF = new KnownValues(IMAGE_STATUSES);
const DISTRIBUTION_OF = new KnownValues(DISTRIBUTIONS);
const ACTION_TYPE_OF = new KnownValues(ACTION_TYPES);
const ACTION_STATUS_OF = new KnownValues(ACTION_STATUSES);
