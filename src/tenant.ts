import { hash } from 'node:crypto';

/** The tenant of a token: a digest of the whole of it, so that no key of ours holds the token itself. */
export function toTenant(token: string): string {
  return hash('sha256', token, 'base64url');
}
