import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { TestGateway } from '../support/test-gateway.ts';

const APP = 'https://app.example';
const ADMIN = 'http://localhost:3000';
const LIST = '{ images { totalCount } }';

const open = () => TestGateway.start({ env: { CORS_ORIGINS: `${APP},${ADMIN}` } });

function preflight(gateway: TestGateway, origin: string | null, path = '/graphql'): Promise<Response> {
  return gateway.fetch(path, {
    method: 'OPTIONS',
    headers: { ...(origin !== null && { origin }), 'access-control-request-method': 'POST' },
  });
}

function listOf(headers: Headers, name: string): string[] {
  return (headers.get(name) ?? '').toLowerCase().split(/, */).filter(Boolean);
}

/** Headers of requests that a page of ours may set, beside those that browsers set themselves. */
const NAMED = [
  'accept',
  'authorization',
  'content-type',
  'x-requested-with',
  'apollo-require-preflight',
  'x-graphql-yoga-csrf',
  'x-explain',
  'x-request-id',
  'traceparent',
  'tracestate',
  'apollographql-client-name',
  'apollographql-client-version',
  'graphql-client-name',
  'graphql-client-version',
  'x-graphql-client-name',
  'x-graphql-client-version',
];

describe('a preflight', () => {
  it('allows a configured origin every header that the gateway reads or a client names itself with', async () => {
    await using gateway = await open();
    for (const origin of [APP, ADMIN]) {
      const { status, headers } = await preflight(gateway, origin);
      expect(status).toBe(204);
      expect(headers.get('access-control-allow-origin')).toBe(origin);
      expect(listOf(headers, 'access-control-allow-methods')).toEqual(
        expect.arrayContaining(['get', 'post']),
      );
      expect(listOf(headers, 'access-control-allow-headers')).toEqual(expect.arrayContaining(NAMED));
      expect(Number(headers.get('access-control-max-age'))).toBeGreaterThanOrEqual(600);
    }
  });

  it('allows every header that the documentation or a refusal names', async () => {
    const texts = ['README.md', 'docs/front-ends.md', 'src/request-errors.ts'].map((file) =>
      readFileSync(file, 'utf8'),
    );
    const named = new Set(
      texts
        .flatMap(
          (text) =>
            text.match(/\b(?:X-[A-Z][\w-]+|Apollo-[\w-]+|Authorization|traceparent|tracestate)\b/g) ?? [],
        )
        .map((name) => name.toLowerCase()),
    );
    expect(named.size).toBeGreaterThan(4);
    // A proxy reads this one of a response, and no client sends it.
    named.delete('x-accel-buffering');
    await using gateway = await open();
    const { headers } = await preflight(gateway, APP);
    expect(listOf(headers, 'access-control-allow-headers')).toEqual(expect.arrayContaining([...named]));
  });

  it.each([
    null,
    'null',
    'https://evil.example',
    'https://app.example.evil.example',
    'https://app.example:8443',
    'http://app.example',
  ])('allows the origin %s nothing', async (origin) => {
    await using gateway = await open();
    const { status, headers } = await preflight(gateway, origin);
    expect(status).toBe(204);
    expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
    expect(listOf(headers, 'vary')).toContain('origin');
  });
});

describe('a response', () => {
  /** One of each kind: served, refused by yoga, by a plugin, by a resolver, and in a stream. */
  const REQUESTS: [string, string, RequestInit][] = [
    ['data', '/graphql', {}],
    ['a syntax error', '/graphql', { body: JSON.stringify({ query: '{' }) }],
    ['no token', '/graphql', { headers: { authorization: '' } }],
    ['a wrong type', '/graphql', { headers: { 'content-type': 'text/plain' } }],
    ['an event stream', '/graphql', { headers: { accept: 'text/event-stream' } }],
    ['406', '/graphql', { headers: { accept: 'image/png' } }],
    ['404', '/nowhere', {}],
    ['405', '/health', {}],
  ];

  async function send(gateway: TestGateway, path: string, init: RequestInit, origin: string | null) {
    return gateway.fetch(path, {
      method: 'POST',
      body: JSON.stringify({ query: LIST }),
      ...init,
      headers: {
        'content-type': 'application/json',
        authorization: 'Bearer sandbox',
        ...(origin !== null && { origin }),
        ...Object.fromEntries(new Headers(init.headers)),
      },
    });
  }

  it.each(REQUESTS)(
    'of %s can be read by a page of a configured origin, and by no other',
    async (_, path, init) => {
      await using gateway = await open();
      // From the third time on the same request has the same response, without being executed.
      for (let times = 0; times < 4; times += 1) {
        for (const [origin, allowed] of [
          [APP, APP],
          [ADMIN, ADMIN],
          ['https://evil.example', null],
          [null, null],
        ]) {
          const response = await send(gateway, path, init, origin ?? null);
          await response.text();
          const { headers } = response;
          expect(headers.get('access-control-allow-origin')).toBe(allowed);
          expect(listOf(headers, 'vary').toSorted()).toEqual(['accept', 'authorization', 'origin']);
          expect(listOf(headers, 'access-control-expose-headers').toSorted()).toEqual(
            allowed === null ? [] : ['retry-after', 'x-request-id'],
          );
          expect(headers.get('access-control-allow-credentials')).toBeNull();
        }
      }
    },
  );

  it('depends on no origin where none is configured', async () => {
    await using gateway = await TestGateway.start();
    const { headers } = await send(gateway, '/graphql', {}, APP);
    expect(listOf(headers, 'vary')).toEqual(['accept', 'authorization']);
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });

  it.each([
    'https://app.example/',
    'HTTPS://App.Example',
    'https://app.example:443',
    ' https://app.example , ',
  ])('can be read by https://app.example where "%s" is configured', async (configured) => {
    await using gateway = await TestGateway.start({ env: { CORS_ORIGINS: configured } });
    const { headers } = await send(gateway, '/graphql', {}, APP);
    expect(headers.get('access-control-allow-origin')).toBe(APP);
  });
});
