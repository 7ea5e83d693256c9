import { Pool } from 'undici';

import { type ApiAnswer, type ExpectedAnswer, readAnswer } from './answer.ts';
import { header, MAX_HEADER_BYTES, maxBytesOf, toApiError } from './body.ts';
import { CallPolicy, type PolicedCall } from './call-policy.ts';
import { type CallReport, toEndpoint, toOutcome } from './call-report.ts';
import type { CircuitState } from './circuit-breaker.ts';
import type { Circuits, CircuitScope } from './circuits.ts';
import { TimeoutError } from './errors.ts';
import { exchange, type RawAnswer } from './exchange.ts';
import { parseRateLimit, type RateLimit } from './rate-limit.ts';

/** Who asks: every call carries a token of its own, and stops when its caller no longer waits. */
export interface Caller {
  readonly token: string;
  /** Whose token it is, for turns; callers of one tenant have the same. */
  readonly tenant: string;
  readonly signal: AbortSignal;
  /** Milliseconds until nobody waits for the answer any more. */
  leftMs(): number;
  /** Sent as `X-Request-Id`, so that one request can be followed through both logs. */
  readonly requestId?: string;
  /** Told of the token's budget with each answer that says it. */
  onRateLimit?(rateLimit: RateLimit): void;
  /** Told each time that something is sent; what it returns is told what came of it, and says what is sent on. */
  onAttempt?(endpoint: string): AttemptTrace | undefined;
  /** Told of a value that the gateway does not know yet, with the name that the API has for its field. */
  readonly onUnknownValue?: (field: string, value: string) => void;
  /** Told how many rows of a page could not be read, where there are any. */
  readonly onDroppedRows?: (count: number) => void;
}

/** Where an attempt stands in a trace. */
export interface AttemptTrace {
  /** Sent as the header of that name: https://www.w3.org/TR/trace-context/ */
  readonly traceparent: string;
  end(outcome: string): void;
}

export interface ApiRequest extends ExpectedAnswer {
  readonly method: 'DELETE' | 'GET' | 'POST' | 'PUT';
  /** Below the base URL, each segment already encoded. */
  readonly path: `/v2/${string}`;
  /** Undefined values are left out; the order is kept. */
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** Sent as JSON. */
  readonly body?: object;
}

export interface ApiClient {
  /** How calls share the API just now. */
  readonly load: {
    readonly running: number;
    readonly waiting: number;
    readonly openCircuits: Circuits['open'];
  };
  /** Whether the next call of a tenant is about to be refused, since so many of its calls wait already. */
  isCrowdedBy(tenant: string): boolean;
  /**
   * Sends one request, a read that failed once more where that can help, and reads its JSON answer.
   * @throws StatusError | RateLimitError | TimeoutError | NetworkError | PayloadError | CircuitOpenError |
   * OverloadedError, or the reason of the caller's signal where that ended the wait.
   */
  request(caller: Caller, request: ApiRequest): Promise<ApiAnswer>;
  close(): Promise<void>;
}

export interface ApiClientOptions {
  readonly baseUrl: URL;
  /** For an attempt that can be repeated, from the first byte out to the last byte in; the last one has all that is left. */
  readonly timeoutMs: number;
  readonly userAgent?: string;
  readonly onCircuitChange?: (state: CircuitState, scope: CircuitScope) => void;
  readonly onCall?: (report: CallReport) => void;
}

const CONNECT_TIMEOUT_MS = 1_000;
const CONNECTIONS = 64;

/**
 * The one door to the API: everything that leaves the gateway with a token leaves here.
 *
 * Both pools are bound to the configured origin, paths are built and never taken from an answer, and redirects
 * are not followed, so a token reaches no other host, whatever the upstream says.
 */
