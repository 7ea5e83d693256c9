import { once } from 'node:events';
import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse } from 'node:http';

import { GraphQLInt, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, GraphQLString, parse } from 'graphql';
import { request } from 'undici';
import { describe, expect, it } from 'vitest';

import { startDeadline } from '../../src/deadline.ts';
import { Executions } from '../../src/fast-lane/executions.ts';
import { createFastLane, type FastLane } from '../../src/fast-lane/fast-lane.ts';
import { QueryCost } from '../../src/query-cost.ts';
import { OpenDoor } from '../support/open-door.ts';
import { TestGateway } from '../support/test-gateway.ts';

const schema = new GraphQLSchema({
  query: new GraphQLObjectType<unknown, { readonly token: string; readonly cost: QueryCost }>({
    name: 'Query',
    fields: {
      whose: { type: GraphQLString, resolve: (_root, _args, { token }) => token },
      said: {
        type: GraphQLString,
        args: { text: { type: GraphQLString } },
        resolve: (_root, { text }: { text: string }) => text,
      },
      aged: {
        type: GraphQLString,
        resolve: (_root, _args, { cost }) => {
          cost.noteStale(1_001);
          return 'old';
        },
      },
      twice: {
        type: GraphQLInt,
        args: { n: { type: new GraphQLNonNull(GraphQLInt) } },
        resolve: (_root, { n }: { n: number }) => {
          if (n > 1_000) return new Promise((_resolve, reject) => void setTimeout(reject, n));
          if (n > 100) throw new Error('too large');
          return 2 * n;
        },
      },
    },
  }),
});
const QUERY = 'query Twice($n: Int!) { whose twice(n: $n) }';

/** The lane in front of a server that answers every request with a count, and tells it what it has learned. */
class Lane implements AsyncDisposable {
  /** What came to the server, by its body, and the token that it had begun with. */
  readonly passedOn: { body: string; begun: string | undefined; requestId: string | undefined }[] = [];
  readonly answered: string[] = [];
  readonly unexpected: unknown[] = [];
  readonly priced: unknown[] = [];
  readonly begun: (string | null)[] = [];
  broken = 0;
  status = 200;
  type = 'application/json';
  isLearned = true;
  document = parse(QUERY);
  readonly #lane: FastLane<{ readonly token: string }>;
  readonly #server: ReturnType<typeof createServer>;

