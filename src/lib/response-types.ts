import { LRUCache } from 'lru-cache';

import { parseAccept, preferredOf } from './media-types.ts';

/** Media types of a response that is one result: https://graphql.github.io/graphql-over-http/draft/#sec-Media-Types */
const JSON_TYPES = ['application/json', 'application/graphql-response+json'] as const;

/** Media types of a response that may be several results, and of one as well. */
const STREAM_TYPES = ['text/event-stream', 'multipart/mixed'] as const;

export type JsonType = (typeof JSON_TYPES)[number];
export type ResponseType = JsonType | (typeof STREAM_TYPES)[number];

/** Clients send a few headers over and over, and to read one takes as long as to look up a cached response. */
const known = new LRUCache<string, { readonly type: ResponseType | null }>({ max: 500 });
const MAX_CACHED_LENGTH = 500;

/**
 * The media type in which to send one result to a client with this `Accept`; null where it accepts none. A stream has to
 * have a higher weight than JSON, since clients that name both mean JSON for what is no subscription.
 */
export function responseTypeOf(accept: string | null | undefined): ResponseType | null {
  const header = accept ?? '';
  const cached = known.get(header);
  if (cached !== undefined) return cached.type;
  const type = chooseType(header);
  if (header.length <= MAX_CACHED_LENGTH) known.set(header, { type });
  return type;
}

function chooseType(accept: string): ResponseType | null {
  const ranges = parseAccept(accept);
  const json = preferredOf(ranges, JSON_TYPES);
  const stream = preferredOf(ranges, STREAM_TYPES);
  const best = stream !== null && stream.weight > (json?.weight ?? 0) ? stream : json;
  return best?.type ?? null;
}

export function isJsonType(type: ResponseType | null): type is JsonType {
  return JSON_TYPES.some((json) => json === type);
}

/** Whether the client takes the events of a subscription. */
export function acceptsEvents(accept: string | null | undefined): boolean {
  return preferredOf(parseAccept(accept), ['text/event-stream']) !== null;
}

/** Whether the client prefers a page to a result, as browsers do. */
export function prefersPage(accept: string | null | undefined): boolean {
  return preferredOf(parseAccept(accept), [...JSON_TYPES, 'text/html'])?.type === 'text/html';
}
