import { describe, expect, it } from 'vitest';

import { TestGateway } from '../support/test-gateway.ts';

const LIST = '{ images { totalCount } }';
const SUBSCRIBE = 'subscription { imageStatus(id: "do:image:195932981") { status } }';
const DELETE = 'mutation { deleteImage(input: { id: "do:image:230000044" }) { deletedImageId } }';

const JSON_TYPE = 'application/json';
const GRAPHQL = 'application/graphql-response+json';
const EVENTS = 'text/event-stream';
const MULTIPART = 'multipart/mixed';

function post(gateway: TestGateway, query: string, headers: Record<string, string>): Promise<Response> {
  return gateway.fetch('/graphql', {
    method: 'POST',
    headers: { authorization: 'Bearer sandbox', 'content-type': JSON_TYPE, ...headers },
    body: JSON.stringify({ query }),
  });
}

function get(gateway: TestGateway, query: string, headers: Record<string, string>): Promise<Response> {
  return gateway.fetch(`/graphql?query=${encodeURIComponent(query)}`, {
    headers: { authorization: 'Bearer sandbox', ...headers },
  });
}

const typeOf = ({ headers }: Response) => headers.get('content-type')?.split(';')[0];

describe('the content type of a request', () => {
  it.each([
    'application/json',
    'Application/JSON',
    'application/json ; charset=utf-8',
    'application/json;charset=UTF-8',
    'application/json; charset=utf8',
    'application/json; Charset="utf-8"',
  ])('may be %j, for a new document and for a known one', async (contentType) => {
    await using gateway = await TestGateway.start();
    for (let time = 0; time < 4; time += 1) {
      const response = await post(gateway, LIST, { 'content-type': contentType });
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({ data: { images: { totalCount: 80 } } });
    }
  });

  it.each([
    'application/json; charset=iso-8859-1',
    'application/json;charset="utf-16"',
    'application/json, text/plain',
    'application/graphql+json',
    'application/graphql',
    'text/json',
    'TEXT/PLAIN',
    'application/x-www-form-urlencoded',
  ])('may not be %j, also for a known document', async (contentType) => {
    await using gateway = await TestGateway.start();
    for (let time = 0; time < 3; time += 1) await post(gateway, LIST, {});
    gateway.upstream();
    const response = await post(gateway, LIST, { 'content-type': contentType });
    expect(response.status).toBe(415);
    expect(await response.json()).toMatchObject({
      errors: [
        {
          message: expect.stringMatching(/"application\/json".*"utf-8"/),
          extensions: { code: 'BAD_REQUEST' },
        },
      ],
    });
    expect(gateway.upstream()).toEqual([]);
  });
});

