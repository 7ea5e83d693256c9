import { describe, expect, it } from 'vitest';

import { TestGateway } from './support/test-gateway.ts';

describe('a list that requests read together', () => {
  it('has the time of the request that has most of it, whoever asked first', async () => {
    await using gateway = await TestGateway.withImages(300, {
      REQUEST_TIMEOUT_MS: '5000',
      UPSTREAM_TIMEOUT_MS: '3000',
    });
    const { control } = gateway.sandbox;
    control.addFault({ latencyMs: 2_500, match: { query: { page: '1' } } });
    // The first request has less time left then than another attempt may take, the second has more.
    control.addFault({ status: 503, times: 1, match: { query: { page: '2' } } });
    const leaving = new AbortController();
    const query = '{ images(last: 1) { totalCount nodes { id } } }';
    const first = gateway.query(query, {}, { signal: leaving.signal }).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 1_700));
    const second = gateway.query(query);
    await new Promise((resolve) => setTimeout(resolve, 100));
    leaving.abort();
    await first;
    expect(await second).toMatchObject({ data: { images: { totalCount: 300 } }, errors: [] });
    expect(gateway.upstream().map((call) => /[?&]page=(\d)/.exec(call)?.[1])).toEqual(['1', '2', '2']);
  });
});

describe.each([{ LIST_TTL_MS: '0' }, { LIST_TTL_MS: '15000' }])(
  'requests that wait for the same, under %j',
  (env) => {
    const QUERY = 'query Q { images(first: 3) { totalCount } }';

    /** A gateway that knows the query, and has nothing cached of what it asks for. */
    async function start(times: Record<string, string>): Promise<TestGateway> {
      const gateway = await TestGateway.start({ env: { ...env, ...times } });
      for (let time = 0; time < 2; time += 1) await gateway.query(QUERY);
      gateway.clock.nowMs += 1_000_000;
      gateway.upstream();
      return gateway;
    }

    it('have a deadline each: one that is over takes nothing from the others', async () => {
      await using gateway = await start({ REQUEST_TIMEOUT_MS: '3000', UPSTREAM_TIMEOUT_MS: '600' });
      // The second attempt, which begins within 850 ms, is answered when the first request has ended.
      gateway.sandbox.control.addFault({ latencyMs: 3_000 });
      const first = gateway.query(QUERY);
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      const second = gateway.query(QUERY);
      expect(await first).toMatchObject({
        data: { images: null },
        errors: [{ extensions: { code: 'UPSTREAM_TIMEOUT', timeoutMs: 3_000 } }],
      });
      expect(await second).toMatchObject({ data: { images: { totalCount: 80 } }, errors: [] });
      expect(gateway.upstream()).toHaveLength(2);
    });

    it('have what has arrived when their time is over', async () => {
      await using gateway = await start({ REQUEST_TIMEOUT_MS: '1000' });
      const query = '{ images(first: 1) { nodes { imageId actions(first: 1) { totalCount } } } }';
      const { data } = await gateway.query(query);
      const [{ imageId }] = Object(data?.['images']).nodes;
      gateway.clock.nowMs += 1_000_000;
      gateway.upstream();
      gateway.sandbox.control.addFault({
        latencyMs: 2_000,
        match: { path: `/v2/images/${imageId}/actions` },
      });
      for (const answer of await Promise.all([gateway.query(query), gateway.query(query)])) {
        expect(answer).toMatchObject({
          data: { images: { nodes: [{ imageId, actions: null }] } },
          errors: [{ path: ['images', 'nodes', 0, 'actions'], extensions: { code: 'UPSTREAM_TIMEOUT' } }],
        });
      }
      expect(gateway.upstream().filter((call) => call.startsWith('GET /v2/images?'))).toHaveLength(1);
    });

    it('keep their deadline where one of them has failed and ended', async () => {
      await using gateway = await start({ REQUEST_TIMEOUT_MS: '1500', UPSTREAM_TIMEOUT_MS: '60000' });
      const query =
        '{ images(first: 3) { totalCount } mine: images(first: 3, filter: { private: true }) { totalCount } }';
      for (let time = 0; time < 2; time += 1) await gateway.query(query);
      gateway.clock.nowMs += 1_000_000;
      // One list fails, so that each request is executed for itself from then on, and the other hangs.
      gateway.sandbox.control.addFault({
        status: 403,
        latencyMs: 1_000,
        match: { query: { private: 'true' } },
      });
      gateway.sandbox.control.addFault({ latencyMs: 5_000 });
      const first = gateway.query(query);
      await new Promise((resolve) => setTimeout(resolve, 400));
      const second = gateway.query(query);
      for (const { errors } of [await first, await second]) {
        const codes = errors.map(({ path, extensions }) => [path?.[0], extensions['code']]);
        expect(Object.fromEntries(codes)).toMatchObject({ images: 'UPSTREAM_TIMEOUT' });
      }
    });
  },
);
