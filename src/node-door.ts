import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import type { Duplex } from 'node:stream';

import type { GraphQLError } from 'graphql';

import { answerParseError } from './parse-errors.ts';
import { Places } from './places.ts';
import { createRequestError, toRefusal } from './request-errors.ts';

export interface NodeDoorOptions {
  readonly requestIdOf: (given: string | undefined) => string;
  /** Headers that every response carries. */
  readonly headersOf: (request: {
    readonly requestId: string;
    readonly origin: string | undefined;
  }) => Readonly<Record<string, string>>;
  readonly answer: RequestListener;
}

export interface NodeDoor {
  readonly listener: RequestListener;
  /** A server whose requests all get a response from here, also those that Node itself refuses. */
  readonly createServer: (options?: ServerOptions) => Server;
  /** From now on connections end with their answer. */
  drain(): void;
}

/** Receives the requests of `node:http`, and refuses those that cannot be read. */
export function createNodeDoor({ requestIdOf, headersOf, answer }: NodeDoorOptions): NodeDoor {
  const answering = new Places<ServerResponse>();
  /** The last response that was begun on each connection. */
  const lastOn = new WeakMap<Duplex, ServerResponse>();
  let isDraining = false;

  function refuse({ headers }: IncomingMessage, response: ServerResponse, error: GraphQLError): void {
    const requestId = requestIdOf(headers['x-request-id']?.toString());
    const refusal = toRefusal(error, requestId);
    response
      .writeHead(refusal.status, { ...headersOf({ requestId, origin: headers.origin }), ...refusal.headers })
      .end(refusal.body);
  }

  const listener: RequestListener = (request, response) => {
    lastOn.set(request.socket, response);
    if (!isWellFormed(request)) {
      response.shouldKeepAlive = false;
      refuse(request, response, createRequestError('TARGET'));
      return;
    }
    if (isDraining) response.shouldKeepAlive = false;
    const place = answering.take(response);
    response.on('close', () => answering.leave(place));
    answer(request, response);
  };

  return {
    listener,
    createServer(options = {}) {
      // A request without `Host` is refused by the listener, with a body.
      const server = createServer({ ...options, requireHostHeader: false }, listener);
      server.on('checkExpectation', (request, response) => {
        refuse(request, response, createRequestError('EXPECTATION'));
      });
      server.on('clientError', (error, socket) => {
        const requestId = requestIdOf(undefined);
        const headers = headersOf({ requestId, origin: undefined });
        answerParseError(error, { socket, last: lastOn.get(socket), requestId, headers });
      });
      return server;
    },
    drain() {
      isDraining = true;
      for (const response of answering) response.shouldKeepAlive = false;
    },
  };
}

/**
 * Whether the server can make a URL of it. An absolute target (RFC 9112 section 3.2.2) is put into the form that all
 * others have. HTTP/1.0, which load balancers probe with, has no `Host`.
 */
function isWellFormed(request: IncomingMessage): boolean {
  const { url = '', headers, httpVersion } = request;
  if (httpVersion === '1.0') headers.host ??= 'localhost';
  const { host = '' } = headers;
  if (/^[\w.-]+(?::\d+)?$/.test(host) && /^\/(?!\/)/.test(url)) return true;
  if (/^https?:\/\//i.test(url)) {
    const target = URL.parse(url);
    if (target === null) return false;
    request.url = target.pathname + target.search;
    headers.host = target.host;
    return true;
  }
  return URL.canParse(url, `http://${host}`);
}
