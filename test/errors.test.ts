import { describe, expect, it } from 'vitest';

import { TestGateway } from './support/test-gateway.ts';

type Fault = Parameters<TestGateway['sandbox']['control']['addFault']>[0];

const LIST = '{ images { totalCount } }';
const GET = '{ image(imageId: "195932981") { id } }';

/** One row a fault: what a client is told, the same for a list and for one image, and how often it is sent. */
const TABLE: [string, Fault, Record<string, unknown>, attempts?: number][] = [
  ['400', { status: 400 }, { code: 'BAD_USER_INPUT', upstream: { status: 400 } }],
  ['401', { status: 401 }, { code: 'UNAUTHENTICATED', upstream: { status: 401 } }],
  ['403', { status: 403 }, { code: 'FORBIDDEN', upstream: { status: 403 } }],
  ['409', { status: 409 }, { code: 'CONFLICT', upstream: { status: 409 } }],
  ['422', { status: 422 }, { code: 'BAD_USER_INPUT', upstream: { status: 422 } }],
  [
    '429',
    { status: 429, retryAfter: 29 },
    { code: 'RATE_LIMITED', retryAfter: 29, upstream: { status: 429 } },
  ],
  ['500', { status: 500 }, { code: 'UPSTREAM_UNAVAILABLE', upstream: { status: 500 } }],
  ['502 in HTML', { kind: 'html' }, { code: 'UPSTREAM_UNAVAILABLE', upstream: { status: 502 } }, 2],
  ['503', { status: 503, retryAfter: 2 }, { code: 'UPSTREAM_UNAVAILABLE', retryAfter: 2 }],
  ['503 for now', { status: 503 }, { code: 'UPSTREAM_UNAVAILABLE' }, 2],
  ['503 for a second', { status: 503, retryAfter: 1 }, { code: 'UPSTREAM_UNAVAILABLE', retryAfter: 1 }, 2],
  ['504', { status: 504 }, { code: 'UPSTREAM_TIMEOUT', upstream: { status: 504 } }, 2],
  ['418', { status: 418 }, { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'STATUS' }],
  ['a reset', { kind: 'reset' }, { code: 'UPSTREAM_UNAVAILABLE' }, 2],
  ['a reset within the body', { kind: 'reset-mid-body' }, { code: 'UPSTREAM_UNAVAILABLE' }, 2],
  ['a closed connection', { kind: 'close' }, { code: 'UPSTREAM_UNAVAILABLE' }, 2],
  ['no answer', { kind: 'hang' }, { code: 'UPSTREAM_TIMEOUT', timeoutMs: 1_000 }, 2],
  ['half an answer', { kind: 'hang-mid-body' }, { code: 'UPSTREAM_TIMEOUT', timeoutMs: 1_000 }, 2],
  ['an answer that drips', { kind: 'drip' }, { code: 'UPSTREAM_TIMEOUT', timeoutMs: 1_000 }, 2],
  ['JSON cut short', { kind: 'truncate' }, { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'NOT_JSON' }, 2],
  ['an empty body', { kind: 'empty' }, { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'NOT_JSON' }, 2],
  ['garbage', { kind: 'not-json' }, { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'NOT_JSON' }, 2],
  ['plain text', { kind: 'wrong-type' }, { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'CONTENT_TYPE' }],
  ['a redirect', { kind: 'redirect' }, { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'STATUS' }],
  ['null', { body: 'null' }, { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'SHAPE' }],
  ['gzip that is none', { kind: 'gzip-garbage' }, { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'ENCODING' }],
  ['gzip that explodes', { kind: 'gzip-bomb' }, { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'TOO_LARGE' }],
  ['a huge body', { kind: 'big-body' }, { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'TOO_LARGE' }],
  ['huge headers', { kind: 'big-headers' }, { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'TOO_LARGE' }],
  ['412', { status: 412 }, { code: 'CONFLICT' }],
  ['423', { status: 423 }, { code: 'CONFLICT' }],
  ['402', { status: 402 }, { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'STATUS' }],
  ['410', { status: 410 }, { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'STATUS' }],
  ['451', { status: 451 }, { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'STATUS' }],
  ['205', { status: 205 }, { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'STATUS' }],
  [
    '201 without what was asked for',
    { status: 201, body: {} },
    { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'SHAPE' },
  ],
  ['204', { status: 204, body: '' }, { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'STATUS' }],
  ['206', { status: 206 }, { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'STATUS' }],
  [
    '301',
    { status: 301, headers: { location: 'http://127.0.0.1:1/' } },
    { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'STATUS' },
  ],
  ['304', { status: 304, body: '' }, { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'STATUS' }],
  [
    '307',
    { status: 307, headers: { location: '/v2/images' } },
    { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'STATUS' },
  ],
  ['507', { status: 507 }, { code: 'UPSTREAM_UNAVAILABLE', upstream: { status: 507 } }],
  [
    '522 of a proxy',
    { status: 522, body: '<html>', headers: { 'content-type': 'text/html' } },
    { code: 'UPSTREAM_UNAVAILABLE' },
    2,
  ],
  ['503 for long', { status: 503, retryAfter: 3_600 }, { code: 'UPSTREAM_UNAVAILABLE', retryAfter: 3_600 }],
  [
    '503 until a date',
    { status: 503, retryAfter: 'Wed, 21 Oct 2037 07:28:00 GMT' },
    { code: 'UPSTREAM_UNAVAILABLE', retryAfter: 3_600 },
  ],
  ['a list', { body: '[]' }, { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'SHAPE' }],
  ['a text', { body: '"images"' }, { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'SHAPE' }],
  ['a number', { body: '7' }, { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'SHAPE' }],
  ['nothing that was asked for', { body: '{}' }, { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'SHAPE' }],
  [
    'null where it should be',
    { body: '{"images":null,"image":null}' },
    { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'SHAPE' },
  ],
  [
    'an object for a list',
    { body: '{"images":{"0":{}},"image":[]}' },
    { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'SHAPE' },
  ],
  [
    '200,000 brackets',
    { body: '['.repeat(200_000) },
    { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'NOT_JSON' },
    2,
  ],
  [
    '200,000 pairs of brackets',
    { body: '['.repeat(200_000) + ']'.repeat(200_000) },
    { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'SHAPE' },
  ],
  [
    'an encoding that was not asked for',
    { headers: { 'content-encoding': 'br' } },
    { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'ENCODING' },
  ],
  [
    'forty encodings',
    { headers: { 'content-encoding': Array.from({ length: 40 }, () => 'gzip').join(', ') } },
    { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'ENCODING' },
  ],
  [
    'XML that says it is JSON',
    { body: '<images/>' },
    { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'NOT_JSON' },
    2,
  ],
];

