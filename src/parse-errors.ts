import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

import { createRequestError, type RequestRefusal, toRefusal } from './request-errors.ts';

/** What Node's HTTP parser reports by a code of its own. Everything else is a malformed request. */
const REFUSALS: ReadonlyMap<unknown, RequestRefusal> = new Map([
  ['ERR_HTTP_REQUEST_TIMEOUT', 'SLOW'],
  ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 'EXTENSIONS_TOO_LARGE'],
  ['HPE_HEADER_OVERFLOW', 'HEADERS_TOO_LARGE'],
]);

export interface BrokenConnection {
  readonly socket: Duplex;
  /** The last response that was begun on it. */
  readonly last: ServerResponse | undefined;
  readonly requestId: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Answers what Node's parser could not read, and ends the connection. Says nothing where a client would take it for the
 * response to an earlier request.
 */
export function answerParseError(
  error: Error & { readonly code?: unknown },
  { socket, last, requestId, headers }: BrokenConnection,
): void {
  const isForAnother =
    last !== undefined && !last.writableFinished && (last.headersSent || last.req.complete);
  if (isForAnother || !socket.writable) {
    socket.destroy();
    return;
  }
  const refusal = toRefusal(createRequestError(REFUSALS.get(error.code) ?? 'MALFORMED'), requestId);
  const lines = [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`,
    ...Object.entries({ ...headers, ...refusal.headers, connection: 'close' }).map(
      ([name, value]) => `${name}: ${value}`,
    ),
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${refusal.body}`, () => socket.destroy());
}
