import type { Account } from './accounts.ts';
import type { Json, JsonObject } from './json.ts';
import type { SandboxState } from './state.ts';

import { apiError } from './api-errors.ts';
import { isObject } from './json.ts';

/** A request that has passed authentication and found its endpoint. */
export interface Exchange {
  readonly state: SandboxState;
  readonly account: Account;
  readonly scopes: ReadonlySet<string>;
  /** The variable segments of the path, decoded, in order. */
  readonly params: readonly string[];
  readonly query: URLSearchParams;
  /** Undefined where there was none, or it was not JSON. */
  readonly body: Json | undefined;
  /** Origin and path, for links to other pages. */
  readonly pageUrl: string;
  /** Epoch milliseconds on the sandbox's clock. */
  readonly now: number;
}

export interface Reply {
  readonly status: number;
  /** Left out for answers without a body. */
  readonly body?: Json;
}

/**
 * The body as an object.
 * @throws ApiError 400 where it is missing, malformed or something else
 */
export function requireBody({ body }: Exchange): JsonObject {
  if (!isObject(body)) throw apiError(400);
  return body;
}

/** @throws ApiError 403 where the token lacks the scope */
export function requireScope({ scopes }: Pick<Exchange, 'scopes'>, scope: string): void {
  if (!scopes.has(scope)) throw apiError(403);
}

/** A segment of digits as an id; null where it is a slug. */
export function toId(segment: string | undefined): number | null {
  return segment !== undefined && /^\d{1,15}$/.test(segment) ? Number(segment) : null;
}
