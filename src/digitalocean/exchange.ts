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
  readonly toTimeoutError: () => Error;
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
  const { method, path, headers, body, timeoutMs, toTimeoutError, signal, maxBytesOf } = request;
  return new Promise((resolve, reject) => {
    let head:
      | { readonly status: number; readonly headers: IncomingHttpHeaders; readonly maxBytes: number }
      | undefined;
    let controller: Dispatcher.DispatchController | undefined;
    let isOver = false;
    const chunks: Buffer[] = [];
    let size = 0;

    const end = (failure: Error | null): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', leave);
      if (head === undefined) reject(failure ?? new undiciErrors.SocketError('no answer'));
      else resolve({ status: head.status, headers: head.headers, body: failure ?? join(chunks, size) });
    };
    const giveUp = (reason: Error): void => {
      end(reason);
      controller?.abort(reason);
    };
    if (signal.aborted) return reject(signal.reason);
    const leave = () => giveUp(signal.reason);
    const timer = setTimeout(() => giveUp(toTimeoutError()), timeoutMs);
    signal.addEventListener('abort', leave, { once: true });

    dispatcher.dispatch(
      { method, path, headers, body },
      {
        onRequestStart(started) {
          controller = started;
          if (isOver) started.abort(new undiciErrors.RequestAbortedError());
        },
        onResponseStart(_controller, status, answered) {
          // What is only informational has another head to follow it.
          if (status >= 200) head = { status, headers: answered, maxBytes: maxBytesOf(answered) };
        },
        onResponseData(_controller, chunk) {
          size += chunk.length;
          if (size > (head?.maxBytes ?? 0)) giveUp(new BodyTooLargeError('longer than it may be'));
          else chunks.push(chunk);
        },
        onResponseEnd: () => end(null),
        onResponseError: (_controller, error) => end(error),
      },
    );
  });
}

function join(chunks: readonly Buffer[], size: number): Buffer {
  const [first] = chunks;
  return first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks, size);
}
