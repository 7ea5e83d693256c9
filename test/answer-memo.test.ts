import { once } from 'node:events';
import { createServer } from 'node:http';

import { request } from 'undici';
import { describe, expect, it } from 'vitest';

import { createAnswerMemo } from '../src/answer-memo.ts';
import { TestGateway } from './support/test-gateway.ts';

const LIST = 'query List { images(first: 3) { totalCount nodes { id name } } }';

interface Sent {
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A gateway on a socket, since the door is one of `node:http`. */
class OpenDoor implements AsyncDisposable {
  readonly gateway: TestGateway;
  readonly #url: string;
  readonly #close: () => void;

  private constructor(gateway: TestGateway, { port, close }: { port: number; close: () => void }) {
    this.gateway = gateway;
    this.#url = `http://127.0.0.1:${port}/graphql`;
    this.#close = close;
  }

  static async start(env: Record<string, string> = {}): Promise<OpenDoor> {
    const gateway = await TestGateway.start({ env });
    return new OpenDoor(gateway, await gateway.listen());
  }

  async ask(query: string, { token = 'sandbox', headers = {} }: Sent = {}, variables: object = {}) {
    const {
      statusCode,
      headers: told,
      body,
    } = await request(this.#url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
      body: JSON.stringify({ query, variables }),
    });
    return { status: statusCode, headers: told, text: await body.text() };
  }

