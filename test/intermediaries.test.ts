import { describe, expect, it } from 'vitest';

import { TestGateway } from './support/test-gateway.ts';

type Fault = Parameters<TestGateway['sandbox']['control']['addFault']>[0];

const LIST = '{ images { totalCount } }';
const TAGGED = '{ images(filter: { tagName: "production" }) { totalCount } }';
const IMAGE = '{ image(imageId: "195932981") { id } }';
const MINE = 'do:image:230000203';
const DELETE = `mutation { deleteImage(input: { id: "${MINE}" }) { deletedImageId userErrors { code } } }`;
const WATCH = 'subscription ($id: ID!) { imageStatus(id: $id) { status } }';

const JSON_TYPE = { 'content-type': 'application/json' };
const HTML = { 'content-type': 'text/html; charset=utf-8' };
const page = (status: number): Fault => ({ status, body: '<html><h1>Blocked</h1></html>', headers: HTML });

const STATUSES = [400, 401, 403, 404, 405, 409, 410, 412, 413, 418, 422, 423, 451];

/** Errors that are not the API's, and how that shows. */
const PAGES: [string, Fault, string][] = [
  ['a page', page(403), 'CONTENT_TYPE'],
  ['a long page', { status: 404, body: '<p>'.repeat(50_000), headers: HTML }, 'CONTENT_TYPE'],
  [
    'plain text',
    { status: 401, body: 'Unauthorized', headers: { 'content-type': 'text/plain' } },
    'CONTENT_TYPE',
  ],
  ['the words of the API in a page', { status: 404, kind: 'wrong-type' }, 'CONTENT_TYPE'],
  ['nothing', { status: 403, body: '', headers: JSON_TYPE }, 'NOT_JSON'],
  ['JSON cut short', { status: 422, kind: 'truncate' }, 'NOT_JSON'],
  ['the JSON of a proxy', { status: 404, body: { message: 'no Route matched with those values' } }, 'SHAPE'],
  [
    'problem details',
    { status: 403, body: { type: 'about:blank', title: 'Forbidden', status: 403 } },
    'SHAPE',
  ],
  ['the JSON of an edge', { status: 403, body: { success: false, errors: [{ code: 1020 }] } }, 'SHAPE'],
  ['an id that is none', { status: 404, body: { id: 404, message: 'Not Found' } }, 'SHAPE'],
  ['a list', { status: 401, body: [] }, 'SHAPE'],
  ['what cannot be unpacked', { status: 403, kind: 'gzip-garbage' }, 'ENCODING'],
  ['what explodes', { status: 404, kind: 'gzip-bomb' }, 'TOO_LARGE'],
];

const code = 'UPSTREAM_UNAVAILABLE';

