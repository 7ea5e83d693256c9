import type { Json } from './json.ts';
import type { OddPage } from './odd-pages.ts';

export const FAULT_KINDS = [
  'reset',
  'reset-mid-body',
  'close',
  'hang',
  'hang-mid-body',
  'drip',
  'html',
  'truncate',
  'empty',
  'not-json',
  'wrong-type',
  'redirect',
  'gzip',
  'gzip-garbage',
  'gzip-bomb',
  'big-body',
  'big-headers',
] as const;

export type FaultKind = (typeof FAULT_KINDS)[number];

/** What goes wrong, for which requests, and how often. */
export interface Fault {
  /** Every member that is given has to fit; without any, all requests do. */
  readonly match?: {
    readonly method?: string;
    /** The whole path, or the beginning of one before a final `*`. */
    readonly path?: string;
    readonly query?: Readonly<Record<string, string>>;
    readonly token?: string;
  };
  /** Requests to spoil; until cleared where it is not given. */
  readonly times?: number;
  /** Matching requests that pass unharmed first. */
  readonly skip?: number;
  /** Wait before the request is worked on, in real milliseconds whatever the sandbox's clock. */
  readonly latencyMs?: number;
  readonly status?: number;
  /** Sent as `retry-after`: seconds, or any text. */
  readonly retryAfter?: number | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Replaces the body: text as it is, any other value as JSON. */
  readonly body?: Json;
  readonly kind?: FaultKind;
  /** What is odd about a page of a list. */
  readonly page?: OddPage;
}

export interface FaultTarget {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly token: string | null;
}

export interface Faults {
  add(fault: Fault): void;
  clear(): void;
  count(): number;
  /** The first fault that fits the request, which thereby counts as used once. */
  take(target: FaultTarget): Fault | undefined;
}

export function createFaults(): Faults {
  let active: { readonly fault: Fault; skip: number; times: number }[] = [];
  return {
    add(fault) {
      active.push({ fault, skip: fault.skip ?? 0, times: fault.times ?? Infinity });
    },
    clear() {
      active = [];
    },
    count: () => active.length,
    take(target) {
      for (const candidate of active) {
        if (!matches(candidate.fault, target)) continue;
        if (candidate.skip > 0) {
          candidate.skip -= 1;
          continue;
        }
        candidate.times -= 1;
        if (candidate.times <= 0) active = active.filter((other) => other !== candidate);
        return candidate.fault;
      }
      return undefined;
    },
  };
}

function matches({ match = {} }: Fault, { method, path, query, token }: FaultTarget): boolean {
  if (match.method !== undefined && match.method.toUpperCase() !== method) return false;
  if (match.token !== undefined && match.token !== token) return false;
  if (match.path !== undefined) {
    const fits = match.path.endsWith('*') ? path.startsWith(match.path.slice(0, -1)) : path === match.path;
    if (!fits) return false;
  }
  return Object.entries(match.query ?? {}).every(([name, value]) => query.get(name) === value);
}