  constructor() {
    this.#lane = createFastLane(
      {
        memo: null,
        executions: new Executions(),
        callerOf: (token) => (token === null ? null : { token, tenant: token }),
        requestIdOf: (given) => given ?? 'made',
        traceOf: (traceparent) => {
          this.begun.push(traceparent);
          return { startCall: () => undefined, end() {} };
        },
        startDeadline: (gone) => startDeadline(gone, 60_000),
        createContext: ({ token }) => ({
          token,
          asPlain: () => ({ token }),
          cost: new QueryCost(),
          isUntouched: () => true,
          madeOf: () => null,
        }),
        joinContext: (context) => context,
        onBroken: () => void (this.broken += 1),
        onUnexpected: (error) => void this.unexpected.push(error),
        isAffordable: ({ coercedVariables }) => {
          this.priced.push(coercedVariables['n']);
          return coercedVariables['n'] !== 99;
        },
        onAnswered: ({ requestId, operationName }) =>
          void this.answered.push(`${requestId} ${operationName}`),
        onShared() {},
        onRepeated() {},
      },
      (incoming, response) => void this.#serve(incoming, response),
    );
    this.#server = createServer(this.#lane.listener);
  }

  async #serve(incoming: IncomingMessage & { body?: string }, response: ServerResponse): Promise<void> {
    const body = incoming.body ?? (await incoming.toArray()).join('');
    this.passedOn.push({
      body,
      begun: this.#lane.begunOf(incoming)?.context.token,
      requestId: incoming.headers['x-request-id']?.toString(),
    });
    const query = { schema, document: this.document, operationName: undefined, name: 'Twice' };
    if (this.isLearned) this.#lane.learn(response, query);
    response.setHeader('content-type', this.type);
    response.setHeader('x-of-server', String(incoming.headers.origin));
    response.writeHead(this.status).end('server');
  }

  async listen(): Promise<string> {
    if (!this.#server.listening) await once(this.#server.listen(0, '127.0.0.1'), 'listening');
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/graphql`;
  }

  async ask(
    body: unknown,
    headers: Record<string, string | undefined> = {},
    {
      path = '/graphql',
      method = 'POST',
      signal,
    }: { path?: string; method?: string; signal?: AbortSignal } = {},
  ) {
    const answer = await request(new URL(path, await this.listen()), {
      method,
      headers: { 'content-type': 'application/json', authorization: 'a', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...(signal === undefined ? {} : { signal }),
    });
    return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

const ask = (n: unknown) => ({ query: QUERY, variables: { n } });

describe('a query that the server has answered', () => {
  it('is answered without it from then on, with other variables and for others, each with its own', async () => {
    await using lane = new Lane();
    expect((await lane.ask(ask(1))).text).toBe('server');
    expect((await lane.ask(ask(2))).text).toBe('{"data":{"whose":"a","twice":4}}');
    const other = await lane.ask(ask(3), { authorization: 'b', 'x-request-id': 'mine' });
    expect(other.text).toBe('{"data":{"whose":"b","twice":6}}');
    expect(lane.passedOn).toHaveLength(1);
    expect(lane.answered).toEqual(['made Twice', 'mine Twice']);
    expect(other.headers).toMatchObject({
      'x-of-server': 'undefined',
      'x-request-id': 'mine',
      'content-length': String(other.text.length),
    });
  });

  it.each([
    ['has failed', ask(101)],
    ['costs too much', ask(99)],
    ['has a variable that does not fit', ask('text')],
  ])('goes to the server, with what it has begun and one id, where it %s', async (_, body) => {
    await using lane = new Lane();
    await lane.ask(ask(1));
    expect((await lane.ask(body)).text).toBe('server');
    expect(lane.passedOn[1]).toEqual({ body: JSON.stringify(body), begun: 'a', requestId: 'made' });
    expect(lane.answered).toEqual([]);
    expect((await lane.ask(ask(2))).text).not.toBe('server');
  });

  it.each([
    ['another document', { query: '{ twice(n: 1) }' }],
    ['another name', { ...ask(1), operationName: 'Other' }],
    ['an empty name', { ...ask(1), operationName: '' }],
    ['a name that is none', { ...ask(1), operationName: `\n${QUERY}` }],
    ['a batch', [ask(1)]],
    ['an unknown parameter', { ...ask(1), more: 1 }],
    ['variables that are none', { ...ask(1), variables: [] }],
    ['no JSON', `${JSON.stringify(ask(1))},`],
    ['an id beside it', { ...ask(1), documentId: 'x' }],
    ['a hash beside it', { ...ask(1), extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } }],
  ])('is not %s', async (_, body) => {
    await using lane = new Lane();
    lane.isLearned = true;
    await lane.ask(ask(1));
    lane.isLearned = false;
    for (let time = 0; time < 2; time += 1) expect((await lane.ask(body)).text).toBe('server');
  });

  it.each<Record<string, string | undefined>>([
    { accept: 'text/event-stream' },
    { accept: 'Multipart/Mixed' },
    { accept: 'Text/Event-Stream' },
    { 'content-type': 'application/json, text/plain' },
    { 'content-type': 'application/json; charset=utf-16' },
    { accept: 'application/json;q=0.5, text/event-stream' },
    { accept: 'image/png' },
    { 'x-explain': '1' },
    { 'content-type': 'application/jsonx' },
    { 'content-encoding': 'gzip' },
    { authorization: undefined },
  ])('is for the server with %j', async (headers) => {
    await using lane = new Lane();
    await lane.ask(ask(1));
    for (let time = 0; time < 2; time += 1) expect((await lane.ask(ask(2), headers)).text).toBe('server');
  });

  it.each([{ accept: 'application/graphql-response+json' }, { origin: 'https://app.example' }])(
    'has the headers that the server gives with %j',
    async (headers) => {
      await using lane = new Lane();
      await lane.ask(ask(1));
      if ('accept' in headers) lane.type = headers.accept;
      expect((await lane.ask(ask(2), headers)).text).toBe('server');
      const { text, headers: told } = await lane.ask(ask(2), headers);
      expect(text).toContain('"twice":4');
      expect(told['x-of-server']).toBe(String('origin' in headers ? headers.origin : undefined));
    },
  );

  it.each(['plain', 'é', 'ÿ and \u0100', '日本', '😀', '\ud800'])(
    'is answered in UTF-8: %j',
    async (text) => {
      await using lane = new Lane();
      const query = 'query ($text: String) { said(text: $text) }';
      lane.document = parse(query);
      await lane.ask({ query });
      const answer = await lane.ask({ query, variables: { text } });
      expect(JSON.parse(answer.text)).toEqual({ data: { said: text } });
      expect(answer.headers['content-length']).toBe(String(Buffer.byteLength(answer.text)));
      expect(lane.passedOn).toHaveLength(1);
    },
  );

  it('is told to be stale where it is, as the server tells it', async () => {
    await using lane = new Lane();
    const query = '{ aged }';
    lane.document = parse(query);
    await lane.ask({ query });
    expect(JSON.parse((await lane.ask({ query })).text)).toEqual({
      data: { aged: 'old' },
      extensions: { stale: true, staleSeconds: 2 },
    });
    expect(lane.passedOn).toHaveLength(1);
  });

  it('is learned only where the server says so, and with 200 and JSON', async () => {
    await using lane = new Lane();
    lane.status = 400;
    await lane.ask(ask(1));
    lane.status = 200;
    lane.type = 'text/event-stream';
    await lane.ask(ask(1));
    lane.type = 'application/json';
    lane.isLearned = false;
    await lane.ask(ask(1));
    expect((await lane.ask(ask(1))).text).toBe('server');
  });

  it('is known by an id to the tenant who has used it, and to no other', async () => {
    await using lane = new Lane();
    const body = { documentId: 'sha256:x', variables: { n: 1 } };
    await lane.ask(body);
    expect((await lane.ask(body)).text).toContain('"whose":"a"');
    expect((await lane.ask(body, { authorization: 'b' })).text).toBe('server');
    expect((await lane.ask(body, { authorization: 'b' })).text).toContain('"whose":"b"');
    expect((await lane.ask(body)).text).toContain('"whose":"a"');
  });

  it('is looked up once for all who send the same bytes, and executed for each', async () => {
    await using lane = new Lane();
    await lane.ask(ask(1));
    const asked = [2, 3, 2, 101, 2, 99, 99, 3].map((n) => ask(n));
    const texts: string[] = [];
    for (const [place, body] of asked.entries())
      texts.push((await lane.ask(body, { authorization: place % 2 === 0 ? 'a' : 'b' })).text);
    expect(texts).toEqual([
      '{"data":{"whose":"a","twice":4}}',
      '{"data":{"whose":"b","twice":6}}',
      '{"data":{"whose":"a","twice":4}}',
      'server',
      '{"data":{"whose":"a","twice":4}}',
      'server',
      'server',
      '{"data":{"whose":"b","twice":6}}',
    ]);
    expect(lane.priced).toEqual([2, 3, 101, 99]);
  });

  it('goes to the server with its document each time, which registers it', async () => {
    await using lane = new Lane();
    const body = { ...ask(1), extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } };
    for (let time = 0; time < 3; time += 1) expect((await lane.ask(body)).text).toBe('server');
  });

  it('is over, and not for the server, where it fails when its caller has gone away', async () => {
    await using lane = new Lane();
    await lane.ask(ask(1));
    const gone = new AbortController();
    const asked = lane.ask(ask(1_001), {}, { signal: gone.signal });
    while (lane.begun.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    gone.abort();
    await expect(asked).rejects.toThrow('aborted');
    while (lane.answered.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(lane.passedOn).toHaveLength(1);
    expect(lane.answered).toEqual(['made Twice']);
  });

  it('is left to the server where no plan can be made of it', async () => {
    await using lane = new Lane();
    lane.document = parse('{ __schema { queryType { name } } }');
    for (let time = 0; time < 4; time += 1) expect((await lane.ask(ask(1))).text).toBe('server');
    expect(lane.passedOn.filter(({ begun }) => begun !== undefined)).toHaveLength(1);
  });
});

describe('what comes to the lane', () => {
  it('is told of with its traceparent', async () => {
    await using lane = new Lane();
    await lane.ask(ask(1));
    await lane.ask(ask(2), { traceparent: '00-1' });
    expect(lane.begun).toEqual(['00-1']);
  });

  it('is read to its end, in however many pieces it comes', async () => {
    await using lane = new Lane();
    await lane.ask(ask(1));
    const body = Buffer.from(JSON.stringify({ ...ask(2), extensions: { text: '😀' } }));
    const sent = httpRequest(await lane.listen(), {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'a', 'content-length': body.length },
    });
    const answered = once(sent, 'response');
    for (const byte of body) {
      sent.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    sent.end();
    const [response] = await answered;
    expect((await response.toArray()).join('')).toContain('"twice":4');
    expect(lane.passedOn).toHaveLength(1);
  });

  it('is told of where it breaks off before it is read', async () => {
    await using lane = new Lane();
    const sent = httpRequest(await lane.listen(), {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'a', 'content-length': 100 },
    });
    sent.on('error', () => {});
    sent.write('{"query"');
    await new Promise((resolve) => setTimeout(resolve, 50));
    sent.destroy();
    while (lane.broken === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect([lane.broken, lane.passedOn.length]).toEqual([1, 0]);
  });

  it('is for the server where it goes elsewhere, is no POST or is too long', async () => {
    await using lane = new Lane();
    await lane.ask(ask(1));
    const long = { ...ask(2), extensions: { text: 'x'.repeat(70_000) } };
    for (let time = 0; time < 2; time += 1) {
      expect((await lane.ask(long)).text).toBe('server');
      expect((await lane.ask(ask(2), {}, { path: '/graphql?x' })).text).toBe('server');
      expect((await lane.ask(ask(2), {}, { path: '/other' })).text).toBe('server');
      expect((await lane.ask(ask(2), {}, { method: 'PUT' })).text).toBe('server');
    }
  });
});

describe('the gateway with the fast lane', () => {
  it('answers the same at each time, and as the server alone, whatever is asked', async () => {
    await using door = await OpenDoor.start({
      ANSWER_CACHE_MAX_BYTES: '0',
      CORS_ORIGINS: 'https://app.example',
    });
    await using alone = await TestGateway.start({ env: { CORS_ORIGINS: 'https://app.example' } });
    const withoutIds = (text: string) => text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID');
    const rows = 'nodes { id name slug regions { slug } category }';
    for (const query of [
      `{ images(first: 3) { totalCount ${rows} pageInfo { hasNextPage endCursor } } }`,
      '{ images(first: 3, orderBy: { field: NAME, direction: DESC }) { edges { cursor node { name } } facets { types { value count } } } }',
      '{ node(id: "do:image:16376426") { __typename id ... on Image { name } } }',
      '{ nodes(ids: ["do:image:16376426", "do:image:1"]) { id } }',
      '{ nodes(ids: ["do:image:16376426", "nonsense"]) { id } }',
      '{ image(imageId: "1") { id } }',
      '{ image(slug: "NO SLUG") { id } images(first: 1) { totalCount } }',
      '{ images(first: 500) { totalCount } }',
      '{ images(first: 1, after: "nonsense") { totalCount } }',
      'query A { __typename } query B { __typename }',
      '{ _service { sdl } }',
      '{ __type(name: "Image") { name } }',
      'mutation { deleteImage(input: { id: "do:image:1" }) { deletedImageId } }',
    ]) {
      for (const headers of [
        {},
        { accept: 'application/graphql-response+json', origin: 'https://app.example' },
      ]) {
        const plain = await alone.fetch('/graphql', {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: 'Bearer sandbox', ...headers },
          body: JSON.stringify({ query, variables: {} }),
        });
        const expected = { status: plain.status, text: withoutIds(await plain.text()) };
        for (let time = 0; time < 3; time += 1) {
          const { status, text, headers: told } = await door.ask(query, { headers });
          expect({ status, text: withoutIds(text) }).toEqual(expected);
          for (const name of ['content-type', 'cache-control', 'vary', 'access-control-allow-origin']) {
            expect([name, told[name] ?? null]).toEqual([name, plain.headers.get(name)]);
          }
        }
      }
    }
  });

  it('tells of a request that fails on the way once, with one id, its whole time and its calls', async () => {
    await using door = await OpenDoor.start();
    const query = 'query Q($id: ID!) { image(imageId: $id) { name } }';
    for (let time = 0; time < 2; time += 1) await door.ask(query, {}, { id: '16376426' });
    door.gateway.upstream();
    const logged = door.gateway.log.length;
    await door.ask(query, {}, { id: '230000044' });
    door.gateway.sandbox.control.addFault({ status: 403, latencyMs: 100 });
    const { text } = await door.ask(query, { headers: { 'x-request-id': 'mine' } }, { id: '230000045' });
    expect(text).toContain('mine');
    const lines = door.gateway.log.slice(logged).filter(({ msg }) => msg === 'request');
    expect(lines).toMatchObject([
      { operation: 'query', operationName: 'Q', codes: [], status: 200, upstreamCalls: 1 },
      { operationName: 'Q', requestId: 'mine', codes: ['FORBIDDEN'], upstreamCalls: 1 },
    ]);
    expect(lines[1]?.['durationMs']).toBeGreaterThanOrEqual(99);
    expect(door.gateway.sandbox.control.requests().requests.at(-1)?.headers).toMatchObject({
      'x-request-id': 'mine',
    });
    expect(lines).toHaveLength(2);
  });

  it('ends its own work where the caller goes away, and tells of it', async () => {
    await using door = await OpenDoor.start();
    const query = 'query Q($id: ID!) { image(imageId: $id) { name } }';
    for (let time = 0; time < 2; time += 1) await door.ask(query, {}, { id: '16376426' });
    door.gateway.sandbox.control.addFault({ latencyMs: 1_000 });
    door.gateway.sandbox.control.clearRequests();
    const gone = new AbortController();
    const asked = door.ask(query, { signal: gone.signal }, { id: '230000044' });
    const isAsked = () => door.gateway.sandbox.control.requests().requests.length > 0;
    while (!isAsked()) await new Promise((resolve) => setTimeout(resolve, 5));
    gone.abort();
    await expect(asked).rejects.toThrow('aborted');
    const told = () => door.gateway.log.findLast(({ msg }) => msg === 'request');
    while (told()?.['status'] !== 499) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(told()).toMatchObject({ codes: ['CLIENT_CLOSED_REQUEST'], upstreamCalls: 1 });
  });
});