  /** How many answers were given again. */
  async repeated(): Promise<number> {
    const text = await (await this.gateway.fetch('/metrics')).text();
    return Number(/^images_gateway_repeated_answers_total (\d+)$/m.exec(text)?.[1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
    await this.gateway[Symbol.asyncDispose]();
  }
}

describe('an answer over the same lists', () => {
  it('is given again to the byte, with an id of its own and a line in the log', async () => {
    await using door = await OpenDoor.start();
    const first = await door.ask(LIST);
    const again = await door.ask(LIST, { headers: { 'x-request-id': 'mine' } });
    expect(again.text).toBe(first.text);
    expect(await door.repeated()).toBe(1);
    const { 'x-request-id': firstId, date: _first, ...headers } = first.headers;
    const { 'x-request-id': againId, date: _again, ...same } = again.headers;
    expect({ ...same, 'content-length': undefined }).toEqual({ ...headers, 'content-length': undefined });
    expect(firstId).toMatch(/^[0-9a-f-]{36}$/);
    expect(againId).toBe('mine');
    const [line, repeat] = door.gateway.log.filter(({ msg }) => msg === 'request');
    expect(repeat).toEqual({
      ...line,
      time: expect.any(Number),
      requestId: 'mine',
      durationMs: expect.any(Number),
      upstreamCalls: 0,
      cached: 1,
    });
  });

  it.each([
    ['tenant', { token: 'sandbox-b' }],
    ['Accept', { headers: { accept: 'application/graphql-response+json' } }],
    ['Origin', { headers: { origin: 'https://app.example' } }],
    ['Content-Type', { headers: { 'content-type': 'application/json; charset=utf-8' } }],
  ])('is not that of another %s', async (_, sent) => {
    await using door = await OpenDoor.start({ CORS_ORIGINS: 'https://app.example' });
    await door.ask(LIST);
    const other = await door.ask(LIST, sent);
    expect(await door.repeated()).toBe(0);
    expect(await door.ask(LIST, sent)).toMatchObject({ text: other.text });
    expect(await door.repeated()).toBe(1);
  });

  it('is not that of other variables', async () => {
    await using door = await OpenDoor.start();
    const query = 'query ($first: Int) { images(first: $first) { nodes { id } } }';
    const one = await door.ask(query, {}, { first: 1 });
    const two = await door.ask(query, {}, { first: 2 });
    expect(two.text).not.toBe(one.text);
    expect(await door.repeated()).toBe(0);
  });

  it.each([{ 'x-explain': '1' }, { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }])(
    'is not given again where the answer is of one request: %j',
    async (headers) => {
      await using door = await OpenDoor.start();
      await door.ask(LIST);
      await door.ask(LIST, { headers });
      expect(await door.repeated()).toBe(0);
    },
  );

  it('is made anew when a list is no longer fresh, and when it has changed', async () => {
    await using door = await OpenDoor.start();
    const first = await door.ask(LIST);
    door.gateway.clock.nowMs += 15_000;
    await door.ask(LIST);
    expect(await door.repeated()).toBe(0);
    door.gateway.clock.nowMs += 40_000;
    door.gateway.sandbox.control.fill({ token: 'sandbox', count: 90 });
    const { text } = await door.ask(LIST);
    expect(text).not.toBe(first.text);
    expect(text).toContain('"totalCount":90');
  });

  it('is made anew after a write of the tenant', async () => {
    await using door = await OpenDoor.start();
    const query = '{ image(imageId: "230000044") { name } images(last: 1) { totalCount } }';
    await door.ask(query);
    const before = await door.ask(query);
    await door.ask('mutation { deleteImage(input: { id: "do:image:230000044" }) { deletedImageId } }');
    const after = await door.ask(query);
    expect(before.text).toContain('golden-debian');
    expect(JSON.parse(after.text)).toEqual({ data: { image: null, images: { totalCount: 79 } } });
  });

  it('is refused with its tenant', async () => {
    await using door = await OpenDoor.start();
    await door.ask(LIST);
    door.gateway.sandbox.control.addFault({ status: 401 });
    await door.ask('{ image(imageId: "1") { id } }');
    expect((await door.ask(LIST)).text).toContain('UNAUTHENTICATED');
  });

  it.each([
    ['an error', '{ images(first: 1) { totalCount } image(slug: "NO SLUG") { id } }'],
    ['what was asked for by itself', '{ images(first: 1) { totalCount } image(imageId: "16376426") { id } }'],
    ['an image that there is not', '{ images(first: 1) { totalCount } image(imageId: "1") { id } }'],
    ['the budget', '{ images(first: 1) { totalCount } rateLimit { remaining } }'],
    ['actions', '{ images(first: 1) { nodes { actions { totalCount } } } }'],
    ['no list', '{ __typename }'],
  ])('is never kept with %s in it', async (_, query) => {
    await using door = await OpenDoor.start();
    for (let time = 0; time < 3; time += 1) await door.ask(query);
    expect(await door.repeated()).toBe(0);
  });

  it('is not kept while it is stale', async () => {
    await using door = await OpenDoor.start();
    await door.ask(LIST);
    door.gateway.sandbox.control.addFault({ status: 503 });
    door.gateway.clock.nowMs += 31_000;
    for (let time = 0; time < 3; time += 1) {
      expect(JSON.parse((await door.ask(LIST)).text)).toMatchObject({ extensions: { stale: true } });
    }
    expect(await door.repeated()).toBe(0);
  });

  it('needs the token that it was made for, whoever else is served without one', async () => {
    await using door = await OpenDoor.start({ DIGITALOCEAN_TOKEN: 'sandbox-b' });
    const own = await door.ask('{ images(filter: { private: true }) { nodes { name } } }');
    const refused = await door.ask('{ images(filter: { private: true }) { nodes { name } } }', {
      token: 'sand box',
    });
    expect(own.text).toContain('golden-debian');
    expect(refused.status).toBe(401);
    expect(refused.text).not.toContain('golden-debian');
  });

  it.each([
    { ANSWER_CACHE_MAX_BYTES: '0' },
    { LIST_TTL_MS: '0' },
    { NODE_ENV: 'development' },
    { ANSWER_CACHE_MAX_BYTES: '100' },
  ])('is made each time under %j', async (env) => {
    await using door = await OpenDoor.start(env);
    for (let time = 0; time < 3; time += 1) {
      expect(JSON.parse((await door.ask(LIST)).text)).toMatchObject({ data: { images: { totalCount: 80 } } });
    }
    expect(await door.repeated()).toBe(0);
  });

  it('is the same through the door as without it, whatever is asked, also what is no request', async () => {
    await using door = await OpenDoor.start();
    await using without = await OpenDoor.start({ ANSWER_CACHE_MAX_BYTES: '0' });
    const withoutIds = (text: string) => text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID');
    for (const query of [
      LIST,
      '{ images {',
      '{ nothing }',
      '',
      '{ images(first: 500) { totalCount } }',
      '😀',
      'query A { __typename } query B { __typename }',
    ]) {
      for (let time = 0; time < 2; time += 1) {
        const { status, text } = await door.ask(query);
        const plain = await without.ask(query);
        expect({ status, text: withoutIds(text) }).toEqual({
          status: plain.status,
          text: withoutIds(plain.text),
        });
      }
    }
  });
});

describe('the key of an answer', () => {
  it('has the tenant in it, whatever is said of lists', async () => {
    const listener = createAnswerMemo(
      {
        maxBytes: 1_000_000,
        tenantOf: (authorization) => authorization ?? null,
        isCurrent: () => true,
        originOf: () => ({ lists: new Map(), operation: 'query', operationName: undefined }),
        requestIdOf: () => 'id',
        onHit: () => {},
      },
      ({ headers }, response) => void response.writeHead(200).end(`answer for ${headers.authorization}`),
    );
    const server = createServer(listener);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/graphql`;
    const ask = async (authorization: string) => {
      const headers = { 'content-type': 'application/json', authorization };
      const { body } = await request(url, { method: 'POST', headers, body: '{"query":"{ x }"}' });
      return body.text();
    };
    for (const tenant of ['a', 'b', 'a', 'b', 'A', 'a ']) {
      expect(await ask(tenant)).toBe(`answer for ${tenant.trim()}`);
    }
    server.closeAllConnections();
    server.close();
  });
});
