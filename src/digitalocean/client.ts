import type { IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

import { Pool, errors as undiciErrors } from 'undici';

import { CallPolicy } from './call-policy.ts';
import { type CallReport, toEndpoint, toOutcome } from './call-report.ts';
import type { CircuitState } from './circuit-breaker.ts';
import { NetworkError, PayloadError, RateLimitError, StatusError, TimeoutError } from './errors.ts';
import { BodyTooLargeError, exchange, type RawAnswer } from './exchange.ts';
import { parseErrorBody, parseJson, parseToken } from './payloads.ts';
import { parseRateLimit, parseRetryAfter, type RateLimit } from './rate-limit.ts';

/** Who asks: every call carries a token of its own, and stops when its caller no longer waits. */
export interface Caller {
  readonly token: string;
  /** Whose token it is, for turns; callers of one tenant have the same. */
  readonly tenant: string;
  readonly signal: AbortSignal;
  /** Milliseconds until nobody waits for the answer any more. */
  readonly leftMs: () => number;
  /** Sent as `X-Request-Id`, so that one request can be followed through both logs. */
  readonly requestId?: string;
  /** Told of the token's budget with each answer that says it. */
  readonly onRateLimit?: (rateLimit: RateLimit) => void;
  /** Told each time that something is sent; what it returns is told what came of it, and says what is sent on. */
  readonly onAttempt?: (endpoint: string) => AttemptTrace | undefined;
  /** Told of a value that the gateway does not know yet, with the name that the API has for its field. */
  readonly onUnknownValue?: (field: string, value: string) => void;
}

/** Where an attempt stands in a trace. */
export interface AttemptTrace {
  /** Sent as the header of that name: https://www.w3.org/TR/trace-context/ */
  readonly traceparent: string;
  end(outcome: string): void;
}

export interface ApiRequest {
  readonly method: 'DELETE' | 'GET' | 'POST' | 'PUT';
  /** Below the base URL, each segment already encoded. */
  readonly path: `/v2/${string}`;
  /** Undefined values are left out; the order is kept. */
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** Sent as JSON. */
  readonly body?: object;
  /** The status that says that it was done; 200 where it is left out. */
  readonly success?: number;
  /** Whether the answer then has no body. */
  readonly isEmpty?: boolean;
}

export interface ApiAnswer {
  /** What was asked, for errors about the body: `GET /v2/images`. */
  readonly call: string;
  readonly body: unknown;
  /** The JSON of the body, decoded; none where there is none. */
  readonly bytes: Uint8Array;
}

export interface ApiClient {
  /** How calls share the API just now. */
  readonly load: { readonly running: number; readonly waiting: number; readonly openCircuits: number };
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
  /** For one attempt, from the first byte out to the last byte in: an answer that drips cannot outlive it. */
  readonly timeoutMs: number;
  readonly userAgent?: string;
  readonly onCircuitChange?: (state: CircuitState) => void;
  readonly onCall?: (report: CallReport) => void;
}

const CONNECT_TIMEOUT_MS = 1_000;
const CONNECTIONS = 64;
const MAX_BODY_BYTES = 10 * 1024 * 1024;
/** Of what is not JSON nothing is read; it is let in so far that its connection stays of use. */
const MAX_OTHER_BODY_BYTES = 64 * 1024;
const MAX_HEADER_BYTES = 16 * 1024;

const NO_BYTES = Buffer.alloc(0);

const decompress = promisify(gunzip);

/**
 * The one door to the API: everything that leaves the gateway with a token leaves here.
 *
 * The pool is bound to the configured origin, paths are built and never taken from an answer, and redirects
 * are not followed, so a token reaches no other host, whatever the upstream says.
 */
export function createApiClient({
  baseUrl,
  timeoutMs,
  userAgent = 'images-gateway',
  onCircuitChange,
  onCall = () => {},
}: ApiClientOptions): ApiClient {
  const pool = new Pool(baseUrl.origin, {
    connections: CONNECTIONS,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    maxHeaderSize: MAX_HEADER_BYTES,
    // The attempt's own deadline rules; undici's two would only bound the gaps between bytes.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const policy = new CallPolicy({ attemptMs: timeoutMs, onCircuitChange });
  const prefix = baseUrl.pathname.replace(/\/+$/, '');

  /** One attempt under its own deadline. */
  async function attempt(
    caller: Caller,
    request: ApiRequest,
    { call, traceparent }: { readonly call: string; readonly traceparent: string | undefined },
  ): Promise<ApiAnswer> {
    const { signal } = caller;
    signal.throwIfAborted();
    let answer: RawAnswer;
    try {
      answer = await exchange(pool, {
        method: request.method,
        path: prefix + request.path + toSearch(request.query),
        headers: toHeaders(caller, request, { userAgent, traceparent }),
        body: request.body === undefined ? null : JSON.stringify(request.body),
        timeoutMs,
        toTimeoutError: () => new TimeoutError(call, timeoutMs),
        signal,
        maxBytesOf: (headers) => (isJson(headers) ? MAX_BODY_BYTES : MAX_OTHER_BODY_BYTES),
      });
    } catch (error) {
      throw signal.aborted ? signal.reason : toApiError(call, error);
    }
    tellRateLimit(caller, answer);
    try {
      return await readAnswer(call, answer, request);
    } catch (error) {
      throw signal.aborted ? signal.reason : error;
    }
  }

  return {
    get load() {
      const { slots, openCircuits } = policy;
      return { running: slots.running, waiting: slots.waiting, openCircuits };
    },
    async request(caller, request) {
      const { method, path } = request;
      const { tenant, signal, leftMs } = caller;
      const endpoint = toEndpoint(method, path);
      const name = `${method} ${path}`;
      let attempts = 0;
      const told = async () => {
        attempts += 1;
        const isRetry = attempts > 1;
        const trace = caller.onAttempt?.(endpoint);
        const startedAt = performance.now();
        let outcome = '200';
        try {
          return await attempt(caller, request, { call: name, traceparent: trace?.traceparent });
        } catch (error) {
          outcome = toOutcome(error);
          throw error;
        } finally {
          trace?.end(outcome);
          onCall({ endpoint, outcome, seconds: (performance.now() - startedAt) / 1_000, isRetry });
        }
      };
      try {
        return await policy.run({ name, reads: method === 'GET', tenant, signal, leftMs, attempt: told });
      } catch (error) {
        if (attempts === 0) onCall({ endpoint, outcome: toOutcome(error), seconds: null, isRetry: false });
        throw error;
      }
    },
    close: () => pool.close(),
  };
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

function tellRateLimit({ onRateLimit }: Caller, { status, headers }: RawAnswer): void {
  const rateLimit = parseRateLimit((name) => header(headers[name]));
  // A 429 that says when to come back is of the limit for a minute; its headers say nothing of the hour.
  const isOfMinute = status === 429 && headers['retry-after'] !== undefined;
  if (rateLimit !== null && !isOfMinute) onRateLimit?.(rateLimit);
}

/** Whether no connection came about, so that nothing was sent. */
function isConnectFailure(error: unknown): boolean {
  if (error instanceof undiciErrors.ConnectTimeoutError) return true;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ECONNREFUSED' || code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EHOSTUNREACH';
}

/** What keeps an answer, or the rest of one, from arriving. */
function toApiError(call: string, error: unknown): unknown {
  if (error instanceof TimeoutError) return error;
  if (error instanceof BodyTooLargeError) {
    return new PayloadError(call, 'TOO_LARGE', `the answer exceeds ${MAX_BODY_BYTES} bytes`);
  }
  if (error instanceof undiciErrors.HeadersOverflowError) {
    return new PayloadError(call, 'TOO_LARGE', `the headers exceed ${MAX_HEADER_BYTES} bytes`);
  }
  return new NetworkError(call, error, { wasSent: !isConnectFailure(error) });
}

async function readAnswer(
  call: string,
  answer: RawAnswer,
  { success = 200, isEmpty = false }: ApiRequest,
): Promise<ApiAnswer> {
  const { status, headers } = answer;
  if (status === success && isEmpty) return { call, body: null, bytes: NO_BYTES };
  if (status === success) {
    if (!isJson(headers)) throw new PayloadError(call, 'CONTENT_TYPE', 'the answer is not JSON');
    const bytes = await readBytes(call, answer);
    const body = parseJson(bytes.toString('utf8'));
    if (body === undefined) throw new PayloadError(call, 'NOT_JSON', 'the answer is not well-formed JSON');
    return { call, body, bytes };
  }
  if (status < 400) throw new PayloadError(call, 'STATUS', `answered ${status}, which this call never does`);
  throw await readError(call, answer);
}

/**
 * Of the API's error body its two ids are read, and its message only where it is about the input. The status counts
 * even where the body cannot be read.
 */
async function readError(call: string, answer: RawAnswer): Promise<StatusError> {
  const { status, headers } = answer;
  const parsed = parseErrorBody(isJson(headers) ? await readErrorBody(call, answer) : undefined);
  const requestId = parsed.requestId ?? parseToken(header(headers['x-request-id']));
  const retryAfter = parseRetryAfter({
    retryAfter: header(headers['retry-after']),
    rateLimitReset: header(headers['ratelimit-reset']),
    nowMs: Date.now(),
  });
  if (status === 429) return new RateLimitError(call, { requestId, retryAfter: retryAfter ?? 60 });
  return new StatusError(call, {
    status,
    id: parsed.id,
    complaint: [400, 409, 422].includes(status) ? parsed.message : undefined,
    requestId,
    retryAfter: headers['retry-after'] === undefined ? undefined : retryAfter,
  });
}

async function readErrorBody(call: string, answer: RawAnswer): Promise<unknown> {
  try {
    return parseJson((await readBytes(call, answer)).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The body, decoded, within the bound. */
function readBytes(call: string, { body, headers }: RawAnswer): Buffer | Promise<Buffer> {
  const encoding = header(headers['content-encoding'])?.trim().toLowerCase() ?? 'identity';
  if (encoding !== 'identity' && encoding !== 'gzip') {
    throw new PayloadError(call, 'ENCODING', 'the answer is encoded in a way that was not asked for');
  }
  if (body instanceof Error) throw toApiError(call, body);
  return encoding === 'identity' ? body : readGzip(call, body);
}

async function readGzip(call: string, body: Buffer): Promise<Buffer> {
  try {
    return await decompress(body, { maxOutputLength: MAX_BODY_BYTES });
  } catch (error) {
    throw error instanceof RangeError
      ? toApiError(call, new BodyTooLargeError())
      : new PayloadError(call, 'ENCODING', 'the answer is not the gzip that it says it is');
  }
}

function isJson(headers: IncomingHttpHeaders): boolean {
  return /^application\/(?:[\w.+-]+\+)?json\b/i.test(header(headers['content-type']) ?? '');
}

function header(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
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
