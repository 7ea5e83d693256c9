import { once } from 'node:events';
import type { RequestListener, Server, ServerOptions } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

import { describe, expect, it } from 'vitest';

import { createNodeDoor, type NodeDoorOptions } from '../src/node-door.ts';

/** A listener on a free port. */
class OpenListener implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  static async start(
    { answer }: Pick<NodeDoorOptions, 'answer'>,
    options?: ServerOptions,
  ): Promise<OpenListener> {
    const server = createNodeDoor({
      requestIdOf: (given) => given ?? 'new',
      headersOf: ({ requestId, origin }) => ({
        'x-request-id': requestId,
        ...(origin && { 'x-origin': origin }),
      }),
      answer,
    }).createServer(options);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    return new OpenListener(server, typeof address === 'object' ? (address?.port ?? 0) : 0);
  }

  /** Sends bytes on a connection of its own; all that comes back until it ends. */
  async send(bytes: string): Promise<string> {
    const socket = connect(this.port, '127.0.0.1');
    socket.write(bytes);
    return text(socket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

const REQUEST = 'GET /graphql HTTP/1.1\r\nHost: here\r\n';
const CHUNKED = 'POST /graphql HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n';
const echo: RequestListener = ({ url, headers }, response) => response.end(`${headers.host} ${url}`);

describe('the listener of node:http', () => {
  it('takes a target with its origin for the path in it, and a broken one for no request', async () => {
    await using listener = await OpenListener.start({ answer: echo });
    const ask = (target: string) =>
      listener.send(`GET ${target} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n`);
    expect(await ask('http://elsewhere:81/graphql?a=b')).toContain('elsewhere:81 /graphql?a=b');
    expect(await ask('/graphql')).toContain('here /graphql');
    expect(await ask('http://')).toMatch(/^HTTP\/1.1 400 /);
  });

  it('answers a request that never arrives whole with 408 and a body', async () => {
    await using listener = await OpenListener.start(
      { answer: echo },
      { headersTimeout: 50, requestTimeout: 50, connectionsCheckingInterval: 10 },
    );
    const response = await listener.send(REQUEST);
    expect(response).toMatch(/^HTTP\/1.1 408 /);
    expect(response).toContain('"code":"BAD_REQUEST","requestId":"new"');
  });

  it.each([
    ['a chunk that is none', 'x\r\n', 400],
    ['the extensions of a chunk', `1;${'x'.repeat(17_000)}\r\n`, 413],
  ])('answers %s in a body that is being read', async (_, chunk, status) => {
    await using listener = await OpenListener.start({ answer: (request) => request.resume() });
    const response = await listener.send(`${CHUNKED}${chunk}`);
    expect(response).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(response).toContain('"errors":[');
  });

  it('says nothing on a connection where it would be the response to an earlier request', async () => {
    await using pending = await OpenListener.start({ answer() {} });
    expect(await pending.send(`${REQUEST}\r\nno HTTP\r\n\r\n`)).toBe('');
    await using begun = await OpenListener.start({ answer: (_request, response) => response.write('first') });
    expect(await begun.send(`${REQUEST}\r\nno HTTP\r\n\r\n`)).not.toContain('errors');
  });

  it('answers what follows upon a finished response', async () => {
    await using listener = await OpenListener.start({ answer: echo });
    const socket = connect(listener.port, '127.0.0.1');
    socket.write(`${REQUEST}\r\n`);
    const received: string[] = [];
    socket.setEncoding('utf8').on('data', (chunk: string) => received.push(chunk));
    await expect.poll(() => received.join('')).toContain('here /graphql');
    socket.write('no HTTP\r\n\r\n');
    await once(socket, 'close');
    expect(received.join('')).toContain('HTTP/1.1 400 Bad Request');
  });
});
