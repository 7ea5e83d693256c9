import { describe, expect, it } from 'vitest';

import {
  type ImageFilter,
  PickerDocument,
  type PickerQuery,
  type PickerQueryVariables,
} from '../generated/graphql.ts';
import { TestGateway } from '../support/test-gateway.ts';

/** Ubuntu images available in nyc3 and fra1, newest first, named "LTS", that fit a 25 GB disk. */
const PICK = {
  filter: { distributions: ['UBUNTU'], regions: ['nyc3', 'fra1'], nameContains: 'LTS', fitsDiskSize: 25 },
  orderBy: { field: 'CREATED_AT', direction: 'DESC' },
} as const;

const WITHOUT_CATEGORY = `query ($filter: ImageFilter, $orderBy: ImageOrder, $after: String) {
  images(first: 20, after: $after, filter: $filter, orderBy: $orderBy) {
    totalCount nodes { name createdAt regions { slug } minDiskSize distribution } pageInfo { endCursor hasNextPage }
    facets { distributions { value count } regions { value count } types { value count } statuses { value count } }
  }
}`;

describe('an image picker', () => {
  it('is one query of as many calls as the list has pages, and none while it is fresh', async () => {
    await using gateway = await TestGateway.withImages(300);
    const { data, errors } = await gateway.query(WITHOUT_CATEGORY, PICK);
    expect(errors).toEqual([]);
    expect(gateway.upstream()).toEqual([
      'GET /v2/images?page=1&per_page=200',
      'GET /v2/images?page=2&per_page=200',
    ]);
    expect(data).toMatchObject({
      images: {
        totalCount: 3,
        nodes: ['26.04 (LTS) x64', '24.04 (LTS) x64', '22.04 (LTS) x64'].map((name) => ({
          name,
          distribution: 'UBUNTU',
        })),
        facets: {
          distributions: [{ value: 'UBUNTU', count: 3 }],
          statuses: [{ value: 'AVAILABLE', count: 3 }],
        },
      },
    });
    await gateway.query(WITHOUT_CATEGORY, PICK);
    await gateway.query(WITHOUT_CATEGORY, { ...PICK, filter: { ...PICK.filter, nameContains: '22' } });
    expect(gateway.upstream()).toEqual([]);
  });

  it('tells the category of each image for two more lists at most, once for all of them', async () => {
    await using gateway = await TestGateway.start();
    const { data, errors } = await gateway.query(PickerDocument, { first: 200 });
    expect(errors).toEqual([]);
    const nodes = data?.images?.nodes ?? [];
    const count = (category: string | null) => nodes.filter((node) => node.category === category).length;
    expect([count('APPLICATION'), count('DISTRIBUTION'), count(null)]).toEqual([42, 25, 13]);
    expect(gateway.upstream()).toEqual([
      'GET /v2/images?page=1&per_page=200',
      'GET /v2/images?page=1&per_page=200&type=distribution',
      'GET /v2/images?page=1&per_page=200&type=application',
    ]);
    await gateway.query(PickerDocument, { first: 200 });
    expect(gateway.upstream()).toEqual([]);
  });

  it('fails for those images only whose category the failing list would tell', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ match: { query: { type: 'application' } }, status: 503 });
    const { data, errors } = await gateway.query('{ images(first: 200) { nodes { public category } } }');
    const nodes: { category: string | null }[] = Object(data?.['images']).nodes;
    expect(nodes.filter(({ category }) => category === 'DISTRIBUTION')).toHaveLength(25);
    expect(errors).toHaveLength(42);
  });

  it('knows the category that it filters by', async () => {
    await using gateway = await TestGateway.start({ env: { LIST_TTL_MS: '0' } });
    const { data } = await gateway.query(
      '{ images(filter: { category: APPLICATION }, first: 3) { nodes { category } } }',
    );
    expect(data).toEqual({
      images: { nodes: Array.from({ length: 3 }, () => ({ category: 'APPLICATION' })) },
    });
    expect(gateway.upstream()).toHaveLength(1);
  });

  it('needs no second list where the first one tells it all', async () => {
    await using gateway = await TestGateway.start();
    const query =
      '{ image(slug: "ubuntu-24-04-x64") { category } images(filter: { private: true }) { nodes { category } } }';
    const { data } = await gateway.query(query);
    expect(data).toMatchObject({ image: { category: 'DISTRIBUTION' } });
    expect(gateway.upstream()).toHaveLength(3);
    await using other = await TestGateway.start();
    await other.query('{ images(filter: { private: true }) { nodes { category } } }');
    expect(other.upstream()).toHaveLength(1);
    await other.query('{ images(filter: { category: DISTRIBUTION }, first: 5) { nodes { category } } }');
    expect(other.upstream()).toEqual(['GET /v2/images?page=1&per_page=5&type=distribution']);
  });

  it('counts the categories as well, where they are selected', async () => {
    await using gateway = await TestGateway.start();
    const facets = 'facets { categories { value count } }';
    const { data } = await gateway.query(
      `{ all: images { ${facets} } some: images(filter: { category: APPLICATION }) { ${facets} } }`,
    );
    expect(data).toMatchObject({
      all: {
        facets: {
          categories: [
            { value: 'APPLICATION', count: 42 },
            { value: 'DISTRIBUTION', count: 25 },
          ],
        },
      },
      some: { facets: { categories: [{ value: 'APPLICATION', count: 42 }] } },
    });
  });

  it('combines its conditions with those that the API answers', async () => {
    await using gateway = await TestGateway.start();
    const filter: ImageFilter = { category: 'DISTRIBUTION', distributions: ['DEBIAN'] };
    const { data } = await gateway.query(PickerDocument, { filter });
    expect(data?.images?.nodes.every(({ name }) => name.includes('x'))).toBe(true);
    expect(data?.images?.totalCount).toBeGreaterThan(1);
    expect(gateway.upstream()).toEqual(['GET /v2/images?page=1&per_page=200&type=distribution']);
  });

  it('is walked page by page in its order', async () => {
    await using gateway = await TestGateway.start();
    const orderBy = { field: 'NAME', direction: 'ASC' } as const;
    const names: string[] = [];
    let after: string | null = null;
    for (let hasNextPage = true; hasNextPage;) {
      const images: PickerQuery['images'] | undefined = (
        await gateway.query(PickerDocument, { first: 7, after, orderBy })
      ).data?.images;
      names.push(...(images?.nodes ?? []).map(({ name }) => name));
      after = images?.pageInfo.endCursor ?? null;
      hasNextPage = images?.pageInfo.hasNextPage ?? false;
    }
    expect(names).toHaveLength(80);
    expect(names.map((name) => name.toLowerCase())).toEqual(
      names.map((name) => name.toLowerCase()).toSorted(),
    );
  });

  it('refuses a cursor of another order or another condition', async () => {
    await using gateway = await TestGateway.start();
    const { data } = await gateway.query(PickerDocument, { first: 3, orderBy: PICK.orderBy });
    const after = data?.images?.pageInfo.endCursor ?? null;
    const others: PickerQueryVariables[] = [
      {},
      { orderBy: { field: 'CREATED_AT', direction: 'ASC' } },
      { orderBy: PICK.orderBy, filter: { types: ['BASE'] } },
    ];
    for (const rest of others) {
      const { errors } = await gateway.query(PickerDocument, { first: 3, after, ...rest });
      expect(errors).toMatchObject([{ extensions: { argument: 'after', reason: 'CURSOR_MISMATCH' } }]);
    }
    const again = await gateway.query(PickerDocument, {
      first: 3,
      after,
      orderBy: PICK.orderBy,
      filter: { types: null },
    });
    expect(again.errors).toEqual([]);
  });

  it.each([
    ['filter.regions', { regions: ['NYC 3'] }],
    ['filter.types', { types: Array.from({ length: 101 }, () => 'BASE') }],
    ['filter.nameContains', { nameContains: 'x'.repeat(256) }],
    ['filter.fitsDiskSize', { fitsDiskSize: -1 }],
  ])('names %s where it is outside its form, without a call', async (argument, filter) => {
    await using gateway = await TestGateway.start();
    const { errors } = await gateway.query(WITHOUT_CATEGORY, { filter });
    expect(errors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT', argument, reason: 'INVALID_VALUE' } },
    ]);
    expect(gateway.upstream()).toEqual([]);
  });

  it.each(['yesterday', '2026-03-21', '2026-13-41T00:00:00Z', 5])(
    'takes %j for no date',
    async (createdAfter) => {
      await using gateway = await TestGateway.start();
      const { errors } = await gateway.query(WITHOUT_CATEGORY, { filter: { createdAfter } });
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
      expect(errors[0]?.message).toContain('RFC 3339');
    },
  );
});

