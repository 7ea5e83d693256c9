import type { IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

import { errors as undiciErrors } from 'undici';

import { NetworkError, PayloadError, RateLimitError, StatusError, TimeoutError } from './errors.ts';
import { BodyTooLargeError, type RawAnswer } from './exchange.ts';
import { parseErrorBody, parseJson, parseToken } from './payloads.ts';
import { parseRetryAfter } from './rate-limit.ts';

export interface ApiAnswer {
  /** What was asked, for errors about the body: `GET /v2/images`. */
  readonly call: string;
  readonly body: unknown;
  /** The JSON of the body, decoded; none where there is none. */
  readonly bytes: Uint8Array;
}

/** The answer of a call that has done what was asked. */
export interface ExpectedAnswer {
  /** The status that says that it was done; 200 where it is left out. */
  readonly success?: number;
  /** Whether the answer then has no body. */
  readonly isEmpty?: boolean;
}

export const MAX_HEADER_BYTES = 16 * 1024;
const MAX_BODY_BYTES = 10 * 1024 * 1024;
/** Of what is not JSON nothing is read; it is let in so far that its connection stays of use. */
const MAX_OTHER_BODY_BYTES = 64 * 1024;

const NO_BYTES = Buffer.alloc(0);

const decompress = promisify(gunzip);

/** How long a body may be, by its head. */
export function maxBytesOf(headers: IncomingHttpHeaders): number {
  return isJson(headers) ? MAX_BODY_BYTES : MAX_OTHER_BODY_BYTES;
}

/**
 * Why a response, or the rest of one, does not arrive.
 * @param sent.wasSent Whether a byte of the request went out. No list of error codes can say that: the same TLS alert
 * comes from a handshake and, later, from a connection in use.
 */
export function toApiError(
  call: string,
  error: unknown,
  sent: { readonly wasSent: boolean } = { wasSent: true },
): unknown {
  if (error instanceof TimeoutError) return error;
  if (error instanceof BodyTooLargeError) {
    return new PayloadError(call, 'TOO_LARGE', `the answer exceeds ${MAX_BODY_BYTES} bytes`);
  }
  if (error instanceof undiciErrors.HeadersOverflowError) {
    return new PayloadError(call, 'TOO_LARGE', `the headers exceed ${MAX_HEADER_BYTES} bytes`);
  }
  return new NetworkError(call, error, sent);
}

/**
 * Reads what an answer says: at once, but for what is compressed.
 * @throws StatusError | RateLimitError | PayloadError | NetworkError
 */
export function readAnswer(
  call: string,
  answer: RawAnswer,
  { success = 200, isEmpty = false }: ExpectedAnswer,
): ApiAnswer | Promise<ApiAnswer> {
  const { status, headers } = answer;
  if (status >= 400) return fail(call, answer);
  if (status !== success)
    throw new PayloadError(call, 'STATUS', `answered ${status}, which this call never does`);
  if (isEmpty) return { call, body: null, bytes: NO_BYTES };
  if (!isJson(headers)) throw new PayloadError(call, 'CONTENT_TYPE', 'the answer is not JSON');
  const bytes = readBytes(call, answer);
  return Buffer.isBuffer(bytes) ? parseBytes(call, bytes) : bytes.then((read) => parseBytes(call, read));
}

function parseBytes(call: string, bytes: Buffer): ApiAnswer {
  const body = parseJson(bytes.toString('utf8'));
  if (body === undefined) throw new PayloadError(call, 'NOT_JSON', 'the answer is not well-formed JSON');
  return { call, body, bytes };
}

async function fail(call: string, answer: RawAnswer): Promise<never> {
  throw await readError(call, answer);
}

/**
 * Of the API's error body its two ids are read, and its message only where it is about the input. The status counts
 * even where the body cannot be read.
 */
async function readError(call: string, answer: RawAnswer): Promise<StatusError> {
  const { status, headers } = answer;
  const parsed = parseErrorBody(isJson(headers) ? await readErrorBody(call, answer) : undefined);
  const requestId = parsed.requestId ?? parseToken(header(headers['x-request-id']));
  const retryAfter = parseRetryAfter({
    retryAfter: header(headers['retry-after']),
    rateLimitReset: header(headers['ratelimit-reset']),
    nowMs: Date.now(),
  });
  if (status === 429) return new RateLimitError(call, { requestId, retryAfter: retryAfter ?? 60 });
  return new StatusError(call, {
    status,
    id: parsed.id,
    complaint: [400, 409, 422].includes(status) ? parsed.message : undefined,
    requestId,
    retryAfter: headers['retry-after'] === undefined ? undefined : retryAfter,
  });
}

async function readErrorBody(call: string, answer: RawAnswer): Promise<unknown> {
  try {
    return parseJson((await readBytes(call, answer)).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The body, decoded, within the bound. */
function readBytes(call: string, { body, headers }: RawAnswer): Buffer | Promise<Buffer> {
  const encoding = header(headers['content-encoding'])?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip') {
    throw new PayloadError(call, 'ENCODING', 'the answer is encoded in a way that was not asked for');
  }
  if (body instanceof Error) throw toApiError(call, body);
  return encoding === 'identity' ? body : readGzip(call, body);
}

async function readGzip(call: string, body: Buffer): Promise<Buffer> {
  try {
    return await decompress(body, { maxOutputLength: MAX_BODY_BYTES });
  } catch (error) {
    throw error instanceof RangeError
      ? toApiError(call, new BodyTooLargeError())
      : new PayloadError(call, 'ENCODING', 'the answer is not the gzip that it says it is');
  }
}

function isJson(headers: IncomingHttpHeaders): boolean {
  return /^application\/(?:[\w.+-]+\+)?json\b/i.test(header(headers['content-type']) ?? '');
}

export function header(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
