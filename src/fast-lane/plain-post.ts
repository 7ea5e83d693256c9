import type { IncomingMessage } from 'node:http';

import type { Caller } from '../tenant.ts';

/** A POST of JSON as nearly every client sends it: small, not compressed, and not for a stream of events. */
export interface PlainPost extends Caller {
  readonly body: string;
  /** Headers that have a part in the answer. */
  readonly accept: string | undefined;
  readonly contentType: string | undefined;
  readonly origin: string | undefined;
  /** The same for requests that must get the same answer: it has in it whatever of them has a part in that. */
  readonly key: string;
}

/** Stands for a header that is not there: no header can have it in it. */
export const ABSENT = '\0';

/** What the keys of a tenant's requests begin with, and no others. */
export function prefixOf(tenant: string): string {
  return `${tenant}\n`;
}

export function toPlainPost(parts: Omit<PlainPost, 'key'>): PlainPost {
  const { token, tenant, accept, contentType, origin, body } = parts;
  const key = `${prefixOf(tenant)}${accept ?? ABSENT}\n${contentType}\n${origin ?? ABSENT}\n${body}`;
  return { token, tenant, accept, contentType, origin, body, key };
}

/** Longer requests are read by the server itself. */
const MAX_BYTES = 64 * 1_024;

/** As nearly every client writes it; of others the server knows whether it takes them. */
const JSON_TYPE = /^application\/json(?:; ?charset=utf-8)?$/;

export function isPlainPost({ method, url, headers }: IncomingMessage): boolean {
  const length = Number(headers['content-length']);
  return (
    method === 'POST' &&
    url === '/graphql' &&
    length > 0 &&
    length <= MAX_BYTES &&
    JSON_TYPE.test(headers['content-type'] ?? '') &&
    headers['content-encoding'] === undefined &&
    headers['x-explain'] !== '1' &&
    !/event-stream|multipart/i.test(headers.accept ?? '')
  );
}

/** Reads a request to its end, or until it breaks off. */
export function readPlainPost(
  request: IncomingMessage,
  { token, tenant }: Caller,
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
    const { accept, origin, 'content-type': contentType } = request.headers;
    const bytes = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
    const body = bytes?.toString('utf8') ?? '';
    done(toPlainPost({ token, tenant, accept, contentType, origin, body }));
  });
}