describe('many images at once', () => {
  it('are found where the list is at the limit and has a row that cannot be read', async () => {
    await using gateway = await TestGateway.start({ env: { LIST_MAX_IMAGES: '200' } });
    const images = Array.from({ length: 201 }, (_, index) =>
      index === 7 ? { name: 'no id' } : { id: 1_000 + index },
    );
    gateway.sandbox.control.replace({ token: 'sandbox', images });
    const ids = [1_000, 1_150, 1_200, 5, 6, 7].map((id) => `do:image:${id}`);
    const { data, errors } = await gateway.query('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids });
    expect(errors).toEqual([]);
    expect(data).toEqual({ nodes: [{ id: ids[0] }, { id: ids[1] }, { id: ids[2] }, null, null, null] });
  });

  it('are asked for one by one where the list does not tell its length', async () => {
    await using gateway = await TestGateway.start({ env: { LIST_MAX_IMAGES: '200' } });
    const images = Array.from({ length: 200 }, (_, index) => ({ id: 1_000 + index }));
    gateway.sandbox.control.addFault({ match: { path: '/v2/images' }, body: { images } });
    const ids = ['do:image:195932981', 'do:image:135509519', 'do:image:5'];
    const { data, errors } = await gateway.query('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids });
    expect(errors).toEqual([]);
    expect(data).toEqual({ nodes: [{ id: ids[0] }, { id: ids[1] }, null] });
  });

  /** The ids that the API lists last. */
  async function lastIds(gateway: TestGateway, total: number, count: number): Promise<number[]> {
    const ids: number[] = [];
    for (let page = 1; page <= Math.ceil(total / 200); page += 1) {
      const url = new URL(`/v2/images?page=${page}&per_page=200`, gateway.sandbox.url);
      const response = await fetch(url, { headers: { authorization: 'Bearer sandbox' } });
      const { images } = await response.json();
      for (const { id } of images) ids.push(id);
    }
    gateway.upstream();
    return ids.slice(-count);
  }

  it.each([
    ['a hundred of 300', 300, 100, 2],
    ['a hundred of 1,000', 1_000, 100, 5],
    ['four of 300', 300, 4, 3],
    ['two of 300', 300, 2, 2],
  ])('cost the fewest calls: %s', async (_, total, count, calls) => {
    await using gateway = await TestGateway.withImages(total);
    const ids = await lastIds(gateway, total, count);
    const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';
    const { data, errors } = await gateway.query(query, { ids: ids.map((id) => `do:image:${id}`) });
    expect(errors).toEqual([]);
    expect(data).toEqual({ nodes: ids.map((id) => ({ id: `do:image:${id}` })) });
    expect(gateway.upstream().length).toBeLessThanOrEqual(calls);
    await gateway.query(query, { ids: ids.map((id) => `do:image:${id}`) });
    expect(gateway.upstream().length).toBeLessThanOrEqual(count <= 2 ? 2 : 0);
  });
});
