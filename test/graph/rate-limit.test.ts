import { describe, expect, it } from 'vitest';

import { TestGateway } from '../support/test-gateway.ts';

const LIST = '{ images { totalCount } }';
const BUDGET = '{ rateLimit { limit remaining resetAt } }';
const EXPLAINED = { headers: { 'x-explain': '1' } };

/** Rows as the API has them, with the ids from 1 on. */
function rowsOf(count: number): { id: number; name: string }[] {
  return Array.from({ length: count }, (_, index) => ({ id: index + 1, name: `image ${index + 1}` }));
}

describe('the rate budget of a token', () => {
  it('is null before the first answer of the API, and what that said after it', async () => {
    await using gateway = await TestGateway.start({
      sandbox: { limits: { perHour: 5_000, perMinute: 250 } },
    });
    expect((await gateway.query(BUDGET)).data).toEqual({ rateLimit: null });
    expect(gateway.upstream()).toEqual([]);
    const { data } = await gateway.query(`{ images { totalCount } rateLimit { limit remaining resetAt } }`);
    expect(data).toMatchObject({ rateLimit: { limit: 5_000, remaining: 4_999 } });
    expect(JSON.stringify(data)).toMatch(/"resetAt":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"/);
    expect((await gateway.query(BUDGET, {}, { token: 'sandbox-b' })).data).toEqual({ rateLimit: null });
  });

  it('is told after the other fields of the query, wherever it stands among them', async () => {
    const fields = [
      'images { totalCount }',
      'image(imageId: "5") { id }',
      'nodes(ids: ["do:image:5"]) { id }',
    ];
    for (const field of fields) {
      await using gateway = await TestGateway.start();
      const { data } = await gateway.query(`{ rateLimit { remaining } ${field} }`);
      expect(data).toMatchObject({ rateLimit: { remaining: expect.any(Number) } });
    }
    await using live = await TestGateway.start({ env: { LIST_TTL_MS: '0' } });
    const { data } = await live.query('{ rateLimit { remaining } images { totalCount } }');
    expect(data).toMatchObject({ rateLimit: { remaining: expect.any(Number) } });
  });

  it.each([
    'image(imageId: "230000044") { actions(first: 1) { totalCount } }',
    'image(slug: "ubuntu-24-04-x64") { category }',
    'images(first: 2) { nodes { id } } a: image(imageId: "1") { id } b: image(imageId: "2") { id }',
  ])('is that after the last call, where one follows upon another: %s', async (fields) => {
    await using gateway = await TestGateway.start({
      sandbox: { limits: { perHour: 5_000, perMinute: 250 } },
    });
    const { data } = await gateway.query(`{ rateLimit { remaining } ${fields} }`);
    expect(data?.['rateLimit']).toEqual({ remaining: 5_000 - gateway.upstream().length });
  });

  it('is that after a call, where another request has begun the one before it', async () => {
    await using gateway = await TestGateway.start({
      sandbox: { limits: { perHour: 5_000, perMinute: 250 } },
    });
    gateway.sandbox.control.addFault({ latencyMs: 300, times: 1 });
    const first = gateway.query('{ image(imageId: "230000044") { name } }');
    await expect.poll(() => gateway.sandbox.control.requests().count).toBe(1);
    const { data } = await gateway.query(
      '{ rateLimit { remaining } image(imageId: "230000044") { actions(first: 1) { totalCount } } }',
    );
    await first;
    expect(data?.['rateLimit']).toEqual({ remaining: 4_998 });
  });

  it('is not taken from a 429 of the limit for a minute', async () => {
    await using gateway = await TestGateway.start({ sandbox: { limits: { perHour: 5_000, perMinute: 2 } } });
    for (const id of [1, 2, 3]) await gateway.query(`{ image(imageId: "${id}") { id } }`);
    expect((await gateway.query(BUDGET)).data).toMatchObject({ rateLimit: { remaining: 4_998 } });
  });

  it('that is used up lets further calls fail at once until its time, and no other tenant', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ match: { token: 'sandbox' }, times: 1, status: 429, retryAfter: 30 });
    const refused = { extensions: { code: 'RATE_LIMITED', retryAfter: 30 } };
    expect((await gateway.query(LIST)).errors).toMatchObject([refused]);
    gateway.clock.nowMs += 10_000;
    expect((await gateway.query('{ image(imageId: "1") { id } }')).errors).toMatchObject([
      { extensions: { code: 'RATE_LIMITED', retryAfter: 20 } },
    ]);
    expect(gateway.upstream()).toHaveLength(1);
    expect((await gateway.query(LIST, {}, { token: 'sandbox-b' })).errors).toEqual([]);
    gateway.clock.nowMs += 20_000;
    expect((await gateway.query(LIST)).errors).toEqual([]);
  });

  it('that is used up still serves a list that is held, and says that it is stale', async () => {
    await using gateway = await TestGateway.start();
    await gateway.query(LIST);
    gateway.sandbox.control.addFault({ status: 429, retryAfter: 600 });
    gateway.clock.nowMs += 50_000;
    const answer = await gateway.query(LIST);
    expect(answer).toMatchObject({
      data: { images: { totalCount: 80 } },
      errors: [],
      extensions: { stale: true, staleSeconds: 35 },
    });
    gateway.upstream();
    gateway.clock.nowMs += 10_000;
    expect(await gateway.query(LIST)).toMatchObject({ errors: [], extensions: { staleSeconds: 45 } });
    expect(gateway.upstream()).toEqual([]);
  });

  it('that runs low lets lists answer for longer', async () => {
    const limits = { perHour: 20, perMinute: 1_000 };
    await using gateway = await TestGateway.start({ sandbox: { limits } });
    for (let id = 1; id <= 18; id += 1) await gateway.query(`{ image(imageId: "${id}") { id } }`);
    await gateway.query(LIST);
    gateway.upstream();
    // One of twenty is left: the list is fresh for five times its 15 seconds.
    gateway.clock.nowMs += 74_000;
    expect((await gateway.query(LIST, {}, EXPLAINED)).extensions).toMatchObject({
      stale: true,
      upstream: { requests: 0, staleSeconds: 59 },
    });
    expect(gateway.upstream()).toEqual([]);
  });
});

