import type { IncomingMessage } from 'node:http';

import { isUtf8Json } from '../lib/media-types.ts';
import { isJsonType, type JsonType, responseTypeOf } from '../lib/response-types.ts';
import type { Caller } from '../tenant.ts';

/** A POST of JSON as nearly every client sends it: small, not compressed, and not for a stream of events. */
export interface PlainPost extends Caller {
  readonly body: string;
  /** Of the response. */
  readonly type: JsonType;
  readonly origin: string | undefined;
  /** The same for requests that must get the same answer: it has in it whatever of them has a part in that. */
  readonly key: string;
}

/** Stands for a header that is not there: no header can have it in it. */
const ABSENT = '\0';

/** What the keys of a tenant's requests begin with, and no others. */
export function prefixOf(tenant: string): string {
  return `${tenant}\n`;
}

export function toPlainPost(parts: Omit<PlainPost, 'key'>): PlainPost {
  const { token, tenant, type, origin, body } = parts;
  const key = `${prefixOf(tenant)}${type}\n${origin ?? ABSENT}\n${body}`;
  return { token, tenant, type, origin, body, key };
}

/** What the headers of its response depend on. */
export function toHeadersKey({ type, origin }: PlainPost): string {
  return `${type}\n${origin ?? ABSENT}`;
}

/** Longer requests are read by the server itself. */
const MAX_BYTES = 64 * 1_024;

/** The media type of the response to a plain post; null where the request is none. */
export function plainTypeOf({ method, url, headers }: IncomingMessage): JsonType | null {
  const length = Number(headers['content-length']);
  const isPlain =
    method === 'POST' &&
    url === '/graphql' &&
    length > 0 &&
    length <= MAX_BYTES &&
    isUtf8Json(headers['content-type']) &&
    headers['content-encoding'] === undefined &&
    headers['x-explain'] !== '1';
  const type = isPlain ? responseTypeOf(headers.accept) : null;
  return isJsonType(type) ? type : null;
}

/** Reads a request to its end, or until it breaks off. */
export function readPlainPost(
  request: IncomingMessage,
  from: Caller & Pick<PlainPost, 'type'>,
  { done, broken }: { readonly done: (post: PlainPost) => void; readonly broken: () => void },
): void {
  let isRead = false;
  request.once('error', () => {
    if (!isRead) broken();
  });
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    isRead = true;
    const bytes = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
    const body = bytes?.toString('utf8') ?? '';
    done(toPlainPost({ ...from, origin: request.headers.origin, body }));
  });
}
