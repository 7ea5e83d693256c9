import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

import { describe, expect, it } from 'vitest';

import { TestGateway } from '../support/test-gateway.ts';

const SUBSCRIBE = 'subscription { imageStatus(id: "do:image:195932981") { id } }';
const MUTATE = 'mutation { deleteImage(input: { id: "do:image:230000044" }) { deletedImageId } }';
const GRAPHQL_JSON = 'application/graphql-response+json';

const post = (query: string, headers: Record<string, string> = {}): RequestInit => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: 'Bearer sandbox', ...headers },
  body: JSON.stringify({ query }),
});
const get = (headers: Record<string, string> = {}): RequestInit => ({ headers });

interface Refusal {
  readonly path?: string;
  readonly init: RequestInit;
  readonly status: number;
  readonly code?: string;
  /** What the message says that the client can do. */
  readonly help: string;
  readonly type?: string;
  readonly allow?: string;
}

const REFUSALS: Record<string, Refusal> = {
  'a path that is not served': {
    path: '/nowhere',
    init: get(),
    status: 404,
    code: 'NOT_FOUND',
    help: '"/graphql"',
  },
  'a POST to such a path': {
    path: '/v1',
    init: post('{ a }'),
    status: 404,
    code: 'NOT_FOUND',
    help: '"/graphql"',
  },
  'the root, for a browser': {
    path: '/',
    init: get({ accept: 'text/html' }),
    status: 404,
    code: 'NOT_FOUND',
    help: '"/graphql"',
  },
  'a method that GraphQL lacks': {
    init: { method: 'PUT' },
    status: 405,
    help: 'GET and POST',
    allow: 'GET, POST',
  },
  'a method that the health check lacks': {
    path: '/health',
    init: { method: 'DELETE' },
    status: 405,
    help: 'GET and HEAD',
    allow: 'GET, HEAD',
  },
  'a method that the metrics lack': {
    path: '/metrics',
    init: { method: 'POST' },
    status: 405,
    help: 'GET and HEAD',
    allow: 'GET, HEAD',
  },
  'a mutation by GET': {
    path: `/graphql?query=${encodeURIComponent(MUTATE)}`,
    init: get({ 'x-requested-with': 'test' }),
    status: 405,
    help: 'POST request',
    allow: 'POST',
  },
  'a query for an image': {
    init: post('{ __typename }', { accept: 'image/png' }),
    status: 406,
    help: GRAPHQL_JSON,
  },
  'a subscription as JSON': {
    init: post(SUBSCRIBE, { accept: 'application/json' }),
    status: 406,
    help: 'Subscriptions are served as text/event-stream',
  },
  'a subscription as GraphQL JSON': {
    init: post(SUBSCRIBE, { accept: GRAPHQL_JSON }),
    status: 406,
    help: 'Subscriptions are served as text/event-stream',
    type: GRAPHQL_JSON,
  },
  'a form': {
    init: post('{ a }', { 'content-type': 'text/plain' }),
    status: 415,
    help: '"application/json"',
  },
  'a form, as GraphQL JSON': {
    init: post('{ a }', { 'content-type': 'text/plain', accept: GRAPHQL_JSON }),
    status: 415,
    help: '"application/json"',
    type: GRAPHQL_JSON,
  },
  'a form, as an event stream': {
    init: post(SUBSCRIBE, { 'content-type': 'text/plain', accept: 'text/event-stream' }),
    status: 415,
    help: '"application/json"',
  },
  'a form, as an image': {
    init: post('{ a }', { 'content-type': 'text/plain', accept: 'image/png' }),
    status: 415,
    help: '"application/json"',
  },
  'a compressed body': {
    init: post('{ a }', { 'content-encoding': 'gzip' }),
    status: 415,
    help: '"Content-Encoding"',
  },
  'a body that is too long': {
    init: post(`{ __typename } #${'x'.repeat(300_000)}`),
    status: 413,
    code: 'PAYLOAD_TOO_LARGE',
    help: '262144 bytes',
  },
  'a document by GET of a foreign page': {
    path: '/graphql?query={__typename}',
    init: get(),
    status: 403,
    help: 'X-Requested-With',
  },
  // Yoga names the methods here as well.
  'no document': { init: get(), status: 400, help: 'query' },
  'a subscription without a token': {
    init: post(SUBSCRIBE, { authorization: '', accept: 'text/event-stream' }),
    status: 401,
    code: 'UNAUTHENTICATED',
    help: 'Authorization',
  },
};

