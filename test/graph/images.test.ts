import { describe, expect, it } from 'vitest';

import documentedList from '../fixtures/documented-list.json' with { type: 'json' };
import { ImagesDocument, type ImagesQueryVariables } from '../generated/graphql.ts';
import { TestGateway } from '../support/test-gateway.ts';

const FIRST_20 = 'GET /v2/images?page=1&per_page=20';
const FIRST_200 = 'GET /v2/images?page=1&per_page=200';
const SECOND_200 = 'GET /v2/images?page=2&per_page=200';

async function read(gateway: TestGateway, variables: ImagesQueryVariables) {
  const { data, errors } = await gateway.query(ImagesDocument, variables);
  expect(errors).toEqual([]);
  if (data?.images == null) throw new Error('no images');
  return data.images;
}

/** Walks the whole list and gives the ids it was shown, in the list's order. */
async function walk(
  gateway: TestGateway,
  step: { first: number } | { last: number },
  betweenPages: (page: number) => void = () => {},
) {
  const shown: string[] = [];
  const forward = 'first' in step;
  let cursor: string | null = null;
  for (let page = 1; page <= 400; page += 1) {
    const images = await read(gateway, { ...step, [forward ? 'after' : 'before']: cursor });
    const ids = images.edges.map(({ node }) => node.imageId);
    if (forward) shown.push(...ids);
    else shown.unshift(...ids);
    cursor = forward ? images.pageInfo.endCursor : images.pageInfo.startCursor;
    if (!(forward ? images.pageInfo.hasNextPage : images.pageInfo.hasPreviousPage)) return shown;
    betweenPages(page);
  }
  throw new Error('the walk did not end');
}

describe('Query.images, in upstream calls', () => {
  it('is one page of just the window at first', async () => {
    await using gateway = await TestGateway.withImages(300);
    const images = await read(gateway, { first: 20 });
    expect(gateway.upstream()).toEqual([FIRST_20]);
    expect(images).toMatchObject({
      totalCount: 300,
      pageInfo: { hasNextPage: true, hasPreviousPage: false },
    });
    expect(images.edges).toHaveLength(20);
  });

  it('is four at most for a walk over 300 by 20', async () => {
    await using gateway = await TestGateway.withImages(300);
    expect(new Set(await walk(gateway, { first: 20 })).size).toBe(300);
    expect(gateway.upstream()).toEqual([FIRST_20, FIRST_200, FIRST_200, SECOND_200]);
  });

  it('tells the flags of a page at the edge of what was read from the whole list', async () => {
    await using gateway = await TestGateway.withImages(219);
    const { edges } = await read(gateway, { first: 200 });
    const after = edges.at(-2)?.cursor ?? null;
    gateway.sandbox.control.insert({
      token: 'sandbox',
      images: [
        { name: 'new', at: 'head' },
        { name: 'new', at: 'head' },
      ],
    });
    gateway.clock.nowMs += 60_000;
    // The image of the cursor is now the 201st of 221, beyond the first 200; 20 follow it.
    expect(await read(gateway, { first: 20, after })).toMatchObject({
      totalCount: 221,
      pageInfo: { hasNextPage: false },
    });
  });

  it('is one for the last 20 of 150', async () => {
    await using gateway = await TestGateway.withImages(150);
    const images = await read(gateway, { last: 20 });
    expect(gateway.upstream()).toEqual([FIRST_200]);
    expect(images).toMatchObject({
      totalCount: 150,
      pageInfo: { hasNextPage: false, hasPreviousPage: true },
    });
  });

  it.each([
    ['the total alone', '{ images { totalCount } }', 1],
    ['the total alone of a window at the tail', '{ images(last: 20) { totalCount } }', 1],
    [
      'the flags alone of a window at the tail',
      '{ images(last: 20) { pageInfo { hasNextPage hasPreviousPage } } }',
      1,
    ],
    ['the page info alone', '{ images { pageInfo { hasNextPage endCursor } } }', 1],
    ['no rows', '{ images(first: 0) { totalCount edges { cursor } } }', 1],
    ['the type name', '{ __typename }', 0],
    ["the connection's type name", '{ images { __typename pageInfo { __typename } } }', 0],
    ['a skipped field', '{ images { totalCount @skip(if: true) __typename } }', 0],
    [
      'three aliases of one window',
      `{ a: images { nodes { id } } b: images { totalCount } c: images { nodes { name } } }`,
      1,
    ],
    ['the total in a fragment', '{ images { ...T } } fragment T on ImageConnection { totalCount }', 1],
  ])('for %s', async (_, query, calls) => {
    await using gateway = await TestGateway.withImages(300);
    const { errors, data } = await gateway.query(query);
    expect(errors).toEqual([]);
    expect(data).toBeTruthy();
    expect(gateway.upstream()).toHaveLength(calls);
  });

  it('is one for a hundred identical queries that come together', async () => {
    await using gateway = await TestGateway.withImages(300);
    const pages = await Promise.all(Array.from({ length: 100 }, () => read(gateway, { first: 20 })));
    expect(new Set(pages.map((page) => JSON.stringify(page))).size).toBe(1);
    expect(gateway.upstream()).toEqual([FIRST_20]);
  });

  it('is one for a time to live', async () => {
    await using gateway = await TestGateway.withImages(300);
    await read(gateway, { first: 20 });
    gateway.clock.nowMs += 14_999;
    await read(gateway, { first: 20 });
    expect(gateway.upstream()).toHaveLength(1);
    gateway.clock.nowMs += 1;
    await read(gateway, { first: 20 });
    await expect.poll(() => gateway.sandbox.control.requests().count).toBe(1);
  });

  it('is one for each query where lists are not held', async () => {
    await using gateway = await TestGateway.withImages(300, { LIST_TTL_MS: '0' });
    await read(gateway, { first: 20 });
    await read(gateway, { first: 20 });
    expect(gateway.upstream()).toEqual([FIRST_20, FIRST_20]);
  });

  it('sends the filter under the names of the API', async () => {
    await using gateway = await TestGateway.start();
    const all = await read(gateway, {});
    const filters = [
      { category: 'APPLICATION' },
      { category: 'DISTRIBUTION' },
      { private: true },
      { tagName: 'prod' },
    ] as const;
    const totals: number[] = [];
    for (const filter of filters) totals.push((await read(gateway, { filter })).totalCount);
    expect(gateway.upstream()).toEqual([
      FIRST_20,
      `${FIRST_20}&type=application`,
      `${FIRST_20}&type=distribution`,
      `${FIRST_20}&private=true`,
      `${FIRST_20}&tag_name=prod`,
    ]);
    expect(totals.every((total) => total > 0 && total < all.totalCount)).toBe(true);
  });
});

