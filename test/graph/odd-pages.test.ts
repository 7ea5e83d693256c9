import { describe, expect, it } from 'vitest';

import type { OddPage } from '../../src/sandbox/odd-pages.ts';
import { type Answer, TestGateway } from '../support/test-gateway.ts';

const WINDOW = `query ($size: Int, $after: String) {
  images(first: $size, after: $after) {
    totalCount nodes { imageId } pageInfo { hasNextPage endCursor }
  }
}`;

interface Connection {
  readonly totalCount: number;
  readonly nodes: readonly { readonly imageId: string }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** Walks over the list by so many images a page: all ids in order, and the total of the last page. */
async function walk(gateway: TestGateway, size: number): Promise<{ ids: string[]; total: number }> {
  const ids: string[] = [];
  let after: string | null = null;
  for (;;) {
    const answer: Answer = await gateway.query(WINDOW, { size, after });
    expect(answer.errors).toEqual([]);
    const connection: Connection = Object(answer.data?.['images']);
    ids.push(...connection.nodes.map(({ imageId }) => imageId));
    if (!connection.pageInfo.hasNextPage) return { ids, total: connection.totalCount };
    after = connection.pageInfo.endCursor;
  }
}

/** The list as the API pages it soundly. */
async function listOf(count: number): Promise<string[]> {
  await using gateway = await TestGateway.withImages(count);
  return (await walk(gateway, 200)).ids;
}

const BOTH = [{}, { LIST_TTL_MS: '0' }];

describe('a list of 450 images', () => {
  it.each<[string, OddPage]>([
    ['of which the API gives a hundred a page', { cap: 100 }],
    ['of which the API gives twenty a page, whatever it is asked for', { cap: 20 }],
    ['with a total that is too low', { total: 100 }],
    ['with a total of nothing', { total: 0 }],
    ['without a total', { total: null }],
    ['with a total that is too high', { total: 470 }],
    ['with a total beyond the longest list that is read', { total: 5_000 }],
    ['without links', { next: false }],
    ['with a link to a next page on every page', { next: true }],
    ['with such links and no total', { next: true, total: null }],
    ['of which the API gives a hundred a page, and no total', { cap: 100, total: null }],
    ['of which the API gives a hundred a page, and no links', { cap: 100, next: false }],
  ])('%s, is shown whole, each image once', async (_, page) => {
    const ids = await listOf(450);
    for (const [env, size] of [
      [{}, 20],
      [{}, 150],
      [{ LIST_TTL_MS: '0' }, 150],
    ] as const) {
      await using gateway = await TestGateway.withImages(450, env);
      gateway.sandbox.control.addFault({ page });
      expect(await walk(gateway, size)).toEqual({ ids, total: 450 });
    }
  });

  it('whose pages lack two rows each is shown without those, and its total is what is shown', async () => {
    const ids = await listOf(450);
    const shown = [...ids.slice(0, 198), ...ids.slice(200, 398), ...ids.slice(400, 448)];
    await using gateway = await TestGateway.withImages(450);
    gateway.sandbox.control.addFault({ match: { query: { per_page: '200' } }, page: { omit: 2 } });
    const { data, errors } = await gateway.query(
      '{ images(last: 1) { totalCount nodes { imageId } pageInfo { hasNextPage hasPreviousPage } } }',
    );
    expect(errors).toEqual([]);
    expect(data).toEqual({
      images: {
        totalCount: shown.length,
        nodes: [{ imageId: shown.at(-1) }],
        pageInfo: { hasNextPage: false, hasPreviousPage: true },
      },
    });
    expect(await walk(gateway, 200)).toEqual({ ids: shown, total: shown.length });
  });

  it('of which one page was short for a moment is read once more, and is exact', async () => {
    await using gateway = await TestGateway.withImages(450);
    gateway.sandbox.control.addFault({ times: 1, page: { omit: 2 } });
    const { data } = await gateway.query(
      '{ images(last: 1) { totalCount nodes { imageId } pageInfo { hasNextPage } } }',
    );
    const last = (await listOf(450)).at(-1);
    expect(data).toEqual({
      images: { totalCount: 450, nodes: [{ imageId: last }], pageInfo: { hasNextPage: false } },
    });
    // Four, since the total said at the end that more follows, and then three.
    expect(gateway.upstream()).toHaveLength(7);
  });

  it('of which one page comes in place of the others is an error, and not a shorter list', async () => {
    for (const env of BOTH) {
      await using gateway = await TestGateway.withImages(450, env);
      const page = await fetch(new URL('/v2/images?page=1&per_page=200', gateway.sandbox.url), {
        headers: { authorization: 'Bearer sandbox' },
      });
      gateway.sandbox.control.addFault({ match: { query: { per_page: '200' } }, body: await page.text() });
      gateway.upstream();
      const { data, errors } = await gateway.query(
        '{ images(first: 200, filter: { nameContains: "" }) { totalCount } }',
      );
      expect(data?.['images'] ?? null).toBeNull();
      expect(errors).toMatchObject([
        { path: ['images'], extensions: { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'PAGING' } },
      ]);
      expect(gateway.upstream().length).toBeLessThanOrEqual(6);
    }
  });
});

describe('an API that gives 500 rows whatever page it is asked for', () => {
  const images = Array.from({ length: 500 }, (_, index) => ({ id: index + 1, name: `image ${index + 1}` }));
  const links = { pages: { next: 'https://api.digitalocean.com/v2/images?page=2' } };

  it.each([
    [500, {}],
    [500, links],
    [null, {}],
    [null, links],
    [0, links],
    [7, {}],
  ])('is asked three times at the most (total %j, links %j)', async (total, linked) => {
    for (const env of BOTH) {
      for (const first of [10, 200]) {
        await using gateway = await TestGateway.start({ env });
        gateway.sandbox.control.addFault({ body: { images, links: linked, meta: { total } } });
        const { data, errors } = await gateway.query(WINDOW, { size: first });
        expect(errors).toEqual([]);
        const connection: Connection = Object(data?.['images']);
        expect(connection).toMatchObject({ totalCount: 500, pageInfo: { hasNextPage: true } });
        expect(connection.nodes.map(({ imageId }) => imageId)).toEqual(
          images.slice(0, first).map(({ id }) => String(id)),
        );
        expect(gateway.upstream().length).toBeLessThanOrEqual(3);
      }
    }
  });
});

describe('the actions of an image', () => {
  const ACTIONS =
    'query ($first: Int, $last: Int) { image(imageId: "230000044") { actions(first: $first, last: $last) { totalCount nodes { actionId } pageInfo { hasNextPage hasPreviousPage } } } }';

  async function withActions(): Promise<TestGateway> {
    const gateway = await TestGateway.start();
    const regions = ['ams3', 'blr1', 'fra1', 'lon1', 'sgp1', 'syd1', 'tor1'];
    await gateway.query(
      'mutation ($regions: [ID!]!) { transferImage(input: { id: "do:image:230000044", regions: $regions }) { actions { actionId } } }',
      { regions },
    );
    return gateway;
  }

  it.each<[string, OddPage]>([
    ['come two a page', { cap: 2 }],
    ['have a total that is too low', { cap: 2, total: 1 }],
    ['have no total', { cap: 2, total: null }],
    ['have a total that is too high', { total: 9 }],
    ['have a link to a next page on every page', { next: true }],
  ])('are all there where they %s', async (_, page) => {
    await using gateway = await withActions();
    const sound = await gateway.query(ACTIONS, { first: 20 });
    const total: unknown = Object(sound.data?.['image']).actions.totalCount;
    expect(total).toBeGreaterThanOrEqual(5);
    gateway.sandbox.control.addFault({ match: { path: '/v2/images/230000044/actions' }, page });
    expect((await gateway.query(ACTIONS, { first: 20 })).data).toEqual(sound.data);
    const { data } = await gateway.query(ACTIONS, { last: 2 });
    expect(data).toMatchObject({
      image: {
        actions: {
          totalCount: total,
          nodes: Object(sound.data?.['image']).actions.nodes.slice(-2),
          pageInfo: { hasNextPage: false, hasPreviousPage: true },
        },
      },
    });
  });

  it('of which one page comes in place of the others are an error', async () => {
    await using gateway = await withActions();
    const actions = [1, 2].map((id) => ({ id, type: 'transfer', status: 'completed' }));
    const links = { pages: { next: 'https://api.digitalocean.com/v2/images/230000044/actions?page=2' } };
    gateway.sandbox.control.addFault({
      match: { path: '/v2/images/230000044/actions' },
      body: { actions, links, meta: { total: 5 } },
    });
    const { errors } = await gateway.query(ACTIONS, { first: 20 });
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'PAGING' } }]);
  });
});
