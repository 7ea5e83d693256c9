import type { IncomingHttpHeaders } from 'node:http';

import type { Json } from './json.ts';

export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Path and search, as they were sent. */
  readonly url: string;
  /** The account that the token opens; null for an unknown token. */
  readonly account: string | null;
  /** Null while there is no answer, and for good where a fault kept it back. */
  status: number | null;
  /** By lower-case name, without the token. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: Json;
  /** Epoch milliseconds on the sandbox's clock. */
  readonly at: number;
}

export interface RequestLog {
  add(request: LoggedRequest): void;
  read(): { readonly count: number; readonly requests: readonly LoggedRequest[] };
  clear(): void;
}

/** A sandbox may run for days: the count is exact, the requests are the latest. */
const KEPT = 10_000;

export function createRequestLog(): RequestLog {
  let count = 0;
  let requests: LoggedRequest[] = [];
  return {
    add(request) {
      count += 1;
      requests.push(request);
      if (requests.length > 2 * KEPT) requests = requests.slice(-KEPT);
    },
    read: () => ({ count, requests: requests.slice(-KEPT) }),
    clear() {
      count = 0;
      requests = [];
    },
  };
}

export function withoutToken(headers: IncomingHttpHeaders): Record<string, string | readonly string[]> {
  const kept: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && name !== 'authorization') kept[name] = value;
  }
  return kept;
}
