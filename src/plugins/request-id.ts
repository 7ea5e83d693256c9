import { randomUUID } from 'node:crypto';

const ACCEPTED = /^[\w.:-]{1,128}$/;
const ids = new WeakMap<Request, string>();

/**
 * The id of a request, the same for its whole life: the caller's own `X-Request-Id` where it has the accepted
 * form (1 to 128 letters, digits and `_.:-`, so that it cannot forge a log line), else a new UUID.
 */
export function requestIdOf(request: Request): string {
  const known = ids.get(request);
  if (known !== undefined) return known;
  const id = toRequestId(request.headers.get('x-request-id'));
  ids.set(request, id);
  return id;
}

/** The id that a caller gave, where it has the accepted form, else a new one. */
export function toRequestId(given: string | null | undefined): string {
  return given != null && ACCEPTED.test(given) ? given : randomUUID();
}