describe('an upstream that answers with', () => {
  it.each(TABLE)(
    '%s is one error with its code, at the field, for a list and for one image',
    async (_, fault, expected, attempts = 1) => {
      // Short only where the time is what is tested: some faults take the sandbox a while to make.
      const isSlow = expected['timeoutMs'] !== undefined;
      await using gateway = await TestGateway.start({
        env: {
          UPSTREAM_TIMEOUT_MS: isSlow ? '100' : '10000',
          REQUEST_TIMEOUT_MS: `${Number(expected['timeoutMs'] ?? 20_000)}`,
        },
      });
      gateway.sandbox.control.addFault(fault);
      for (const [query, path] of [
        [LIST, ['images']],
        [GET, ['image']],
      ] as const) {
        const { errors, status } = await gateway.query(query);
        expect(status).toBe(200);
        expect(errors).toMatchObject([{ path, extensions: { ...expected, requestId: expect.any(String) } }]);
        expect(JSON.stringify(errors)).not.toMatch(
          /127\.0\.0\.1|sandbox|Bearer|node_modules|undici|at \w+ \(/,
        );
      }
      // A token that is over its limit is not sent again until its time.
      expect(gateway.upstream()).toHaveLength(expected['code'] === 'RATE_LIMITED' ? 1 : 2 * attempts);
    },
  );

  it('a fault that passes is no error at all', async () => {
    await using gateway = await TestGateway.start({ env: { LIST_TTL_MS: '0' } });
    for (const kind of ['reset', 'truncate', 'html'] as const) {
      gateway.sandbox.control.addFault({ kind, times: 1 });
      expect(await gateway.query(GET)).toMatchObject({
        data: { image: { id: 'do:image:195932981' } },
        errors: [],
      });
      expect(gateway.upstream()).toHaveLength(2);
    }
  });

  it.each([
    [5, 5],
    ['0', 1],
    [undefined, expect.any(Number)],
    ['soon', expect.any(Number)],
    [-5, expect.any(Number)],
    [100_000_000, 3_600],
    ['Wed, 21 Oct 2037 07:28:00 GMT', 3_600],
    ['Wed, 21 Oct 2015 07:28:00 GMT', 1],
  ])(
    '429 with the Retry-After %s says when to come again, in whole seconds up to an hour',
    async (told, seconds) => {
      await using gateway = await TestGateway.start();
      gateway.sandbox.control.addFault({ status: 429, ...(told === undefined ? {} : { retryAfter: told }) });
      const { errors, headers, status } = await gateway.query(LIST);
      expect(status).toBe(200);
      expect(errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED', retryAfter: seconds } }]);
      const given = Number(errors[0]?.extensions['retryAfter']);
      expect(given).toBeGreaterThanOrEqual(1);
      expect(given).toBeLessThanOrEqual(3_600);
      expect(Number.isInteger(given)).toBe(true);
      expect(headers.get('retry-after')).toBe(String(given));
    },
  );

  it.each(['http://127.0.0.1:1/', 'http://nowhere.invalid/'])(
    'nothing, at %s, is unavailable',
    async (apiUrl) => {
      await using gateway = await TestGateway.start({ apiUrl });
      expect((await gateway.query(LIST)).errors).toMatchObject([
        { extensions: { code: 'UPSTREAM_UNAVAILABLE' } },
      ]);
    },
  );

  it('another image than the one asked for is refused, and not remembered', async () => {
    await using gateway = await TestGateway.start();
    const other = { image: { id: 7, name: 'of somebody else', slug: 'other' } };
    gateway.sandbox.control.addFault({ body: other, times: 1 });
    expect(await gateway.query(GET)).toMatchObject({
      data: { image: null },
      errors: [{ extensions: { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'WRONG_IMAGE' } }],
    });
    expect(await gateway.query(GET)).toMatchObject({
      data: { image: { id: 'do:image:195932981' } },
      errors: [],
    });
  });

  it('404 is null for one image and an error for a list', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ status: 404 });
    expect(await gateway.query(GET)).toMatchObject({ data: { image: null }, errors: [] });
    expect((await gateway.query(LIST)).errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
  });

  it.each([201, 202, 203])('%d is a success where it brings what was asked for', async (status) => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ status });
    expect(await gateway.query(LIST)).toMatchObject({ data: { images: { totalCount: 80 } }, errors: [] });
    expect(await gateway.query(GET)).toMatchObject({
      data: { image: { id: 'do:image:195932981' } },
      errors: [],
    });
  });

  it('gzip is read', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ kind: 'gzip' });
    expect(await gateway.query(LIST)).toMatchObject({ data: { images: { totalCount: 80 } }, errors: [] });
  });
});

