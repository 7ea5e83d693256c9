import { hash } from 'node:crypto';

import { parseBearerToken } from './bearer-token.ts';

/** Whoever asks: a token to act with, and whose it is. */
export interface Caller {
  readonly token: string;
  readonly tenant: string;
}

/**
 * Who sends this `Authorization` header; null where it has no usable token. A token that is sent counts, even where it is
 * unusable: only who sends none has the shared one.
 */
export function toCaller(authorization: string | null, sharedToken: string | null): Caller | null {
  const token = authorization === null ? sharedToken : parseBearerToken(authorization);
  return token === null ? null : { token, tenant: toTenant(token) };
}

/** The tenant of a token: a digest of the whole of it, so that no key of ours holds the token itself. */
export function toTenant(token: string): string {
  return hash('sha256', token, 'base64url');
}
