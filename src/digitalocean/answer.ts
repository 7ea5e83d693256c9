import type { IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

import { errors as undiciErrors } from 'undici';

import {
  type ApiError,
  IntermediaryError,
  NetworkError,
  PayloadError,
  RateLimitError,
  type Scope,
  StatusError,
  TimeoutError,
} from './errors.ts';
import { BodyTooLargeError, type RawAnswer } from './exchange.ts';
import { type ErrorBody, parseErrorBody, parseJson, parseToken } from './payloads.ts';
import { parseRetryAfter } from './rate-limit.ts';

export interface ApiAnswer {
  /** What was asked, for errors about the body: `GET /v2/images`. */
  readonly call: string;
  readonly body: unknown;
  /** The JSON of the body, decoded; none where there is none. */
  readonly bytes: Uint8Array;
}

/** What a call needs of the token and of the response. */
export interface ExpectedAnswer {
  readonly scopes: readonly Scope[];
  /** Whether a success needs no body. */
  readonly isEmpty?: boolean;
}

export const MAX_HEADER_BYTES = 16 * 1024;
const MAX_BODY_BYTES = 10 * 1024 * 1024;
/** Of what is not JSON nothing is read; it is let in so far that its connection stays of use. */
const MAX_OTHER_BODY_BYTES = 64 * 1024;

const NO_BYTES = Buffer.alloc(0);

/** Where a 429 gives no usable time. */
const DEFAULT_RETRY_AFTER_S = 60;

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
): ApiError {
  if (error instanceof TimeoutError || error instanceof PayloadError) return error;
  if (error instanceof BodyTooLargeError) {
    return new PayloadError(call, 'TOO_LARGE', `the answer exceeds ${MAX_BODY_BYTES} bytes`);
  }
  if (error instanceof undiciErrors.HeadersOverflowError) {
    return new PayloadError(call, 'TOO_LARGE', `the headers exceed ${MAX_HEADER_BYTES} bytes`);
  }
  return new NetworkError(call, error, sent);
}

/**
 * Reads what an answer says: at once, but for what is compressed. Each 2xx that brings what the call needs is a success,
 * whichever of them is documented.
 * @throws StatusError | RateLimitError | IntermediaryError | PayloadError | NetworkError
 */
export function readAnswer(
  call: string,
  answer: RawAnswer,
  { scopes, isEmpty = false }: ExpectedAnswer,
): ApiAnswer | Promise<ApiAnswer> {
  const { status, headers } = answer;
  if (status >= 400) return fail(call, answer, scopes);
  if (status < 200 || status >= 300 || (!isEmpty && hasNoWholeBody(status)))
    throw new PayloadError(call, 'STATUS', `answered ${status}, of which this call has no use`);
  if (!isJson(headers) && !(isEmpty && isBlank(answer)))
    throw new PayloadError(call, 'CONTENT_TYPE', 'the answer is not JSON');
  if (isEmpty) return { call, body: null, bytes: NO_BYTES };
  const bytes = readBytes(call, answer);
  return Buffer.isBuffer(bytes) ? parseBytes(call, bytes) : bytes.then((read) => parseBytes(call, read));
}

/** No Content, Reset Content and Partial Content (RFC 9110, section 15.3). */
function hasNoWholeBody(status: number): boolean {
  return status === 204 || status === 205 || status === 206;
}

/** Some frameworks send a space as the body of a response that has none. */
function isBlank({ body }: RawAnswer): boolean {
  return Buffer.isBuffer(body) && body.toString('latin1').trim() === '';
}

function parseBytes(call: string, bytes: Buffer): ApiAnswer {
  const body = parseJson(bytes.toString('utf8'));
  if (body === undefined) throw new PayloadError(call, 'NOT_JSON', 'the answer is not well-formed JSON');
  return { call, body, bytes };
}

async function fail(call: string, answer: RawAnswer, scopes: readonly Scope[]): Promise<never> {
  throw await readError(call, answer, scopes);
}

/**
 * What a 4xx says of the token, the image or the input counts only where the API says it: its errors are JSON with an id
 * and a message. A page of an edge or a proxy has the same statuses for reasons of its own. A 429 and a 5xx mean the
 * same from either: wait.
 */
async function readError(call: string, answer: RawAnswer, scopes: readonly Scope[]): Promise<ApiError> {
  const { status, headers } = answer;
  const body = await readErrorBody(call, answer);
  const requestId =
    (body instanceof Error ? undefined : body.requestId) ?? parseToken(header(headers['x-request-id']));
  const retryAfter = header(headers['retry-after']);
  const nowMs = Date.now();
  if (status === 429) {
    const rateLimitReset = header(headers['ratelimit-reset']);
    const seconds = parseRetryAfter({ retryAfter, rateLimitReset, nowMs }) ?? DEFAULT_RETRY_AFTER_S;
    return new RateLimitError(call, { requestId, retryAfter: seconds });
  }
  const told = { status, requestId, retryAfter: parseRetryAfter({ retryAfter, nowMs }) };
  if (!(body instanceof Error)) {
    const complaint = [400, 409, 422].includes(status) ? body.message : undefined;
    return new StatusError(call, { ...told, id: body.id, complaint, scopes });
  }
  if (status >= 500) return new StatusError(call, told);
  return body instanceof PayloadError ? new IntermediaryError(call, { ...told, reason: body.reason }) : body;
}

/** The API's own words for an error, or why these are none. */
async function readErrorBody(call: string, answer: RawAnswer): Promise<ErrorBody | ApiError> {
  try {
    // JSON without a type is still the API's; a page always has one.
    if (answer.headers['content-type'] !== undefined && !isJson(answer.headers))
      throw new PayloadError(call, 'CONTENT_TYPE', 'the error is not JSON');
    const { body } = parseBytes(call, await readBytes(call, answer));
    const error = parseErrorBody(body);
    if (error === null) throw new PayloadError(call, 'SHAPE', 'the error has no id and message');
    return error;
  } catch (error) {
    return toApiError(call, error);
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