describe('a token without a scope', () => {
  it.each([
    [LIST, 'image:read'],
    ['{ images(filter: { private: true, category: APPLICATION }) { totalCount } }', 'image:read'],
    ['{ images(filter: { tagName: "a" }) { totalCount } }', 'image:read tag:read'],
    ['{ images(first: 1, filter: { tagName: "a" }) { nodes { id } } }', 'image:read tag:read'],
    [GET, 'image:read'],
  ])('is refused with all scopes that %s needs', async (query, requiredScope) => {
    for (const env of [{}, { LIST_TTL_MS: '0' }]) {
      await using gateway = await TestGateway.start({ env });
      gateway.sandbox.control.addFault({ status: 403 });
      expect((await gateway.query(query)).errors).toMatchObject([
        { extensions: { code: 'FORBIDDEN', requiredScope } },
      ]);
    }
  });

  it('is refused with what the actions of an image need', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ status: 403, match: { path: '/v2/images/195932981/actions' } });
    const query = '{ image(imageId: "195932981") { actions(first: 1) { totalCount } } }';
    expect((await gateway.query(query)).errors).toMatchObject([
      { extensions: { code: 'FORBIDDEN', requiredScope: 'image:read' } },
    ]);
  });
});

describe('a request that takes too long altogether', () => {
  it('ends with the whole time that it had', async () => {
    await using gateway = await TestGateway.start({
      env: { REQUEST_TIMEOUT_MS: '200', UPSTREAM_TIMEOUT_MS: '60000' },
    });
    gateway.sandbox.control.addFault({ kind: 'hang' });
    expect((await gateway.query(LIST)).errors).toMatchObject([
      { extensions: { code: 'UPSTREAM_TIMEOUT', timeoutMs: 200 } },
    ]);
  });
});

describe('a fault', () => {
  it('of one page fails the list, and nothing of it is kept', async () => {
    await using gateway = await TestGateway.withImages(300);
    gateway.sandbox.control.addFault({ match: { query: { page: '2' } }, times: 1, status: 500 });
    const whole = '{ images(last: 1) { totalCount } all: images(last: 1) { nodes { id } } }';
    expect((await gateway.query(whole)).errors[0]).toMatchObject({
      extensions: { code: 'UPSTREAM_UNAVAILABLE' },
    });
    gateway.upstream();
    expect((await gateway.query(whole)).errors).toEqual([]);
    expect(gateway.upstream()).toHaveLength(2);
  });
});
