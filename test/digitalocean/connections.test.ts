import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { createServer as createTlsServer } from 'node:tls';

import { afterEach, describe, expect, it } from 'vitest';

import { type Caller, createApiClient } from '../../src/digitalocean/client.ts';
import { isOutcomeUnknown } from '../../src/digitalocean/errors.ts';
import { getImage, updateImage } from '../../src/digitalocean/images.ts';
import { SELF_SIGNED } from '../support/self-signed.ts';
import { TestGateway } from '../support/test-gateway.ts';

const RENAME = `mutation { updateImage(input: { id: "do:image:230000203", name: "new" }) { image { name } } }`;
const IMAGE = JSON.stringify({ image: { id: 7, name: 'seven' } });

const closings: (() => void)[] = [];

afterEach(() => {
  for (const close of closings.splice(0)) close();
});

/** The port of a server that listens until the end of the test. */
async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('error', () => {}));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  closings.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function connect(url: string, { timeoutMs = 5_000, leftMs = 30_000 } = {}) {
  const outcomes: string[] = [];
  const client = createApiClient({
    baseUrl: new URL(url),
    timeoutMs,
    onCall: ({ outcome }) => void outcomes.push(outcome),
  });
  const endsAtMs = performance.now() + leftMs;
  const caller: Caller = {
    token: 'a-token',
    tenant: 'a-tenant',
    leftMs: () => endsAtMs - performance.now(),
    signal: new AbortController().signal,
  };
  return {
    outcomes,
    read: () => getImage(client, caller, '7'),
    write: () => updateImage(client, caller, '7', { name: 'seven' }),
  };
}

const deaf = () => createTcpServer(() => {});
const hangingUp = () =>
  createTcpServer((socket) => {
    socket.once('data', () => socket.destroy());
  });
const withoutTls = () => createServer((_request, response) => response.end());

describe('a request that never left', () => {
  it.each<[string, () => Promise<string>]>([
    ['a network without a route', async () => 'http://255.255.255.255:9'],
    ['an address without a route', async () => 'http://[ff02::1]:9'],
    ['a host without a name', async () => 'http://nowhere.invalid'],
    ['a port on which nobody listens', async () => 'http://127.0.0.1:1'],
    ['a server that speaks no TLS', async () => `https://127.0.0.1:${await listen(withoutTls())}`],
    ['a server that hangs up in the handshake', async () => `https://127.0.0.1:${await listen(hangingUp())}`],
    ['a server without a certificate', async () => `https://127.0.0.1:${await listen(createTlsServer({}))}`],
    [
      'a certificate that nobody trusts',
      async () => `https://127.0.0.1:${await listen(createTlsServer(SELF_SIGNED))}`,
    ],
  ])('because of %s is a failure of the network with a known outcome, and is sent again', async (_, open) => {
    const { read, write, outcomes } = connect(await open());
    const failure: unknown = await write().catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'NetworkError', wasSent: false });
    expect(isOutcomeUnknown(failure)).toBe(false);
    await expect(read()).rejects.toMatchObject({ name: 'NetworkError' });
    expect(outcomes).toEqual(['network', 'network', 'network', 'network']);
  });

  it('within the time for an attempt has a known outcome as well', async () => {
    const { write } = connect(`https://127.0.0.1:${await listen(deaf())}`, {
      timeoutMs: 200,
      leftMs: 300,
    });
    const failure: unknown = await write().catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'TimeoutError', wasSent: false });
    expect(isOutcomeUnknown(failure)).toBe(false);
  });

  it('lets a mutation say that nothing was done', async () => {
    await using gateway = await TestGateway.start({
      apiUrl: `https://127.0.0.1:${await listen(withoutTls())}`,
    });
    const { errors } = await gateway.query(RENAME);
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_UNAVAILABLE' } }]);
    expect(errors[0]?.extensions).not.toHaveProperty('outcome');
  });
});

describe('a request that left', () => {
  it.each<[string, () => Server, object]>([
    ['hangs up', hangingUp, { name: 'NetworkError', wasSent: true }],
    ['never answers', deaf, { name: 'TimeoutError', wasSent: true }],
  ])('for a server that %s is a write of unknown outcome, sent once', async (_, open, expected) => {
    const { write, outcomes } = connect(`http://127.0.0.1:${await listen(open())}`, {
      timeoutMs: 1_000,
      leftMs: 1_500,
    });
    const failure: unknown = await write().catch((error: unknown) => error);
    expect(failure).toMatchObject(expected);
    expect(isOutcomeUnknown(failure)).toBe(true);
    expect(outcomes).toHaveLength(1);
  });
});

/** Answers the first request of each connection, and closes it just as another one arrives on it. */
function closingWhenUsedAgain(answer: RequestListener) {
  const used = new Set<Socket>();
  let connections = 0;
  const server = createServer((request, response) => {
    if (used.has(request.socket)) return request.socket.destroy();
    used.add(request.socket);
    return answer(request, response);
  });
  server.keepAliveTimeout = 60_000;
  server.on('connection', () => (connections += 1));
  return { server, connections: () => connections };
}

describe('an idle connection that the server closes while a request is on its way', () => {
  it('never costs a write, whatever was sent before it', async () => {
    const upstream = closingWhenUsedAgain((request, response) => {
      request
        .resume()
        .on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end(IMAGE));
    });
    const { read, write, outcomes } = connect(`http://127.0.0.1:${await listen(upstream.server)}`);
    for (let round = 0; round < 3; round += 1) {
      await read();
      expect(await write()).toMatchObject({ id: 7 });
      expect(await write()).toMatchObject({ id: 7 });
    }
    await Promise.all(Array.from({ length: 10 }, write));
    // A read is sent again, on another connection.
    expect(outcomes.filter((outcome) => outcome === 'network')).toHaveLength(2);
    expect(upstream.connections()).toBe(19);
  });

  it('never makes a mutation of unknown outcome', async () => {
    await using sandbox = await TestGateway.start();
    const pass = async (request: IncomingMessage, response: ServerResponse) => {
      const { method = 'GET', url = '/', headers } = request;
      const body = await text(request);
      const answer = await fetch(new URL(url, sandbox.sandbox.url), {
        method,
        headers: { authorization: headers.authorization ?? '', 'content-type': 'application/json' },
        ...(body !== '' && { body }),
      });
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
    };
    const { server } = closingWhenUsedAgain((request, response) => void pass(request, response));
    await using gateway = await TestGateway.start({ apiUrl: `http://127.0.0.1:${await listen(server)}` });
    for (let round = 0; round < 3; round += 1) {
      expect(await gateway.query('{ images(first: 1) { totalCount } }')).toMatchObject({ errors: [] });
      expect(await gateway.query(RENAME)).toMatchObject({
        errors: [],
        data: { updateImage: { image: { name: 'new' } } },
      });
    }
  });
});