describe('an error of something in front of the API', () => {
  it.each([
    ...STATUSES.map((status) => [`a ${status} with a page`, page(status), 'CONTENT_TYPE'] as const),
    ...PAGES,
  ])('is an outage with a reason, for a list and an image, sent once: %s', async (_, fault, reason) => {
    await using gateway = await TestGateway.start({ env: { UPSTREAM_TIMEOUT_MS: '10000' } });
    gateway.sandbox.control.addFault(fault);
    for (const query of [LIST, TAGGED, IMAGE]) {
      const { data, errors, status } = await gateway.query(query);
      expect(status).toBe(200);
      expect(Object.values(data ?? { field: null })).toEqual([null]);
      expect(errors).toMatchObject([{ extensions: { code, reason, upstream: { status: fault.status } } }]);
      expect(errors[0]?.extensions).not.toHaveProperty('requiredScope');
    }
    expect(gateway.upstream()).toHaveLength(3);
  });

  it.each([401, 403, 404, 418])(
    'a %d drops nothing that is cached, and lists serve as stale',
    async (status) => {
      await using gateway = await TestGateway.start();
      await gateway.query(LIST);
      await gateway.query(TAGGED);
      gateway.upstream();
      gateway.sandbox.control.addFault({
        ...page(status),
        match: { path: '/v2/images', query: { page: '1' } },
      });
      gateway.clock.nowMs += 40_000;
      expect(await gateway.query(LIST)).toMatchObject({
        data: { images: { totalCount: 80 } },
        errors: [],
        extensions: { stale: true },
      });
      gateway.clock.nowMs -= 39_000;
      gateway.upstream();
      expect(await gateway.query(TAGGED)).toMatchObject({ errors: [] });
      expect(gateway.upstream()).toEqual([]);
      gateway.clock.nowMs += 60_000;
      gateway.sandbox.control.clearFaults();
      expect(await gateway.query(LIST)).toMatchObject({ data: { images: { totalCount: 80 } }, errors: [] });
    },
  );

  it('a 404 is not remembered as an image that is missing', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ ...page(404), times: 1 });
    expect((await gateway.query(IMAGE)).errors).toMatchObject([{ extensions: { code } }]);
    expect(await gateway.query(IMAGE)).toMatchObject({
      data: { image: { id: 'do:image:195932981' } },
      errors: [],
    });
  });

  it('for one image leaves the other', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ ...page(404), match: { path: '/v2/images/195932981' } });
    const { data, errors } = await gateway.query(
      `{ a: image(imageId: "195932981") { id } b: image(id: "${MINE}") { id } }`,
    );
    expect(data).toEqual({ a: null, b: { id: MINE } });
    expect(errors).toMatchObject([{ path: ['a'], extensions: { code } }]);
  });

  it.each([401, 403, 404])('a %d does not end a watch', async (status) => {
    await using gateway = await TestGateway.start();
    const { data } = await gateway.query(
      'mutation { createImage(input: { name: "mine", url: "https://example.com/x", region: "nyc3" }) { image { id } } }',
    );
    const { id } = Object(data?.['createImage']).image;
    gateway.sandbox.control.addFault({ ...page(status), times: 2 });
    const events = gateway.subscribe(WATCH, { id });
    expect((await events.next()).value).toMatchObject({
      data: { imageStatus: { status: 'NEW' } },
      errors: [],
    });
    gateway.sandbox.control.addFault({ ...page(status), times: 2 });
    gateway.sandbox.control.advance(3_000);
    expect((await events.next()).value).toMatchObject({ data: { imageStatus: { status: 'PENDING' } } });
    await events.return(undefined);
  });

  it('does not open the circuit, for itself or for anybody', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault(page(403));
    for (let id = 1; id <= 30; id += 1) {
      const { errors } = await gateway.query(`{ image(imageId: "${id}") { id } }`);
      expect(errors).toMatchObject([{ extensions: { code, reason: 'CONTENT_TYPE' } }]);
    }
    expect(gateway.upstream()).toHaveLength(30);
    gateway.sandbox.control.clearFaults();
    expect(await gateway.query(LIST)).toMatchObject({ errors: [] });
  });

  it.each(STATUSES)(
    'a %d leaves the outcome of a write unknown, and drops what was cached',
    async (status) => {
      await using gateway = await TestGateway.start();
      await gateway.query(LIST);
      gateway.upstream();
      gateway.sandbox.control.addFault({ ...page(status), match: { method: 'DELETE' } });
      const { errors } = await gateway.query(DELETE);
      expect(errors).toMatchObject([
        { path: ['deleteImage'], extensions: { code, reason: 'CONTENT_TYPE', outcome: 'unknown' } },
      ]);
      expect(gateway.upstream()).toEqual(['DELETE /v2/images/230000203']);
      await gateway.query(LIST);
      expect(gateway.upstream()).toHaveLength(1);
    },
  );

  it('is no success of a write that needs no body', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ ...page(200), match: { method: 'DELETE' } });
    expect((await gateway.query(DELETE)).errors).toMatchObject([
      { extensions: { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'CONTENT_TYPE', outcome: 'unknown' } },
    ]);
  });

  it('a 429 means waiting, for as long as it says', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ ...page(429), retryAfter: 7 });
    for (const query of [LIST, DELETE]) {
      const { errors } = await gateway.query(query);
      expect(errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED', retryAfter: 7 } }]);
      expect(errors[0]?.extensions).not.toHaveProperty('outcome');
    }
    expect(gateway.upstream()).toHaveLength(1);
  });
});

describe('a base URL with the version in it', () => {
  it.each(['v2', 'v2/'])('ending in /%s is the API', async (end) => {
    await using sandbox = await TestGateway.start();
    await using gateway = await TestGateway.start({ apiUrl: new URL(end, sandbox.sandbox.url).href });
    expect(await gateway.query(IMAGE)).toMatchObject({ data: { image: { id: 'do:image:195932981' } } });
    expect(sandbox.upstream()).toEqual(['GET /v2/images/195932981']);
  });
});
