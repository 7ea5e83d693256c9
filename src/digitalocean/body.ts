import type { IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

import { errors as undiciErrors } from 'undici';

import { type ApiError, NetworkError, PayloadError, TimeoutError } from './errors.ts';
import { BodyTooLargeError, type RawAnswer } from './exchange.ts';
import { parseJson } from './payloads.ts';

export const MAX_HEADER_BYTES = 16 * 1024;
const MAX_BODY_BYTES = 10 * 1024 * 1024;
/** Of what is not JSON nothing is read; it is let in so far that its connection stays of use. */
const MAX_OTHER_BODY_BYTES = 64 * 1024;

const decompress = promisify(gunzip);

/** A body's JSON, and what it was read from. */
export interface JsonBody {
  readonly body: unknown;
  /** The JSON, decoded. */
  readonly bytes: Uint8Array;
}

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
 * Reads a body as JSON: at once, but for what is compressed.
 * @throws PayloadError | NetworkError | TimeoutError
 */
export function readJson(call: string, answer: RawAnswer): JsonBody | Promise<JsonBody> {
  const bytes = readBytes(call, answer);
  return Buffer.isBuffer(bytes) ? parseBytes(call, bytes) : bytes.then((read) => parseBytes(call, read));
}

function parseBytes(call: string, bytes: Buffer): JsonBody {
  const body = parseJson(bytes.toString('utf8'));
  if (body === undefined) throw new PayloadError(call, 'NOT_JSON', 'the answer is not well-formed JSON');
  return { body, bytes };
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

export function isJson(headers: IncomingHttpHeaders): boolean {
  return /^application\/(?:[\w.+-]+\+)?json\b/i.test(header(headers['content-type']) ?? '');
}

export function header(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