describe('Query.images while the list changes', () => {
  it.each([
    [120, { first: 7 }],
    [120, { last: 7 }],
    [450, { first: 20 }],
    [450, { last: 20 }],
  ])('shows each of %d images that stays exactly once: %j', async (count, step) => {
    await using gateway = await TestGateway.withImages(count);
    const { control } = gateway.sandbox;
    const size = Object.values(step)[0] ?? 0;
    const start = await walk(gateway, { first: 200 });
    const gone = new Set<string>();
    const came = new Set<string>();
    const shown = await walk(gateway, step, (page) => {
      // Every page sees another list: the time to live is over, some images are gone and some are new.
      gateway.clock.nowMs += 60_000;
      const victims = [(page * 37) % count, (page * 53 + 11) % count, page * size - 1, page * size + 2]
        .map((place) => start[place])
        .filter((id) => id !== undefined);
      for (const id of victims) gone.add(id);
      control.delete({ token: 'sandbox', ids: victims.map(Number) });
      for (const at of ['head', 'tail', (page * 29) % 60] as const) {
        for (const id of control.insert({ token: 'sandbox', images: [{ name: 'new', at }] }))
          came.add(String(id));
      }
    });
    const stayed = start.filter((id) => !gone.has(id));
    expect(shown.filter((id) => !came.has(id) && !gone.has(id))).toEqual(stayed);
    expect(new Set(shown).size).toBe(shown.length);
    expect(gone.size).toBeGreaterThan(30);
    expect(stayed.length).toBeGreaterThan(30);
  });

  it('says so when a place in the list can no longer be told', async () => {
    await using gateway = await TestGateway.start();
    const images = Array.from({ length: 60 }, (_, index) => ({ id: 1_000 + ((index * 37) % 60) }));
    gateway.sandbox.control.replace({ token: 'sandbox', images });
    const page = await read(gateway, { first: 30 });
    // Another instance, which has never seen the list as it was when the cursor was cut.
    await using other = await TestGateway.start();
    other.sandbox.control.replace({ token: 'sandbox', images: images.toSpliced(10, 10) });
    const { errors } = await other.query(ImagesDocument, { after: page.edges[15]?.cursor ?? null });
    expect(errors).toMatchObject([
      {
        path: ['images'],
        extensions: { code: 'BAD_USER_INPUT', argument: 'after', reason: 'CURSOR_EXPIRED' },
      },
    ]);
  });
});

