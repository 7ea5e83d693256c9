import { describe, expect, it } from 'vitest';

import { TestGateway } from './support/test-gateway.ts';

describe('a list that requests read together', () => {
  it('has the time of the request that has most of it, whoever asked first', async () => {
    await using gateway = await TestGateway.withImages(300, {
      REQUEST_TIMEOUT_MS: '3500',
      UPSTREAM_TIMEOUT_MS: '2400',
    });
    const { control } = gateway.sandbox;
    control.addFault({ latencyMs: 1_700, match: { query: { page: '1' } } });
    // The first request has less time left then than another attempt may take, the second has more.
    control.addFault({ status: 503, times: 1, match: { query: { page: '2' } } });
    const leaving = new AbortController();
    const query = '{ images(last: 1) { totalCount nodes { id } } }';
    const first = gateway.query(query, {}, { signal: leaving.signal }).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 1_300));
    const second = gateway.query(query);
    await new Promise((resolve) => setTimeout(resolve, 100));
    leaving.abort();
    await first;
    expect(await second).toMatchObject({ data: { images: { totalCount: 300 } }, errors: [] });
    expect(gateway.upstream().map((call) => /[?&]page=(\d)/.exec(call)?.[1])).toEqual(['1', '2', '2']);
  });
});
