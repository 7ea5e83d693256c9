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
  ['no answer', { kind: 'hang' }, { code: 'UPSTREAM_TIMEOUT', timeoutMs: 300 }, 2],
  ['half an answer', { kind: 'hang-mid-body' }, { code: 'UPSTREAM_TIMEOUT', timeoutMs: 300 }, 2],
  ['an answer that drips', { kind: 'drip' }, { code: 'UPSTREAM_TIMEOUT', timeoutMs: 300 }, 2],
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
];

describe('an upstream that answers with', () => {
  it.each(TABLE)(
    '%s is one error with its code, at the field, for a list and for one image',
    async (_, fault, expected, attempts = 1) => {
      // Short only where the time is what is tested: some faults take the sandbox a while to make.
      const timeoutMs = expected['timeoutMs'] ?? 10_000;
      await using gateway = await TestGateway.start({
        env: { UPSTREAM_TIMEOUT_MS: `${Number(timeoutMs)}`, REQUEST_TIMEOUT_MS: '20000' },
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
    await using gateway = await TestGateway.start();
    for (const kind of ['reset', 'truncate', 'html'] as const) {
      gateway.sandbox.control.addFault({ kind, times: 1 });
      expect(await gateway.query(GET)).toMatchObject({
        data: { image: { id: 'do:image:195932981' } },
        errors: [],
      });
      expect(gateway.upstream()).toHaveLength(2);
    }
  });

  it('404 is null for one image and an error for a list', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ status: 404 });
    expect(await gateway.query(GET)).toMatchObject({ data: { image: null }, errors: [] });
    expect((await gateway.query(LIST)).errors).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
  });

  it('gzip is read', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ kind: 'gzip' });
    expect(await gateway.query(LIST)).toMatchObject({ data: { images: { totalCount: 80 } }, errors: [] });
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
