import type { IncomingHttpHeaders } from 'node:http';

import { type Dispatcher, errors as undiciErrors } from 'undici';

/** An answer as it came: its head always, its body as far as it can be had. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Not decoded yet. Where it broke off, or was longer than the bound, it is why. */
  readonly body: Buffer | Error;
}

export interface ExchangeRequest {
  readonly method: 'DELETE' | 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  /** From the first byte out to the last byte in: an answer that drips cannot outlive it. */
  readonly timeoutMs: number;
  /** Called when that time is over: how many milliseconds more it gets, or the error that it ends with. */
  readonly onTimeout: () => number | Error;
  /** Called right before its first byte goes out: a request that fails without it never left. */
  readonly onWrite?: () => void;
  /** Ends it with its reason. */
  readonly signal: AbortSignal;
  /** How long the body may be, by the head; what is longer ends the connection. */
  readonly maxBytesOf: (headers: IncomingHttpHeaders) => number;
}

/** A body was longer than it may be. */
export class BodyTooLargeError extends Error {}

/**
 * One request and its whole answer. It is read straight into memory, without a stream in between, since nothing of it is
 * of use before all of it is there.
 * @throws what undici throws, the timeout's error or the signal's reason, where there is no head
 */
export function exchange(dispatcher: Dispatcher, request: ExchangeRequest): Promise<RawAnswer> {
  const { signal } = request;
  if (signal.aborted) return Promise.reject(signal.reason);
  const { method, path, headers, body } = request;
  const running = new Exchange(request);
  try {
    dispatcher.dispatch({ method, path, headers, body }, running);
  } catch (error) {
    running.fail(error);
  }
  return running.answer;
}

interface Head {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly maxBytes: number;
}

/** An exchange under way: what undici tells of it, and what ends it sooner. */
class Exchange implements Dispatcher.DispatchHandler, EventListenerObject {
  readonly #answer = Promise.withResolvers<RawAnswer>();
  readonly #request: ExchangeRequest;
  #timer: NodeJS.Timeout;
  readonly #chunks: Buffer[] = [];
  #size = 0;
  #head: Head | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #isOver = false;

  constructor(request: ExchangeRequest) {
    this.#request = request;
    const { timeoutMs, signal } = request;
    this.#timer = setTimeout(() => this.#timeOut(), timeoutMs);
    signal.addEventListener('abort', this, { once: true });
  }

  get answer(): Promise<RawAnswer> {
    return this.#answer.promise;
  }

  /** It did not even begin. */
  fail(error: unknown): void {
    this.#end(error instanceof Error ? error : new Error('not sent', { cause: error }));
  }

  /** Nobody waits any more. */
  handleEvent(): void {
    this.#giveUp(this.#request.signal.reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isOver) controller.abort(new undiciErrors.RequestAbortedError());
    else this.#request.onWrite?.();
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    // What is only informational has another head to follow it.
    if (status >= 200) this.#head = { status, headers, maxBytes: this.#request.maxBytesOf(headers) };
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#size += chunk.length;
    if (this.#size > (this.#head?.maxBytes ?? 0))
      this.#giveUp(new BodyTooLargeError('longer than it may be'));
    else this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#end(null);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#end(error);
  }

  #timeOut(): void {
    const more = this.#request.onTimeout();
    if (typeof more === 'number') this.#timer = setTimeout(() => this.#timeOut(), more);
    else this.#giveUp(more);
  }

  #giveUp(reason: Error): void {
    this.#end(reason);
    this.#controller?.abort(reason);
  }

  #end(failure: Error | null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#request.signal.removeEventListener('abort', this);
    if (this.#head === undefined) {
      this.#answer.reject(failure ?? new undiciErrors.SocketError('no answer'));
      return;
    }
    const { status, headers } = this.#head;
    this.#answer.resolve({ status, headers, body: failure ?? join(this.#chunks, this.#size) });
  }
}

function join(chunks: readonly Buffer[], size: number): Buffer {
  const [first] = chunks;
  return first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks, size);
}
