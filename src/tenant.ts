import { hash, randomUUID } from 'node:crypto';

import { parseBearerToken } from './bearer-token.ts';

/** Where a primary's environment has the salt for all its workers, since they tell one another of tenants. */
export const SALT_VARIABLE = 'IMAGES_GATEWAY_TENANT_SALT';

/** Nobody who is known here is known again by the log of another start. */
const SALT = process.env[SALT_VARIABLE] ?? randomUUID();

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
function toTenant(token: string): string {
  return hash('sha256', SALT + token, 'base64url');
}