describe('an image that is found in a stale list', () => {
  it('is said to be stale', async () => {
    await using gateway = await TestGateway.start({ sandbox: { limits: { perHour: 20, perMinute: 1_000 } } });
    for (let id = 1; id <= 18; id += 1) await gateway.query(`{ image(imageId: "${id}") { id } }`);
    await gateway.query('{ images(last: 1) { nodes { id } } }');
    gateway.clock.nowMs += 70_000;
    const answer = await gateway.query('{ image(slug: "ubuntu-24-04-x64") { id } }');
    expect(answer).toMatchObject({ errors: [], extensions: { stale: true, staleSeconds: 55 } });
  });
});

describe('the cost of a query', () => {
  it('is told where it is asked for', async () => {
    await using gateway = await TestGateway.start();
    const ask = async (query: string) => (await gateway.query(query, {}, EXPLAINED)).extensions?.['upstream'];
    const remaining = expect.any(Number);
    expect(await ask('{ __typename }')).toEqual({
      requests: 0,
      cached: 0,
      coalesced: 0,
      remaining: null,
      staleSeconds: 0,
    });
    expect(await ask(LIST)).toEqual({ requests: 1, cached: 0, coalesced: 0, remaining, staleSeconds: 0 });
    expect(await ask(LIST)).toEqual({ requests: 0, cached: 1, coalesced: 0, remaining, staleSeconds: 0 });
    expect(await ask('{ image(imageId: "5") { id } }')).toMatchObject({ requests: 1 });
    gateway.sandbox.control.addFault({ latencyMs: 500, times: 1 });
    const together = await Promise.all(
      [1, 2, 3].map(() => ask('{ images(last: 1) { totalCount nodes { id } } }')),
    );
    expect(
      together.map((cost) => JSON.stringify(cost)).filter((cost) => cost.includes('"coalesced":1')),
    ).toHaveLength(2);
  });

  it('is not told where nobody asks, and always under development', async () => {
    await using gateway = await TestGateway.start();
    expect((await gateway.query(LIST)).extensions).toBeUndefined();
    await using developer = await TestGateway.start({ env: { NODE_ENV: 'development' } });
    expect((await developer.query(LIST)).extensions).toMatchObject({ upstream: { requests: 1 } });
  });

  it('is told of a request without a token as well', async () => {
    await using gateway = await TestGateway.start();
    const answer = await gateway.query('{ __typename }', {}, { token: null, ...EXPLAINED });
    expect(answer.extensions).toMatchObject({ upstream: { requests: 0, remaining: null } });
  });
});

