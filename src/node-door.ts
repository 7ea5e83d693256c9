import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

import { createOverloadError } from './errors.ts';
import { Places } from './places.ts';

export interface NodeDoorOptions {
  /** Whether one more request can be answered in time. */
  readonly admits: () => boolean;
  /** Told of a request that was not admitted, by the id that it has got. */
  readonly onRefused: (requestId: string) => void;
  readonly requestIdOf: (given: string | undefined) => string;
  readonly answer: RequestListener;
}

export interface NodeDoor {
  readonly listener: RequestListener;
  /** From now on connections end with their answer. */
  drain(): void;
}

/** Where requests of `node:http` come in: what can be told of them before anything of them is read. */
export function createNodeDoor({ admits, onRefused, requestIdOf, answer }: NodeDoorOptions): NodeDoor {
  const answering = new Places<ServerResponse>();
  let isDraining = false;
  return {
    listener(request, response) {
      if (!isWellFormed(request)) {
        response.writeHead(400, { connection: 'close' }).end();
        return;
      }
      if (isDraining) response.shouldKeepAlive = false;
      if (request.method === 'POST' && !admits()) {
        const requestId = requestIdOf(request.headers['x-request-id']?.toString());
        refuse(response, requestId);
        onRefused(requestId);
        return;
      }
      const place = answering.take(response);
      response.on('close', () => answering.leave(place));
      answer(request, response);
    },
    drain() {
      isDraining = true;
      for (const response of answering) response.shouldKeepAlive = false;
    },
  };
}

/**
 * Whether the server can make a URL of it. An absolute target (RFC 9112 section 3.2.2) is put into the form that all
 * others have.
 */
function isWellFormed(request: IncomingMessage): boolean {
  const { url = '', headers } = request;
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

/** Says that there is too much to do. */
function refuse(response: ServerResponse, requestId: string): void {
  const { message, extensions } = createOverloadError();
  response.writeHead(503, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'private, no-store',
    'retry-after': String(extensions['retryAfter']),
    'x-request-id': requestId,
  });
  response.end(JSON.stringify({ errors: [{ message, extensions: { ...extensions, requestId } }] }));
}
