import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { gzipSync } from 'node:zlib';

import { afterEach, describe, expect, it } from 'vitest';

import { type ApiClient, type Caller, createApiClient } from '../../src/digitalocean/client.ts';
import { deleteImage, getImage, listImages } from '../../src/digitalocean/images.ts';

const open: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

/** An upstream that answers every request with `listener`. */
async function serve(listener: RequestListener, { timeoutMs = 5_000, path = '' } = {}) {
  const requests: IncomingMessage[] = [];
  const server: Server = createServer((request, response) => {
    requests.push(request);
    listener(request, response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const client: ApiClient = createApiClient({
    baseUrl: new URL(`http://127.0.0.1:${port}${path}`),
    timeoutMs,
  });
  open.push(async () => {
    server.closeAllConnections();
    server.close();
  });
  return { client, requests, server };
}

const caller = (rest: Partial<Caller> = {}): Caller => ({
  token: 'a-token',
  tenant: 'a-tenant',
  leftMs: () => 8_000,
  signal: new AbortController().signal,
  ...rest,
});

const answer =
  (status: number, body: string | Buffer, headers: Record<string, string> = {}): RequestListener =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
  };

const NOT_FOUND = '{"id":"not_found","message":"x"}';

const image = JSON.stringify({ image: { id: 7, slug: 'seven' } });

describe('a call to the images API', () => {
  it('sends the token, what it accepts and the request id, and nothing else that the caller could choose', async () => {
    const { client, requests } = await serve(answer(200, image));
    await getImage(client, caller({ requestId: 'r-1' }), '7');
    expect(requests[0]).toMatchObject({ method: 'GET', url: '/v2/images/7' });
    expect(requests[0]?.headers).toEqual({
      host: expect.stringContaining('127.0.0.1'),
      connection: 'keep-alive',
      accept: 'application/json',
      'accept-encoding': 'gzip',
      authorization: 'Bearer a-token',
      'user-agent': 'images-gateway',
      'x-request-id': 'r-1',
    });
  });

  it('writes the list parameters in one order and leaves out what is not given', async () => {
    const { client, requests } = await serve(answer(200, '{"images":[]}'));
    await listImages(client, caller(), { page: 1, perPage: 20, filter: {} });
    await listImages(client, caller(), {
      page: 2,
      perPage: 200,
      filter: { category: 'application', private: false, tagName: 'a b&c' },
    });
    expect(requests.map(({ url }) => url)).toEqual([
      '/v2/images?page=1&per_page=20',
      '/v2/images?page=2&per_page=200&type=application&private=false&tag_name=a+b%26c',
    ]);
  });

  it.each([
    ['/proxy/', '/proxy'],
    ['/v2', ''],
    ['/v2/', ''],
    ['/v2//', ''],
    ['/proxy/v2', '/proxy'],
    ['/proxy/v2/', '/proxy'],
    ['/v2-proxy', '/v2-proxy'],
    ['/v2/proxy', '/v2/proxy'],
  ])(
    'keeps to the base URL %s, with its version or without, and encodes what it is given',
    async (path, prefix) => {
      const { client, requests } = await serve(answer(404, NOT_FOUND), { path });
      await getImage(client, caller(), '../account?x#y');
      expect(requests[0]?.url).toBe(`${prefix}/v2/images/..%2Faccount%3Fx%23y`);
    },
  );

  it('reads a gzip answer', async () => {
    const { client } = await serve(answer(200, gzipSync(image), { 'content-encoding': 'gzip' }));
    expect(await getImage(client, caller(), 'seven')).toMatchObject({ id: 7 });
  });

  it.each([200, 201, 202, 203])('takes a %d that brings what was asked for', async (status) => {
    const { client } = await serve(answer(status, image));
    expect(await getImage(client, caller(), 'seven')).toMatchObject({ id: 7 });
  });

  it.each([
    {},
    { 'content-type': 'application/json' },
    { 'content-type': 'application/json; charset=utf-8' },
    { 'content-type': 'application/vnd.api+json' },
  ])('gives null for an image that the API does not know, by JSON of the type %j', async (headers) => {
    const { client } = await serve((_request, response) => response.writeHead(404, headers).end(NOT_FOUND));
    expect(await getImage(client, caller(), '8')).toBeNull();
  });

  it.each<[string, RequestListener, Record<string, unknown>]>([
    [
      'a 401',
      answer(401, '{"id":"Unauthorized","message":"x"}'),
      { name: 'StatusError', status: 401, id: 'unauthorized' },
    ],
    [
      'a 403',
      answer(403, '{"id":"forbidden","message":"x"}'),
      { name: 'StatusError', status: 403, scopes: ['image:read'] },
    ],
    [
      'a 403 of something in front of it',
      answer(403, '<html>', { 'content-type': 'text/html', 'retry-after': '0', 'x-request-id': 'up-3' }),
      {
        name: 'IntermediaryError',
        status: 403,
        reason: 'CONTENT_TYPE',
        retryAfter: 1,
        requestId: 'up-3',
      },
    ],
    [
      'a 404 of something in front of it, of any length',
      answer(404, 'x'.repeat(100_000), { 'content-type': 'text/html' }),
      { name: 'IntermediaryError', status: 404, reason: 'CONTENT_TYPE' },
    ],
    [
      'a 422 that breaks off',
      (request, response) => {
        response
          .writeHead(422, { 'content-type': 'application/json', 'content-length': '100' })
          .write('{"id":"x","message":');
        setImmediate(() => request.socket.destroy());
      },
      { name: 'NetworkError', wasSent: true },
    ],
    [
      'a 500 with its request id',
      answer(500, '{"id":"server_error","message":"x","request_id":"up-1"}'),
      { name: 'StatusError', status: 500, requestId: 'up-1' },
    ],
    [
      'a 503 with the time to wait',
      answer(503, '<html>', { 'content-type': 'text/html', 'retry-after': '4', 'x-request-id': 'up-2' }),
      { name: 'StatusError', status: 503, retryAfter: 4, requestId: 'up-2' },
    ],
    ['a 429', answer(429, '{}', { 'retry-after': '29' }), { name: 'RateLimitError', retryAfter: 29 }],
    [
      'a 429 whose body cannot be read',
      answer(429, 'x', { 'content-encoding': 'br', 'retry-after': '7' }),
      { name: 'RateLimitError', retryAfter: 7 },
    ],
    ['a 429 that tells no time', answer(429, '{}'), { name: 'RateLimitError', retryAfter: 60 }],
    [
      'a redirect',
      answer(302, '', { location: 'http://192.0.2.1/' }),
      { name: 'PayloadError', reason: 'STATUS' },
    ],
    [
      'a 503 that breaks off',
      (request, response) => {
        response.writeHead(503, { 'content-length': '100' }).write('<html>');
        setImmediate(() => request.socket.destroy());
      },
      { name: 'StatusError', status: 503 },
    ],
    [
      'a 503 whose time cannot be read',
      answer(503, '{}', { 'retry-after': 'soon', 'ratelimit-reset': '4000000000' }),
      { name: 'StatusError', status: 503, retryAfter: undefined },
    ],
    [
      'a 429 whose reset is over',
      answer(429, '{}', { 'ratelimit-reset': '1444931833' }),
      { name: 'RateLimitError', retryAfter: 60 },
    ],
    [
      'a 429 for no time',
      answer(429, '{}', { 'retry-after': '0' }),
      { name: 'RateLimitError', retryAfter: 1 },
    ],
    ['a 204', answer(204, ''), { name: 'PayloadError', reason: 'STATUS' }],
    ['a 206', answer(206, image), { name: 'PayloadError', reason: 'STATUS' }],
    [
      'HTML',
      answer(200, '<html>', { 'content-type': 'text/html' }),
      { name: 'PayloadError', reason: 'CONTENT_TYPE' },
    ],
    ['JSON cut short', answer(200, image.slice(0, -1)), { name: 'PayloadError', reason: 'NOT_JSON' }],
    ['an empty body', answer(200, ''), { name: 'PayloadError', reason: 'NOT_JSON' }],
    ['null', answer(200, 'null'), { name: 'PayloadError', reason: 'SHAPE' }],
    [
      'another image',
      answer(200, '{"image":{"id":8,"slug":"eight"}}'),
      { name: 'PayloadError', reason: 'WRONG_IMAGE' },
    ],
    [
      'an encoding that was not asked for',
      answer(200, 'x', { 'content-encoding': 'br' }),
      { name: 'PayloadError', reason: 'ENCODING' },
    ],
    [
      'gzip that is none',
      answer(200, 'garbage', { 'content-encoding': 'gzip' }),
      { name: 'PayloadError', reason: 'ENCODING' },
    ],
    [
      'gzip that grows past the bound',
      answer(200, gzipSync(Buffer.alloc(30 * 1024 * 1024, ' ')), { 'content-encoding': 'gzip' }),
      { name: 'PayloadError', reason: 'TOO_LARGE' },
    ],
    [
      'a body past the bound',
      answer(200, Buffer.alloc(11 * 1024 * 1024, ' ')),
      { name: 'PayloadError', reason: 'TOO_LARGE' },
    ],
    [
      'headers past the bound',
      answer(200, image, { x: 'x'.repeat(20_000) }),
      { name: 'PayloadError', reason: 'TOO_LARGE' },
    ],
    ['a connection that closes', (request) => request.socket.destroy(), { name: 'NetworkError' }],
    [
      'a connection that closes within the body',
      (request, response) => {
        response
          .writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
          .write('{"image":');
        setImmediate(() => request.socket.destroy());
      },
      { name: 'NetworkError' },
    ],
  ])('tells %s from everything else', async (_, listener, expected) => {
    const { client } = await serve(listener);
    const failure = await getImage(client, caller(), '7').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(failure).toMatchObject(expected);
    expect(failure).toHaveProperty('message', expect.stringMatching(/^GET \/v2\/images\/7: /));
    expect(JSON.stringify(failure)).not.toContain('a-token');
  });

  it('goes on after a fault: nothing of it sticks to the client', async () => {
    let listener = answer(200, 'garbage', { 'content-encoding': 'gzip' });
    const { client } = await serve((request, response) => listener(request, response));
    await expect(getImage(client, caller(), '7')).rejects.toMatchObject({ reason: 'ENCODING' });
    listener = answer(200, image);
    expect(await getImage(client, caller(), '7')).toMatchObject({ id: 7 });
  });

  it.each<[string, RequestListener]>([
    ['never comes', () => {}],
    [
      'drips for ever',
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        const drip = setInterval(() => response.write(' '), 10);
        response.on('close', () => clearInterval(drip));
      },
    ],
  ])('gives up an answer that %s at the deadline, and closes its connection', async (_, listener) => {
    const closed = Promise.withResolvers<void>();
    const { client } = await serve(
      (request, response) => {
        request.socket.on('close', () => closed.resolve());
        listener(request, response);
      },
      { timeoutMs: 100 },
    );
    await expect(getImage(client, caller({ leftMs: () => 0 }), '7')).rejects.toMatchObject({
      name: 'TimeoutError',
      timeoutMs: 100,
    });
    await closed.promise;
  });

  it('has its whole time and what is left beyond it where nobody ends it, as when nobody waits for it', async () => {
    const { client, requests } = await serve(() => {}, { timeoutMs: 100 });
    // So much is left when the attempt is late, and nothing after that.
    const leftOnce = () => {
      const times = [80, 80];
      return () => times.shift() ?? 0;
    };
    await expect(getImage(client, caller({ leftMs: leftOnce() }), '7')).rejects.toMatchObject({
      name: 'TimeoutError',
      timeoutMs: 100 + 80 + 50,
    });
    await expect(deleteImage(client, caller({ leftMs: leftOnce() }), '7')).rejects.toMatchObject({
      name: 'TimeoutError',
      timeoutMs: 100 + 80,
    });
    expect(requests).toHaveLength(2);
  });

  it('ends with its caller, with the reason that the caller gave', async () => {
    const leaving = new AbortController();
    const { client } = await serve(() => leaving.abort(new Error('caller left')));
    await expect(getImage(client, caller({ signal: leaving.signal }), '7')).rejects.toThrow('caller left');
    await expect(getImage(client, caller({ signal: leaving.signal }), '7')).rejects.toThrow('caller left');
  });

  it('fails as a network error where nobody listens', async () => {
    const { client, server } = await serve(answer(200, image));
    server.close();
    await expect(getImage(client, caller(), '7')).rejects.toMatchObject({ name: 'NetworkError' });
  });
});