describe('a token that the API refuses', () => {
  it('is served nothing that is held, from the refusal on', async () => {
    await using gateway = await TestGateway.start();
    await gateway.query('{ images(last: 1) { nodes { id } } }');
    gateway.sandbox.control.addFault({ status: 401 });
    expect((await gateway.query('{ image(imageId: "7") { id } }')).errors).toMatchObject([
      { extensions: { code: 'UNAUTHENTICATED' } },
    ]);
    expect((await gateway.query(LIST)).errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });

  it('is refused within twice the time to live, when nothing else asks', async () => {
    await using gateway = await TestGateway.start();
    await gateway.query(LIST);
    gateway.sandbox.control.addFault({ status: 401 });
    gateway.clock.nowMs += 30_001;
    expect((await gateway.query(LIST)).errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });
});

describe('lists that are not held, and those that are too long', () => {
  it('are read as the pages are now, by the smallest page that covers the window', async () => {
    await using gateway = await TestGateway.withImages(300, { LIST_TTL_MS: '0' });
    const page =
      'query ($after: String) { images(first: 20, after: $after) { nodes { id } pageInfo { endCursor } } }';
    const seen = new Set<string>();
    let after: unknown = null;
    for (let step = 0; step < 3; step += 1) {
      const { data } = await gateway.query(page, { after });
      const { nodes, pageInfo } = Object(data?.['images']);
      for (const { id } of nodes) seen.add(id);
      after = pageInfo.endCursor;
    }
    expect(seen.size).toBe(60);
    expect(gateway.upstream()).toEqual([
      'GET /v2/images?page=1&per_page=20',
      'GET /v2/images?page=1&per_page=40',
      'GET /v2/images?page=2&per_page=30',
    ]);
  });

  it('cost one call for three aliases of a window', async () => {
    await using gateway = await TestGateway.withImages(300, { LIST_TTL_MS: '0' });
    const query = '{ a: images { nodes { id } } b: images { totalCount } c: images { nodes { name } } }';
    expect((await gateway.query(query)).errors).toEqual([]);
    expect(gateway.upstream()).toEqual(['GET /v2/images?page=1&per_page=20']);
  });

  it('are told their length by reading on where no answer tells it', async () => {
    await using gateway = await TestGateway.withImages(100, { LIST_TTL_MS: '0' });
    const answers = gateway.sandbox.control;
    answers.addFault({ match: { query: { per_page: '20' } }, body: { images: rowsOf(20) } });
    answers.addFault({ match: { query: { per_page: '200' } }, body: { images: rowsOf(100) } });
    const { data, errors } = await gateway.query(
      '{ images(first: 20) { totalCount pageInfo { hasNextPage } } }',
    );
    expect(errors).toEqual([]);
    expect(data).toEqual({ images: { totalCount: 100, pageInfo: { hasNextPage: true } } });
  });

  it('and rows that cannot be read are walked past', async () => {
    for (const env of [{ LIST_TTL_MS: '0' }, { LIST_MAX_IMAGES: '200' }]) {
      await using gateway = await TestGateway.start({ env });
      const rows = rowsOf(300).map((row) => (row.id === 255 ? { name: 'no id' } : row));
      gateway.sandbox.control.replace({ token: 'sandbox', images: rows });
      const seen: string[] = [];
      let after: unknown = null;
      for (let more = true; more;) {
        const page =
          'query ($after: String) { images(first: 20, after: $after) { nodes { imageId } pageInfo { endCursor hasNextPage } } }';
        const { data, errors } = await gateway.query(page, { after });
        expect(errors).toEqual([]);
        const { nodes, pageInfo } = Object(data?.['images']);
        for (const { imageId } of nodes) seen.push(imageId);
        after = pageInfo.endCursor;
        more = pageInfo.hasNextPage;
      }
      expect(seen).toEqual(
        rowsOf(300)
          .map(({ id }) => String(id))
          .filter((id) => id !== '255'),
      );
    }
  });

  it('are shown to their end', async () => {
    await using gateway = await TestGateway.withImages(500, { LIST_MAX_IMAGES: '200' });
    const { data } = await gateway.query(
      '{ images(last: 20) { totalCount nodes { id } pageInfo { hasPreviousPage hasNextPage } } }',
    );
    expect(data).toMatchObject({
      images: { totalCount: 500, pageInfo: { hasPreviousPage: true, hasNextPage: false } },
    });
    expect(Object(data?.['images']).nodes).toHaveLength(20);
  });
});
