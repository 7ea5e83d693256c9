import { createHash } from 'node:crypto';

/** The tenant of a token: a digest of the whole of it, so that no key of ours holds the token itself. */
export function toTenant(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
