import { describe, expect, it } from 'vitest';

import { TestGateway } from '../support/test-gateway.ts';

const QUERY = '{ images(first: 1) { totalCount } }';
const BODY = JSON.stringify({ query: QUERY });

/** A gateway that serves whoever sends no token, as one on a developer's machine does. */
const open = () => TestGateway.start({ env: { DIGITALOCEAN_TOKEN: 'sandbox' } });

async function expectRefusal(gateway: TestGateway, response: Response, status: number): Promise<void> {
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({
    errors: [{ extensions: { code: 'BAD_REQUEST', requestId: response.headers.get('x-request-id') } }],
  });
  expect(gateway.upstream()).toEqual([]);
}

describe('the front door', () => {
  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/graphql',
    'application/jsonp',
    'text/plain; application/json',
    'text/plain, application/json',
    '',
  ])('answers 415 to a POST of the type "%s", which a foreign page may send', async (type) => {
    await using gateway = await open();
    const body = type.startsWith('application/x-www')
      ? new URLSearchParams({ query: QUERY }).toString()
      : BODY;
    const headers = type === '' ? {} : { 'content-type': type };
    // Bytes have no type of their own.
    const init = { method: 'POST', headers, body: new TextEncoder().encode(body) };
    await expectRefusal(gateway, await gateway.fetch('/graphql', init), 415);
  });

  it.each(['application/json', 'application/json; charset=utf-8'])(
    'answers a POST of the type "%s"',
    async (type) => {
      await using gateway = await open();
      const init = { method: 'POST', headers: { 'content-type': type }, body: BODY };
      expect(await (await gateway.fetch('/graphql', init)).json()).toEqual({
        data: { images: { totalCount: 80 } },
      });
    },
  );

  it.each(['gzip', 'br', 'identity'])('answers 415 to a body that is said to be %s', async (encoding) => {
    await using gateway = await open();
    const headers = { 'content-type': 'application/json', 'content-encoding': encoding };
    await expectRefusal(
      gateway,
      await gateway.fetch('/graphql', { method: 'POST', headers, body: BODY }),
      415,
    );
  });

  const url = `/graphql?query=${encodeURIComponent(QUERY)}`;

  it.each([{}, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }])(
    'answers 403 to a document by GET that a foreign page may have asked for: %j',
    async (headers) => {
      await using gateway = await open();
      await expectRefusal(gateway, await gateway.fetch(url, { headers }), 403);
    },
  );

  it.each(['authorization', 'x-requested-with', 'apollo-require-preflight', 'x-graphql-yoga-csrf'])(
    'answers a document by GET with the header %s',
    async (name) => {
      await using gateway = await open();
      const headers = { [name]: name === 'authorization' ? 'Bearer sandbox' : '1' };
      expect(await (await gateway.fetch(url, { headers })).json()).toEqual({
        data: { images: { totalCount: 80 } },
      });
    },
  );

  it('answers a document by GET of its own page', async () => {
    await using gateway = await open();
    const response = await gateway.fetch(url, { headers: { 'sec-fetch-site': 'same-origin' } });
    expect(response.status).toBe(200);
  });

  it.each(['PUT', 'DELETE', 'PATCH'])('answers 405 to %s, with the methods that it takes', async (method) => {
    await using gateway = await open();
    const response = await gateway.fetch('/graphql', {
      method,
      headers: { 'content-type': 'application/json' },
    });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, POST');
  });

  it('answers 405 to a mutation by GET', async () => {
    await using gateway = await open();
    const mutation = 'mutation { deleteImage(input: { id: "do:image:230000044" }) { deletedImageId } }';
    const response = await gateway.fetch(`/graphql?query=${encodeURIComponent(mutation)}`, {
      headers: { 'x-requested-with': 'test' },
    });
    expect(response.status).toBe(405);
    expect(gateway.upstream()).toEqual([]);
  });

  it('guesses no type for whoever reads an answer', async () => {
    await using gateway = await open();
    for (const path of ['/graphql', '/health', '/nowhere']) {
      expect((await gateway.fetch(path)).headers.get('x-content-type-options')).toBe('nosniff');
    }
  });

  it('lets nobody frame GraphiQL, and GraphiQL load nothing from elsewhere', async () => {
    await using gateway = await open();
    const { headers } = await gateway.fetch('/graphql', { headers: { accept: 'text/html' } });
    expect(headers.get('content-type')).toContain('text/html');
    expect(headers.get('content-security-policy')).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
  });

  it('has no GraphiQL under production', async () => {
    await using gateway = await TestGateway.start({ env: { NODE_ENV: 'production' } });
    const response = await gateway.fetch('/graphql', { headers: { accept: 'text/html' } });
    expect(response.headers.get('content-type') ?? '').not.toContain('text/html');
  });
});
