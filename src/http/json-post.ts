import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

import { isAsyncIterable } from '@graphql-tools/utils';

import type { Result } from '../operations/coded-result.ts';
import type { Outcome } from '../operations/execute-operation.ts';
import type { Refusal } from '../request-errors.ts';
import { isUtf8Json } from '../lib/media-types.ts';
import { isJsonType, type JsonType, responseTypeOf } from '../lib/response-types.ts';
import { toResponseHead, toResponseText } from './graphql-response.ts';
import type { HttpOperationRequest } from './operation-request.ts';
import { type RequestEnd, toRequestEnd } from './request-end.ts';

export interface JsonPostOptions {
  readonly pipeline: { execute(request: HttpOperationRequest): Outcome | Promise<Outcome> };
  readonly maxBytes: number;
  readonly createRequest: (
    request: IncomingMessage,
    parts: { readonly params: unknown; readonly startedAt: number; readonly signal: () => AbortSignal },
  ) => HttpOperationRequest;
  /** Headers that every response carries. */
  readonly headersOf: (request: {
    readonly requestId: string;
    readonly origin: string | undefined;
  }) => Readonly<Record<string, string>>;
  readonly onEnd: (end: RequestEnd) => void;
  /** Called for a request that breaks off before it is read. */
  readonly onBroken: (request: IncomingMessage, startedAt: number) => void;
}

/**
 * Listens for operations that come as JSON and whose response is JSON, which nearly all are. It reads them from the
 * socket and writes responses to it, without the objects of the Fetch API in between. Everything else is for `next`.
 */
export function createJsonPostListener(options: JsonPostOptions, next: RequestListener): RequestListener {
  return (request, response) => {
    const type = isJsonPost(request, options.maxBytes) ? responseTypeOf(request.headers.accept) : null;
    if (isJsonType(type)) new JsonPost(options, { request, response, type, next }).read();
    else next(request, response);
  };
}

/** A body without a length, or of more bytes than a request may have, is for the next listener to bound and refuse. */
function isJsonPost({ method, url, headers }: IncomingMessage, maxBytes: number): boolean {
  const length = Number(headers['content-length']);
  return (
    method === 'POST' &&
    url === '/graphql' &&
    length > 0 &&
    length <= maxBytes &&
    headers['content-encoding'] === undefined &&
    isUtf8Json(headers['content-type'])
  );
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly type: JsonType;
  readonly next: RequestListener;
}

/** One request and its response. */
class JsonPost {
  readonly #options: JsonPostOptions;
  readonly #exchange: Exchange;
  readonly #startedAt = performance.now();
  #gone: AbortController | undefined;

  constructor(options: JsonPostOptions, exchange: Exchange) {
    this.#options = options;
    this.#exchange = exchange;
  }

  read(): void {
    const { request } = this.#exchange;
    const chunks: Buffer[] = [];
    let isRead = false;
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      isRead = true;
      this.#execute(chunks);
    });
    request.once('error', () => {
      if (!isRead) this.#options.onBroken(request, this.#startedAt);
    });
  }

  #execute(chunks: readonly Buffer[]): void {
    const { createRequest, pipeline } = this.#options;
    const body = toText(chunks);
    const operation = createRequest(this.#exchange.request, {
      params: parseBody(body),
      startedAt: this.#startedAt,
      signal: () => this.#signal,
    });
    const outcome = pipeline.execute(operation);
    if (outcome instanceof Promise) void outcome.then((settled) => this.#respond(operation, settled, body));
    else this.#respond(operation, outcome, body);
  }

  #respond(operation: HttpOperationRequest, outcome: Outcome, read: string): void {
    const { request, response, type, next } = this.#exchange;
    const { headersOf, onEnd } = this.#options;
    const { requestId } = operation;
    const { result } = outcome;
    if (isAsyncIterable(result)) {
      // An event stream, which yoga writes. It takes a body that was read from here, and nothing has begun: a
      // subscription does when its first event is taken.
      next(Object.assign(request, { body: read }), response);
      return;
    }
    const { status, headers, body } = toResponse({ ...outcome, result }, type);
    const isGone = response.destroyed;
    if (!isGone) {
      response.writeHead(status, { ...headersOf({ requestId, origin: request.headers.origin }), ...headers });
      // Plain ASCII is the same bytes in both, and Latin-1 is written without a look at each character.
      response.end(body, headers['content-length'] === String(body.length) ? 'latin1' : 'utf8');
    }
    onEnd(toRequestEnd(operation, outcome, { status, isGone }));
  }

  /** Aborted when the connection closes before the response is written. */
  get #signal(): AbortSignal {
    if (this.#gone !== undefined) return this.#gone.signal;
    const gone = (this.#gone = new AbortController());
    const { response } = this.#exchange;
    const close = () => {
      if (!response.writableFinished) gone.abort();
    };
    if (response.closed) close();
    else response.once('close', close);
    return gone.signal;
  }
}

function toResponse({ result, body }: Outcome & { readonly result: Result }, type: JsonType): Refusal {
  const { status, headers } = toResponseHead(result, type);
  const text = body?.text ?? toResponseText(result);
  const bytes = body?.bytes ?? Buffer.byteLength(text);
  return {
    status,
    headers: { ...headers, 'content-type': `${type}; charset=utf-8`, 'content-length': String(bytes) },
    body: text,
  };
}

function toText(chunks: readonly Buffer[]): string {
  const [first] = chunks;
  const bytes = first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks);
  return bytes.toString('utf8');
}

/** The parameters of a request; undefined where the body is no JSON. The pipeline says what is wrong with them. */
function parseBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