describe('Query.images, given something odd', () => {
  it.each([
    ['first', { first: -1 }, 'PAGE_SIZE'],
    ['first', { first: 201 }, 'PAGE_SIZE'],
    ['last', { last: -1 }, 'PAGE_SIZE'],
    ['last', { last: 201 }, 'PAGE_SIZE'],
    ['after', { after: '' }, 'CURSOR_INVALID'],
    ['before', { before: 'https://example.com/' }, 'CURSOR_INVALID'],
    ['filter.tagName', { filter: { tagName: 'a b' } }, 'INVALID_VALUE'],
  ])('names the argument %s in one error, without a call: %j', async (argument, variables, reason) => {
    await using gateway = await TestGateway.start();
    const { errors, data, status } = await gateway.query(ImagesDocument, variables);
    expect(status).toBe(200);
    expect(data).toEqual({ images: null });
    expect(errors).toMatchObject([
      {
        path: ['images'],
        extensions: { code: 'BAD_USER_INPUT', argument, reason, requestId: expect.any(String) },
      },
    ]);
    expect(errors[0]?.message).toContain(`"${argument}"`);
    expect(gateway.upstream()).toEqual([]);
  });

  it('refuses two hundred mangled cursors, each by name and without a call', async () => {
    await using gateway = await TestGateway.withImages(60);
    const { edges } = await read(gateway, { first: 60 });
    gateway.upstream();
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const argument = attempt % 2 === 0 ? 'after' : 'before';
      const cursor = edges[attempt % 60]?.cursor ?? '';
      const place = (attempt * 7) % cursor.length;
      const other = cursor[place] === 'x' ? 'y' : 'x';
      const mangled = [cursor.slice(0, place) + other + cursor.slice(place + 1), cursor.slice(0, place)][
        attempt % 3 === 0 ? 1 : 0
      ];
      const { errors } = await gateway.query(ImagesDocument, { [argument]: mangled });
      expect(errors).toMatchObject([
        { extensions: { code: 'BAD_USER_INPUT', argument, reason: 'CURSOR_INVALID' } },
      ]);
    }
    expect(gateway.upstream()).toEqual([]);
  });

  it('refuses a cursor of another filter', async () => {
    await using gateway = await TestGateway.start();
    const { pageInfo } = await read(gateway, { first: 5 });
    const { errors } = await gateway.query(ImagesDocument, {
      after: pageInfo.endCursor,
      filter: { private: true },
    });
    expect(errors).toMatchObject([
      { extensions: { code: 'BAD_USER_INPUT', argument: 'after', reason: 'CURSOR_MISMATCH' } },
    ]);
  });

  it('takes null for absent and 0 for a number', async () => {
    await using gateway = await TestGateway.withImages(60);
    expect(
      (await read(gateway, { first: null, after: null, last: null, before: null, filter: null })).edges,
    ).toHaveLength(20);
    expect(await read(gateway, { first: 0 })).toMatchObject({
      totalCount: 60,
      edges: [],
      pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: null, endCursor: null },
    });
  });

  it('says that a list is too long to be filtered or sorted, and how to narrow it', async () => {
    await using gateway = await TestGateway.withImages(260, { LIST_MAX_IMAGES: '200' });
    for (const args of ['filter: { nameContains: "a" }', 'orderBy: { field: NAME, direction: ASC }']) {
      const { errors } = await gateway.query(`{ images(${args}) { totalCount } }`);
      expect(errors).toMatchObject([
        { extensions: { code: 'BAD_USER_INPUT', reason: 'RESULT_SET_TOO_LARGE' } },
      ]);
      expect(errors[0]?.message).toContain('Narrow it with');
    }
    expect(gateway.upstream()).toEqual([FIRST_200]);
  });
});

describe('Query.images over rows as the API has them', () => {
  it('gives an edge for each of six rows of which four have one id', async () => {
    await using gateway = await TestGateway.start();
    const { images } = documentedList;
    gateway.sandbox.control.replace({ token: 'sandbox', images });
    const page = await read(gateway, {});
    expect(page.totalCount).toBe(6);
    expect(page.edges.map(({ node }) => node.imageId)).toEqual(images.map(({ id }) => String(id)));
    expect(new Set(page.edges.map(({ cursor }) => cursor)).size).toBe(6);
    expect(await walk(gateway, { first: 1 })).toEqual(images.map(({ id }) => String(id)));
    expect(await walk(gateway, { last: 1 })).toEqual(images.map(({ id }) => String(id)));
  });

  it('serves a page with unknown enum values, nulls and rows that are none', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.replace({
      token: 'sandbox',
      images: [
        {
          id: 1,
          name: null,
          distribution: 'TempleOS',
          type: 'hologram',
          status: 'sleeping',
          regions: null,
          tags: null,
        },
        null,
        { id: 'no id' },
        { id: '2', min_disk_size: 'x', size_gigabytes: {}, created_at: 'yesterday' },
      ],
    });
    const { data, errors } = await gateway.query(
      '{ images { totalCount nodes { imageId name distribution distributionName type status regions { slug } tags minDiskSize sizeGigabytes createdAt } } }',
    );
    expect(errors).toEqual([]);
    const unknown = { distribution: 'UNKNOWN', type: 'UNKNOWN', status: 'UNKNOWN', regions: [], tags: [] };
    const empty = { name: '', minDiskSize: null, sizeGigabytes: null, createdAt: null };
    expect(data).toEqual({
      images: {
        totalCount: 2,
        nodes: [
          { imageId: '1', distributionName: 'TempleOS', ...unknown, ...empty },
          { imageId: '2', distributionName: null, ...unknown, ...empty },
        ],
      },
    });
  });
});
