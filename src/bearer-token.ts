/** The credentials of RFC 6750 section 2.1: the scheme in any case, one token of its b64token form. */
const BEARER = /^bearer +([A-Za-z0-9._~+/-]{1,512}={0,2})$/i;

/**
 * The token of an `Authorization` header, or null where the header holds none that could be sent on: another
 * scheme, several tokens, an odd character.
 */
export function parseBearerToken(authorization: string): string | null {
  return BEARER.exec(authorization.trim())?.[1] ?? null;
}
