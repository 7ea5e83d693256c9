import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

import { serverAudits } from 'graphql-http';
import { describe, expect, it } from 'vitest';

import { TestGateway } from '../support/test-gateway.ts';

const LIST = '{ images { totalCount } }';

describe('GraphQL over HTTP', () => {
  // The audits of graphql-http, each under its own id, through a real socket.
  for (const audit of serverAudits({ url: '' })) {
    it(`${audit.id} ${audit.name}`, async () => {
      await using gateway = await TestGateway.start();
      const { port, close } = await gateway.listen();
      // A GET is answered where no foreign page can have made it, which the audits of GET, all of them MAY, do not foresee.
      const audits = serverAudits({
        url: `http://127.0.0.1:${port}/graphql`,
        fetchFn(url: string, init?: RequestInit) {
          const headers = new Headers(init?.headers);
          headers.set('x-requested-with', 'audits');
          return fetch(url, { ...init, headers });
        },
      });
      const result = await audits.find(({ id }) => id === audit.id)?.fn();
      close();
      expect(result).toMatchObject({ status: 'ok' });
    });
  }

  it('has 61 audits', () => {
    expect(serverAudits({ url: '' })).toHaveLength(61);
  });
});

describe('the server', () => {
  it.each([
    ['none', null],
    ['another scheme', 'Basic c2FuZGJveDo='],
    ['no token', 'Bearer '],
    ['two tokens', 'Bearer sandbox, Bearer sandbox-b'],
    ['a space in it', 'Bearer sand box'],
    ['an odd character', 'Bearer sändbox'],
    ['too long a token', `Bearer ${'x'.repeat(600)}`],
  ])(
    'answers 401 to credentials of %s, without a call, also when the list is held',
    async (_, authorization) => {
      await using gateway = await TestGateway.start();
      await gateway.query(LIST);
      gateway.upstream();
      const answer = await gateway.query(
        LIST,
        {},
        {
          token: null,
          ...(authorization === null ? {} : { headers: { authorization: encodeLatin1(authorization) } }),
        },
      );
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      expect(answer.errors).toMatchObject([
        { extensions: { code: 'UNAUTHENTICATED', requestId: expect.any(String) } },
      ]);
      expect(answer.data).toBeUndefined();
      expect(gateway.upstream()).toEqual([]);
    },
  );

  it.each([
    '{ __typename }',
    '{ __schema { queryType { name } } }',
    '{ _service { sdl } }',
    'query { ...F } fragment F on Query { __typename }',
  ])('needs no token for %s', async (query) => {
    await using gateway = await TestGateway.start();
    expect(await gateway.query(query, {}, { token: null })).toMatchObject({ status: 200, errors: [] });
  });

  it('serves callers without a token by the shared one, and never one whose own token is refused', async () => {
    await using gateway = await TestGateway.start({ env: { DIGITALOCEAN_TOKEN: 'sandbox' } });
    expect((await gateway.query(LIST, {}, { token: null })).errors).toEqual([]);
    expect((await gateway.query(LIST, {}, { token: 'unknown' })).errors).toMatchObject([
      { extensions: { code: 'UNAUTHENTICATED', upstream: { status: 401 } } },
    ]);
    const basic = await gateway.query(LIST, {}, { token: null, headers: { authorization: 'Basic x' } });
    expect(basic.status).toBe(401);
  });

  it('passes a request id on to the API and back, and gives one where there is none', async () => {
    await using gateway = await TestGateway.start();
    const given = await gateway.query(LIST, {}, { headers: { 'x-request-id': 'trace-7' } });
    expect(given.headers.get('x-request-id')).toBe('trace-7');
    expect(gateway.sandbox.control.requests().requests[0]?.headers['x-request-id']).toBe('trace-7');
    const forged = await gateway.query('{ image { id } }', {}, { headers: { 'x-request-id': 'a b' } });
    expect(forged.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/);
    expect(forged.errors[0]?.extensions['requestId']).toBe(forged.headers.get('x-request-id'));
  });

  it('sends nothing of the caller but the token and the request id', async () => {
    await using gateway = await TestGateway.start();
    await gateway.query(
      LIST,
      {},
      { headers: { cookie: 'a=b', 'x-forwarded-for': '192.0.2.1', 'x-http-method-override': 'DELETE' } },
    );
    const { requests } = gateway.sandbox.control.requests();
    expect(Object.keys(requests[0]?.headers ?? {}).toSorted()).toEqual([
      'accept',
      'accept-encoding',
      'connection',
      'host',
      'user-agent',
      'x-request-id',
    ]);
  });

  it('lets no cache keep an answer', async () => {
    await using gateway = await TestGateway.start();
    const { headers } = await gateway.query(LIST);
    expect(headers.get('cache-control')).toBe('private, no-store');
    expect(headers.get('vary')).toContain('Authorization');
  });

  it('says that it lives and that it is ready, until it drains', async () => {
    await using gateway = await TestGateway.start();
    expect((await gateway.fetch('/health')).status).toBe(200);
    expect((await gateway.fetch('/ready')).status).toBe(200);
    gateway.drain();
    expect((await gateway.fetch('/ready')).status).toBe(503);
    expect((await gateway.fetch('/health')).status).toBe(200);
    expect((await gateway.query(LIST)).errors).toEqual([]);
  });

  it.each([
    ['{ images {', 'GRAPHQL_PARSE_FAILED'],
    ['{ nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['subscription { images { totalCount } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['{ images(first: "x") { totalCount } }', 'GRAPHQL_VALIDATION_FAILED'],
  ])('gives the error of %s its code and the request id', async (query, code) => {
    await using gateway = await TestGateway.start();
    const answer = await gateway.query(
      query,
      {},
      { headers: { accept: 'application/graphql-response+json' } },
    );
    expect(answer.status).toBe(400);
    expect(answer.errors).toMatchObject([
      { extensions: { code, requestId: answer.headers.get('x-request-id') } },
    ]);
  });

  it.each(['{', '[]', '"x"', 'null', '{"query":5}', '{"variables":{}}'])(
    'answers 400 to the body %s, and repeats nothing of it',
    async (body) => {
      await using gateway = await TestGateway.start();
      const headers = { 'content-type': 'application/json' };
      const response = await gateway.fetch('/graphql', { method: 'POST', headers, body });
      expect(response.status).toBe(400);
      const { errors } = await response.json();
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }]);
      expect(Object.keys(errors[0].extensions).toSorted()).toEqual(['code', 'requestId']);
    },
  );

  it('takes a variable of the wrong type for bad input', async () => {
    await using gateway = await TestGateway.start();
    const query = 'query($first: Int) { images(first: $first) { totalCount } }';
    const answer = await gateway.query(query, { first: 'x' });
    expect(answer).toMatchObject({ status: 200, errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
  });

  it('masks what nobody foresaw, and logs it under the request id', async () => {
    await using gateway = await TestGateway.start();
    gateway.breakClock();
    const { errors } = await gateway.query(LIST);
    expect(errors).toMatchObject([
      { message: 'Something went wrong in the gateway.', extensions: { code: 'INTERNAL_SERVER_ERROR' } },
    ]);
    const [bug] = gateway.takeBugs();
    expect(JSON.parse(bug ?? '')).toMatchObject({
      requestId: errors[0]?.extensions['requestId'],
      err: { message: expect.stringContaining('the clock is broken') },
    });
  });

  it('answers 413 to a body above the bound', async () => {
    await using gateway = await TestGateway.start();
    const answer = await gateway.query(`{ __typename } #${'x'.repeat(300_000)}`);
    expect(answer).toMatchObject({ status: 413, errors: [{ extensions: { code: 'PAYLOAD_TOO_LARGE' } }] });
  });

  describe.each(['with its length', 'in pieces'])('a body that is sent %s', (way) => {
    async function send(body: string) {
      const gateway = await TestGateway.start();
      const { port, close } = await gateway.listen();
      const headers = { 'content-type': 'application/json', authorization: 'Bearer sandbox' };
      const pieces = new ReadableStream<Uint8Array>({
        start(controller) {
          const bytes = Buffer.from(body);
          for (let start = 0; start < bytes.length; start += 5_001)
            controller.enqueue(bytes.subarray(start, start + 5_001));
          controller.close();
        },
      });
      const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
        method: 'POST',
        headers,
        ...(way === 'in pieces' ? { body: pieces, duplex: 'half' } : { body }),
      });
      const answer = { status: response.status, text: await response.text() };
      close();
      await gateway[Symbol.asyncDispose]();
      return answer;
    }
    /** A document with its hash, so that no byte of it can be another unseen. */
    function bodyOf(length: number): string {
      const query = `{ __typename } #${'é'.repeat(9_000)}`;
      const sha256Hash = createHash('sha256').update(query).digest('hex');
      const withFill = (fill: string) =>
        JSON.stringify({ query, extensions: { persistedQuery: { version: 1, sha256Hash }, fill } });
      return withFill('x'.repeat(length - Buffer.byteLength(withFill(''))));
    }

    it('is read up to 256 KB', async () => {
      const { status, text: told } = await send(bodyOf(262_144));
      expect({ status, told }).toEqual({ status: 200, told: '{"data":{"__typename":"Query"}}' });
    });

    it('is refused beyond', async () => {
      const { status, text: told } = await send(bodyOf(262_145));
      expect({ status, told }).toEqual({ status: 413, told: expect.stringContaining('262144 bytes') });
    });
  });

  it.each(['variables', 'extensions'])('answers 400 to %s in a URL that are not JSON', async (name) => {
    await using gateway = await TestGateway.start();
    const headers = { 'x-requested-with': 'test' };
    const response = await gateway.fetch(`/graphql?query={__typename}&${name}={`, { headers });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
  });

  it('answers 400 to a host that is none, and tells nothing of its insides', async () => {
    await using gateway = await TestGateway.start();
    const { port, close } = await gateway.listen();
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /health HTTP/1.1\r\nHost: [::bad\r\n\r\n');
    const answer = await text(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(answer).not.toContain('node_modules');
    close();
  });

  it('ends connections with their answer once it drains', async () => {
    await using gateway = await TestGateway.start();
    const { port, close } = await gateway.listen();
    gateway.sandbox.control.addFault({ latencyMs: 500 });
    const ask = () =>
      fetch(`http://127.0.0.1:${port}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer sandbox' },
        body: JSON.stringify({ query: LIST }),
      });
    const underWay = ask();
    await expect.poll(() => gateway.sandbox.control.requests().count).toBe(1);
    gateway.drain();
    for (const response of [await underWay, await ask()]) {
      expect(response.headers.get('connection')).toBe('close');
      expect(await response.json()).toMatchObject({ data: { images: { totalCount: 80 } } });
    }
    close();
  });

  it('takes a caller who goes away for no fault of its own', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ latencyMs: 500 });
    const leaving = new AbortController();
    const left = gateway.query(LIST, {}, { signal: leaving.signal });
    const stays = gateway.query(LIST);
    await expect.poll(() => gateway.sandbox.control.requests().count).toBe(1);
    leaving.abort();
    await left.catch(() => {});
    expect((await stays).errors).toEqual([]);
    expect(gateway.upstream()).toHaveLength(1);
  });

  it('answers introspection only where that is configured', async () => {
    await using gateway = await TestGateway.start({ env: { INTROSPECTION: 'false' } });
    const { errors } = await gateway.query('{ __schema { queryType { name } } }');
    expect(errors[0]).toMatchObject({ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
  });
});

describe('tenants', () => {
  it('who ask in turn never see the private images of one another', async () => {
    await using gateway = await TestGateway.start();
    const query =
      '{ images(last: 80) { nodes { name public } } mine: images(filter: { private: true }) { nodes { name } } }';
    const namesOf = async (token: string) => {
      const { data, errors } = await gateway.query(query, {}, { token });
      expect(errors).toEqual([]);
      return JSON.stringify(data);
    };
    const first = { a: await namesOf('sandbox'), b: await namesOf('sandbox-b') };
    expect(first.a).toContain('golden-debian');
    expect(first.b).not.toContain('golden-debian');
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const tenant = index % 2 === 0 ? 'a' : 'b';
        return { tenant, names: await namesOf(tenant === 'a' ? 'sandbox' : 'sandbox-b') };
      }),
    );
    for (const { tenant, names } of answers) expect(names).toBe(tenant === 'a' ? first.a : first.b);
  });

  it('find an image of another tenant no more than one that does not exist', async () => {
    await using gateway = await TestGateway.start();
    await gateway.query('{ images(last: 80) { nodes { id } } }');
    const asked = await gateway.query('{ image(imageId: "230000044") { name } }', {}, { token: 'sandbox-b' });
    const missing = await gateway.query(
      '{ image(imageId: "999999999") { name } }',
      {},
      { token: 'sandbox-b' },
    );
    expect(asked).toMatchObject({ data: { image: null }, errors: [] });
    expect(asked.data).toEqual(missing.data);
  });
});

/** A header as the wire has it: fetch refuses what is beyond one byte a character. */
function encodeLatin1(value: string): string {
  return Buffer.from(value, 'utf8').toString('latin1').trimEnd() || value;
}