export function createApiClient({
  baseUrl,
  timeoutMs,
  userAgent = 'images-gateway',
  onCircuitChange,
  onCall = () => {},
}: ApiClientOptions): ApiClient {
  const options: Pool.Options = {
    connections: CONNECTIONS,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    maxHeaderSize: MAX_HEADER_BYTES,
    // The attempt's own deadline rules; undici's two would only bound the gaps between bytes.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  const reads = new Pool(baseUrl.origin, options);
  // A server may close an idle connection at the moment at which a request leaves, and then nobody knows whether the
  // request arrived. A read is sent again; a write cannot be, so each has a new connection, which closes after it.
  const writes = new Pool(baseUrl.origin, { ...options, pipelining: 0, allowH2: false });
  const policy = new CallPolicy({ attemptMs: timeoutMs, onCircuitChange });
  // Every SDK writes the version at the end of its base URL, and here each path begins with it.
  const prefix = baseUrl.pathname.replace(/(?:\/v2)?\/*$/, '').replace(/\/+$/, '');
  const line = { reads, writes, prefix, timeoutMs, userAgent, onCall };

  return {
    get load() {
      const { slots, circuits } = policy;
      return { running: slots.running, waiting: slots.waiting, openCircuits: circuits.open };
    },
    isCrowdedBy: (tenant) => policy.slots.isCrowdedBy(tenant),
    async request(caller, request) {
      const call = new Call(line, caller, request);
      try {
        return await policy.run(call);
      } catch (error) {
        call.tellUnsent(error);
        throw error;
      }
    },
    async close() {
      await Promise.all([reads.close(), writes.close()]);
    },
  };
}

/** What all calls have in common. */
interface Line {
  /** Connections that are kept and used again. */
  readonly reads: Pool;
  /** A connection for each request. */
  readonly writes: Pool;
  /** The path of the base URL. */
  readonly prefix: string;
  readonly timeoutMs: number;
  readonly userAgent: string;
  readonly onCall: (report: CallReport) => void;
}

/** A call under way, and what is told of each time that it is sent. */
class Call implements PolicedCall<ApiAnswer> {
  readonly name: string;
  readonly #endpoint: string;
  readonly #line: Line;
  readonly #caller: Caller;
  readonly #request: ApiRequest;
  #attempts = 0;

  constructor(line: Line, caller: Caller, request: ApiRequest) {
    this.#line = line;
    this.#caller = caller;
    this.#request = request;
    this.name = `${request.method} ${request.path}`;
    this.#endpoint = toEndpoint(request.method, request.path);
  }

  get reads(): boolean {
    return this.#request.method === 'GET';
  }

  get tenant(): string {
    return this.#caller.tenant;
  }

  get signal(): AbortSignal {
    return this.#caller.signal;
  }

  leftMs(): number {
    return this.#caller.leftMs();
  }

  /** Sends it once, under a deadline of its own. */
  async attempt(onLate: (error: TimeoutError) => number): Promise<ApiAnswer> {
    const { signal } = this.#caller;
    this.#attempts += 1;
    const isRetry = this.#attempts > 1;
    const trace = this.#caller.onAttempt?.(this.#endpoint);
    const startedAt = performance.now();
    let outcome = '200';
    try {
      const answer = await this.#send(trace?.traceparent, onLate);
      tellRateLimit(this.#caller, answer);
      return await readAnswer(this.name, answer, this.#request);
    } catch (error) {
      const failure: unknown = signal.aborted ? signal.reason : error;
      outcome = toOutcome(failure);
      throw failure;
    } finally {
      trace?.end(outcome);
      const seconds = (performance.now() - startedAt) / 1_000;
      this.#line.onCall({ endpoint: this.#endpoint, outcome, seconds, isRetry });
    }
  }

  /** Tells of what has ended before anything was sent. */
  tellUnsent(error: unknown): void {
    if (this.#attempts > 0) return;
    const outcome = toOutcome(error);
    this.#line.onCall({ endpoint: this.#endpoint, outcome, seconds: null, isRetry: false });
  }

  async #send(traceparent: string | undefined, onLate: (error: TimeoutError) => number): Promise<RawAnswer> {
    const { reads, writes, prefix, timeoutMs, userAgent } = this.#line;
    const { method, path, query, body } = this.#request;
    let givenMs = timeoutMs;
    let wasSent = false;
    try {
      return await exchange(this.reads ? reads : writes, {
        method,
        path: prefix + path + toSearch(query),
        headers: toHeaders(this.#caller, this.#request, { userAgent, traceparent }),
        body: body === undefined ? null : JSON.stringify(body),
        timeoutMs,
        onTimeout: () => {
          const error = new TimeoutError(this.name, givenMs, { wasSent });
          const moreMs = onLate(error);
          givenMs += moreMs;
          return moreMs > 0 ? moreMs : error;
        },
        onWrite: () => void (wasSent = true),
        signal: this.#caller.signal,
        maxBytesOf,
      });
    } catch (error) {
      throw toApiError(this.name, error, { wasSent });
    }
  }
}

function toHeaders(
  { token, requestId }: Caller,
  { body }: ApiRequest,
  { userAgent, traceparent }: { readonly userAgent: string; readonly traceparent: string | undefined },
): Record<string, string> {
  const headers: Record<string, string> = {
    accept: 'application/json',
    'accept-encoding': 'gzip',
    authorization: `Bearer ${token}`,
    'user-agent': userAgent,
  };
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (requestId !== undefined) headers['x-request-id'] = requestId;
  if (traceparent !== undefined) headers['traceparent'] = traceparent;
  return headers;
}

function tellRateLimit(caller: Caller, { status, headers }: RawAnswer): void {
  const rateLimit = parseRateLimit((name) => header(headers[name]));
  // A 429 that says when to come back is of the limit for a minute; its headers say nothing of the hour.
  const isOfMinute = status === 429 && headers['retry-after'] !== undefined;
  if (rateLimit !== null && !isOfMinute) caller.onRateLimit?.(rateLimit);
}

/** What stands in a query as it is. */
const PLAIN_VALUE = /^[\w.-]*$/;

function toSearch(query: ApiRequest['query']): string {
  let search = '';
  for (const name in query) {
    const value = query[name];
    if (value === undefined) continue;
    const pair = PLAIN_VALUE.test(value) ? `${name}=${value}` : new URLSearchParams({ [name]: value });
    search += `${search === '' ? '?' : '&'}${pair}`;
  }
  return search;
}
