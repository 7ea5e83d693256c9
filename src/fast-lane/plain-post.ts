import type { IncomingMessage } from 'node:http';

import type { Caller } from '../tenant.ts';

/** A POST of JSON as nearly every client sends it: small, not compressed, and not for a stream of events. */
export interface PlainPost extends Caller {
  readonly body: string;
  /** Headers that have a part in the answer. */
  readonly accept: string | undefined;
  readonly contentType: string | undefined;
  readonly origin: string | undefined;
}

/** Longer requests are read by the server itself. */
const MAX_BYTES = 64 * 1_024;

/** @param isJson whether a `Content-Type` is one that the server takes */
export function isPlainPost(
  { method, url, headers }: IncomingMessage,
  isJson: (contentType: string) => boolean,
): boolean {
  const length = Number(headers['content-length']);
  return (
    method === 'POST' &&
    url === '/graphql' &&
    length > 0 &&
    length <= MAX_BYTES &&
    isJson(headers['content-type'] ?? '') &&
    headers['content-encoding'] === undefined &&
    headers['x-explain'] === undefined &&
    !/event-stream|multipart/.test(headers.accept ?? '')
  );
}

/** Reads a request to its end; one that breaks off has none. */
export function readPlainPost(
  request: IncomingMessage,
  { token, tenant }: Caller,
  done: (post: PlainPost) => void,
): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { accept, origin, 'content-type': contentType } = request.headers;
    const bytes = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
    done({ token, tenant, accept, contentType, origin, body: bytes?.toString('utf8') ?? '' });
  });
}
