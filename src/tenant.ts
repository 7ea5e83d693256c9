import { hash, randomUUID } from 'node:crypto';

import { parseBearerToken } from './bearer-token.ts';
import type { Config } from './config.ts';

/** Whoever asks: a token to act with, and whose it is. */
export interface Caller {
  readonly token: string;
  readonly tenant: string;
}

/**
 * Who sends an `Authorization` header; null where it has no usable token. A token that is sent counts, even where it is
 * unusable: only who sends none has the shared one.
 */
export type CallerOf = (authorization: string | null) => Caller | null;

/**
 * A tenant is a digest of the whole of its token, so that no key of ours holds the token itself, with a salt, so that
 * nobody is known again by the log of another start.
 */
export function createCallerOf({
  sharedToken,
  tenantSalt,
}: Pick<Config, 'sharedToken' | 'tenantSalt'>): CallerOf {
  const salt = tenantSalt ?? randomUUID();
  return (authorization) => {
    const token = authorization === null ? sharedToken : parseBearerToken(authorization);
    return token === null ? null : { token, tenant: hash('sha256', salt + token, 'base64url') };
  };
}