describe('a refusal', () => {
  it.each(Object.entries(REFUSALS))(
    'of %s has the body of every other error',
    async (
      _,
      {
        path = '/graphql',
        init,
        status,
        code = 'BAD_REQUEST',
        help,
        type = 'application/json',
        allow = null,
      },
    ) => {
      await using gateway = await TestGateway.start();
      const response = await gateway.fetch(path, init);
      const body = await response.text();
      expect(response.status).toBe(status);
      expect(response.headers.get('content-type')).toBe(`${type}; charset=utf-8`);
      expect(response.headers.get('content-length')).toBe(String(Buffer.byteLength(body)));
      const { errors, ...rest } = JSON.parse(body);
      expect(rest).toEqual({});
      expect(errors).toMatchObject([{ message: expect.stringContaining(help) }]);
      expect(errors[0].extensions).toEqual({ code, requestId: response.headers.get('x-request-id') });
      expect(response.headers.get('allow')).toBe(allow);
      expect(gateway.upstream()).toEqual([]);
    },
  );

  it('of a response that the client does not accept is logged and counted as such', async () => {
    await using gateway = await TestGateway.start();
    await gateway.fetch('/graphql', post(SUBSCRIBE, { accept: 'application/json' }));
    await expect
      .poll(() => gateway.log.filter(({ msg }) => msg === 'request'))
      .toMatchObject([{ status: 406, codes: ['BAD_REQUEST'] }]);
  });

  it('has no body for HEAD, and the headers of GET', async () => {
    await using gateway = await TestGateway.start();
    for (const [path, status] of [
      ['/nowhere', 404],
      ['/health', 200],
      ['/ready', 200],
      ['/graphql', 405],
    ] as const) {
      const head = await gateway.fetch(path, { method: 'HEAD' });
      expect(head.status).toBe(status);
      expect(await head.text()).toBe('');
      expect(Number(head.headers.get('content-length'))).toBeGreaterThan(0);
      expect(head.headers.get('content-type')).toBe('application/json; charset=utf-8');
    }
  });
});

describe('/health and /ready', () => {
  it('say so in JSON, also with a query in the URL', async () => {
    await using gateway = await TestGateway.start();
    for (const path of ['/health', '/health?probe=1'])
      expect(await (await gateway.fetch(path)).json()).toEqual({ status: 'ok' });
    expect(await (await gateway.fetch('/ready')).json()).toEqual({ status: 'ready' });
  });

  it('are not what a query has at its end', async () => {
    await using gateway = await TestGateway.start();
    const init = get({ 'x-requested-with': 'test' });
    for (const path of ['/health', '/ready']) {
      const response = await gateway.fetch(`/graphql?query={__typename}&x=${path}`, init);
      expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
    }
  });

  it('refuse with 503 and a body once the gateway drains', async () => {
    await using gateway = await TestGateway.start();
    gateway.drain();
    const response = await gateway.fetch('/ready');
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({
      errors: [
        {
          message: expect.stringContaining('another instance'),
          extensions: { code: 'NOT_READY', requestId: response.headers.get('x-request-id') },
        },
      ],
    });
  });
});

describe('what Node refuses, or could not be a request of fetch', () => {
  /** Sends bytes; the response, which ends with the connection. */
  async function send(bytes: string): Promise<{ head: string; body: unknown }> {
    await using gateway = await TestGateway.start();
    const { port, close } = await gateway.listen();
    const socket = connect(port, '127.0.0.1');
    socket.write(bytes);
    const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
    close();
    expect(head).toContain(`content-length: ${Buffer.byteLength(body)}`);
    expect(head).toContain('content-type: application/json; charset=utf-8');
    return { head, body: JSON.parse(body) };
  }

  it.each([
    [400, 'no HTTP', 'hello\r\n\r\n', 'HTTP'],
    [
      400,
      'a length and chunks',
      'POST /graphql HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      'HTTP',
    ],
    [400, 'no host', 'GET /health HTTP/1.1\r\n\r\n', '"Host"'],
    [400, 'a host that is none', 'GET /health HTTP/1.1\r\nHost: [::bad\r\n\r\n', '"Host"'],
    [400, 'a target that is none', 'GET http:// HTTP/1.1\r\nHost: a\r\n\r\n', '"Host"'],
    [
      400,
      'a WebSocket',
      'GET /graphql HTTP/1.1\r\nHost: a\r\nConnection: close, Upgrade\r\nUpgrade: websocket\r\n\r\n',
      'text/event-stream',
    ],
    [
      417,
      'an expectation',
      'POST /graphql HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 200-ok\r\nContent-Length: 0\r\n\r\n',
      '100-continue',
    ],
    [
      431,
      'headers that are too large',
      `GET /health HTTP/1.1\r\nHost: a\r\nX-Large: ${'x'.repeat(17_000)}\r\n\r\n`,
      '16 KB',
    ],
  ])('is %d with a body: %s', async (status, _, bytes, help) => {
    const { head, body } = await send(bytes);
    expect(head).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(head.toLowerCase()).toContain('connection: close');
    const id = /^x-request-id: (.+)$/im.exec(head)?.[1];
    expect(body).toEqual({
      errors: [
        { message: expect.stringContaining(help), extensions: { code: 'BAD_REQUEST', requestId: id } },
      ],
    });
  });

  it('is not a probe by HTTP/1.0, which has no host', async () => {
    const { head, body } = await send('GET /health HTTP/1.0\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 200 /);
    expect(body).toEqual({ status: 'ok' });
  });
});
