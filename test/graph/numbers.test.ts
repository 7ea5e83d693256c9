import { describe, expect, it } from 'vitest';

import { TestGateway } from '../support/test-gateway.ts';

/** The first is the largest that a GraphQL `Int` holds. */
const REPRESENTABLE = ['2147483647', '0'];
const UNUSABLE = [
  '2147483648',
  '3000000000',
  '9007199254740993',
  '1e400',
  '-1',
  '0.5',
  '-1e400',
  '"7"',
  'null',
];

/** `rows` images as the API writes them, each with what is given, under a total that is JSON as it stands. */
function pageOf(rows: number, image: string, total: string): string {
  const images = Array.from({ length: rows }, (_, index) => `{"id":${index + 1},"name":"a"${image}}`);
  return `{"images":[${images.join(',')}],"links":{},"meta":{"total":${total}}}`;
}

describe('a number of the API that GraphQL cannot represent', () => {
  it.each(UNUSABLE)('is not taken for the total of a list: %s', async (total) => {
    for (const env of [{}, { LIST_TTL_MS: '0' }]) {
      await using gateway = await TestGateway.start({ env });
      // Full pages of 20, and one of 200 that shows the end.
      gateway.sandbox.control.addFault({ body: pageOf(20, '', total) });
      const { data, errors } = await gateway.query(
        `{ a: images(first: 20) { totalCount nodes { imageId } pageInfo { hasNextPage } }
           b: images(last: 5, orderBy: { field: NAME, direction: ASC }) { totalCount } }`,
      );
      expect(errors).toEqual([]);
      expect(data).toMatchObject({
        a: { totalCount: 20, pageInfo: { hasNextPage: false } },
        b: { totalCount: 20 },
      });
    }
  });

  it('is not far: the largest total that it can is compared with the rows, at both ends of the list', async () => {
    for (const env of [{}, { LIST_TTL_MS: '0' }, { LIST_MAX_IMAGES: '100000' }]) {
      for (const window of ['last: 5', 'first: 30', 'last: 5, filter: { nameContains: "a" }']) {
        await using gateway = await TestGateway.start({ env });
        gateway.sandbox.control.addFault({ body: pageOf(20, '', '2147483647') });
        const { data, errors } = await gateway.query(`{ images(${window}) { totalCount } }`);
        expect(errors).toEqual([]);
        expect([20, 2_147_483_647]).toContain(Object(data?.['images']).totalCount);
        const { data: rows } = await gateway.query(`{ images(${window}) { totalCount nodes { imageId } } }`);
        expect(rows).toMatchObject({ images: { totalCount: 20 } });
        expect(Object(rows?.['images']).nodes).toHaveLength(window.startsWith('last') ? 5 : 20);
        expect(gateway.upstream().length).toBeLessThanOrEqual(12);
      }
    }
  });

  it.each([...UNUSABLE, '2147483647.5'])('is null where it is the size of an image: %s', async (size) => {
    await using gateway = await TestGateway.start();
    const image = `,"min_disk_size":${size},"size_gigabytes":${size}`;
    gateway.sandbox.control.addFault({ body: pageOf(1, image, '1') });
    const { data, errors } = await gateway.query(
      '{ images(first: 1, filter: { types: [UNKNOWN] }, orderBy: { field: SIZE_GIGABYTES, direction: DESC }) { nodes { minDiskSize sizeGigabytes } } }',
    );
    expect(errors).toEqual([]);
    const number: unknown = JSON.parse(size);
    const isSize = typeof number === 'number' && Number.isFinite(number) && number >= 0;
    expect(data).toEqual({
      images: { nodes: [{ minDiskSize: null, sizeGigabytes: isSize ? number : null }] },
    });
  });

  it.each(REPRESENTABLE)('is none of these: %s', async (number) => {
    await using gateway = await TestGateway.start();
    const image = `,"min_disk_size":${number},"size_gigabytes":${number}`;
    gateway.sandbox.control.addFault({
      body: pageOf(1, image, '1'),
      headers: {
        'ratelimit-limit': number,
        'ratelimit-remaining': number,
        'ratelimit-reset': '253402300799',
      },
    });
    const { data, errors } = await gateway.query(
      '{ images(first: 1) { nodes { minDiskSize sizeGigabytes } } rateLimit { limit remaining resetAt } }',
    );
    expect(errors).toEqual([]);
    expect(data).toEqual({
      images: { nodes: [{ minDiskSize: Number(number), sizeGigabytes: Number(number) }] },
      rateLimit: {
        limit: Number(number),
        remaining: Number(number),
        resetAt: '9999-12-31T23:59:59.000Z',
      },
    });
  });

  it.each([
    { 'ratelimit-limit': '2147483648' },
    { 'ratelimit-limit': '99999999999' },
    { 'ratelimit-remaining': '3000000000' },
    { 'ratelimit-remaining': '1e400' },
    { 'ratelimit-reset': '253402300800' },
    { 'ratelimit-reset': '8640000000001' },
    { 'ratelimit-reset': '9'.repeat(400) },
    { 'ratelimit-reset': '-1' },
  ])('makes the budget one that is not known: %j', async (headers) => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ headers });
    const { data, errors, extensions } = await gateway.query(
      '{ images { totalCount } rateLimit { limit remaining resetAt } }',
      {},
      { headers: { 'x-explain': '1' } },
    );
    expect(errors).toEqual([]);
    expect(data).toEqual({ images: { totalCount: 80 }, rateLimit: null });
    expect(extensions).toMatchObject({ upstream: { remaining: null } });
  });

  it.each(['275760-09-13T00:00:00Z', '9999-12-31T23:59:59-23:59', '0000-01-01T00:00:00+23:59', '1e400'])(
    'and a date beyond what a DateTime can represent are null: %s',
    async (date) => {
      await using gateway = await TestGateway.start();
      gateway.sandbox.control.addFault({
        match: { path: '/v2/images' },
        body: pageOf(1, `,"created_at":"${date}"`, '1'),
      });
      gateway.sandbox.control.addFault({
        body: {
          actions: [{ id: 1, type: 'transfer', status: 'completed', started_at: date, completed_at: date }],
          links: {},
          meta: { total: 1 },
        },
      });
      const { data, errors } = await gateway.query(
        '{ images(first: 1) { nodes { createdAt actions { totalCount nodes { startedAt completedAt } } } } }',
      );
      expect(errors).toEqual([]);
      expect(data).toEqual({
        images: {
          nodes: [
            {
              createdAt: null,
              actions: { totalCount: 1, nodes: [{ startedAt: null, completedAt: null }] },
            },
          ],
        },
      });
    },
  );
});