describe('the media type of a response', () => {
  const CHOICES = [
    [`${GRAPHQL};q=0.5, ${JSON_TYPE}`, JSON_TYPE],
    [`${JSON_TYPE};q=0.5, ${GRAPHQL}`, GRAPHQL],
    [`${JSON_TYPE};q=0, */*`, GRAPHQL],
    [`${EVENTS};q=0, */*`, JSON_TYPE],
    [`${EVENTS};q=0.5, ${JSON_TYPE};q=0.4`, EVENTS],
    [`${EVENTS}, ${JSON_TYPE}`, JSON_TYPE],
    [`${JSON_TYPE};q=0.1, ${MULTIPART};q=0.2`, MULTIPART],
    [`${MULTIPART};q=0, ${EVENTS};q=0, */*;q=0.1`, JSON_TYPE],
    ['APPLICATION/JSON ; Q=0.9 , application/*;q=0.5', JSON_TYPE],
    ['*/*', JSON_TYPE],
  ] as const;

  it.each(CHOICES)('under %j is %s, by POST and by GET, for data and for errors', async (accept, type) => {
    await using gateway = await TestGateway.start();
    for (const ask of [post, get]) {
      for (let time = 0; time < 4; time += 1) {
        const response = await ask(gateway, LIST, { accept });
        expect([response.status, typeOf(response)]).toEqual([200, type]);
        expect(response.headers.get('vary')).toContain('Accept');
        expect(await response.text()).toContain('{"data":{"images":{"totalCount":80}}}');
      }
      for (const query of ['{ nothing }', '{ images(first: 500) { totalCount } }']) {
        const response = await ask(gateway, query, { accept });
        expect(typeOf(response)).toBe(type);
        expect(await response.text()).toContain('"errors":[');
      }
    }
  });

  it.each(['image/png', `${JSON_TYPE};q=0`, '*/*;q=0', `${JSON_TYPE};charset=latin1`, 'text/html;q=0'])(
    'under %j there is none: nothing is executed',
    async (accept) => {
      await using gateway = await TestGateway.start();
      for (let time = 0; time < 3; time += 1) await post(gateway, LIST, {});
      gateway.upstream();
      for (const [ask, query] of [
        [post, LIST],
        [get, LIST],
        [post, DELETE],
        [post, SUBSCRIBE],
      ] as const) {
        const response = await ask(gateway, query, { accept });
        expect([response.status, typeOf(response)]).toEqual([406, JSON_TYPE]);
        expect(await response.json()).toEqual({
          errors: [
            {
              message: expect.stringContaining(GRAPHQL),
              extensions: { code: 'BAD_REQUEST', requestId: response.headers.get('x-request-id') },
            },
          ],
        });
      }
      expect(gateway.upstream()).toEqual([]);
      expect(gateway.watched).toBe(0);
    },
  );
});

describe('a subscription', () => {
  it.each([undefined, '*/*', EVENTS, 'text/*', `${JSON_TYPE}, ${EVENTS};q=0.1`, `${EVENTS}, ${MULTIPART}`])(
    'is an event stream under %j',
    async (accept) => {
      await using gateway = await TestGateway.start();
      for (const ask of [post, get]) {
        const response = await ask(gateway, SUBSCRIBE, accept === undefined ? {} : { accept });
        expect([response.status, typeOf(response)]).toEqual([200, EVENTS]);
        expect(await response.text()).toContain('{"data":{"imageStatus":{"status":"AVAILABLE"}}}');
      }
    },
  );

  it.each([
    [`${MULTIPART}, ${EVENTS};q=0.1`, EVENTS],
    [`${JSON_TYPE}, ${EVENTS};q=0.1`, JSON_TYPE],
    [EVENTS, EVENTS],
  ])('under %j that fails before its first event says so as %s', async (accept, type) => {
    await using gateway = await TestGateway.start();
    const response = await post(gateway, 'subscription { imageStatus(id: "5") { status } }', { accept });
    expect([response.status, typeOf(response)]).toEqual([200, type]);
    expect(await response.text()).toContain('BAD_USER_INPUT');
  });

  it.each([JSON_TYPE, `${EVENTS};q=0, */*`, `*/*, text/*;q=0`, MULTIPART])(
    'is refused under %j, and watches nothing',
    async (accept) => {
      await using gateway = await TestGateway.start();
      for (const ask of [post, get]) {
        const response = await ask(gateway, SUBSCRIBE, { accept });
        expect([response.status, typeOf(response)]).toEqual([406, JSON_TYPE]);
        expect(await response.json()).toMatchObject({
          errors: [{ message: expect.stringContaining('Subscriptions are served as text/event-stream') }],
        });
      }
      expect(gateway.upstream()).toEqual([]);
      expect(gateway.watched).toBe(0);
    },
  );
});

describe('GraphiQL', () => {
  it.each([
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text/html'],
    ['text/html;q=0.5, application/json;q=0.4', 'text/html'],
    ['application/json, text/html;q=0.5', JSON_TYPE],
    ['text/html;q=0, */*', JSON_TYPE],
    ['*/*', JSON_TYPE],
  ])('under %j: %s', async (accept, type) => {
    await using gateway = await TestGateway.start();
    const response = await gateway.fetch('/graphql', { headers: { accept } });
    expect(typeOf(response)).toBe(type);
    expect(response.status).toBe(type === 'text/html' ? 200 : 400);
  });
});
