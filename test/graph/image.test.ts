import { describe, expect, it } from 'vitest';

import { ImageByNameDocument, NodesDocument } from '../generated/graphql.ts';
import { TestGateway } from '../support/test-gateway.ts';

const UBUNTU = { id: 'do:image:195932981', imageId: '195932981', slug: 'ubuntu-24-04-x64' };

describe('Query.image', () => {
  it.each([{ id: UBUNTU.id }, { imageId: UBUNTU.imageId }, { slug: UBUNTU.slug }])(
    'finds the image by %j, for one call',
    async (name) => {
      await using gateway = await TestGateway.start();
      const { data, errors } = await gateway.query(ImageByNameDocument, name);
      expect(errors).toEqual([]);
      expect(data?.image).toMatchObject({
        ...UBUNTU,
        name: '24.04 (LTS) x64',
        distribution: 'UBUNTU',
        distributionName: 'Ubuntu',
        type: 'BASE',
        status: 'AVAILABLE',
        public: true,
        minDiskSize: 7,
      });
      expect(gateway.upstream()).toEqual([`GET /v2/images/${name.slug ?? UBUNTU.imageId}`]);
    },
  );

  it.each([{ imageId: '999999999' }, { slug: 'windows-11-x64' }, { id: 'do:image:1' }])(
    'is null, and no error, where there is none: %j',
    async (name) => {
      await using gateway = await TestGateway.start();
      expect(await gateway.query(ImageByNameDocument, name)).toMatchObject({
        data: { image: null },
        errors: [],
      });
    },
  );

  it('gives the reason of a failed import, which no list shows', async () => {
    await using gateway = await TestGateway.start();
    const { data } = await gateway.query(ImageByNameDocument, { imageId: '230000206' });
    expect(data?.image).toMatchObject({
      status: 'DELETED',
      errorMessage: expect.stringContaining('decompress'),
    });
  });

  it.each([
    [{}, 'id'],
    [{ id: UBUNTU.id, slug: UBUNTU.slug }, 'id'],
    [{ id: UBUNTU.imageId }, 'id'],
    [{ id: 'do:droplet:5' }, 'id'],
    [{ id: 'do:image:007' }, 'id'],
    [{ imageId: '../account' }, 'imageId'],
    [{ imageId: '1/actions' }, 'imageId'],
    [{ imageId: '1?x' }, 'imageId'],
    [{ imageId: '0' }, 'imageId'],
    [{ imageId: '9'.repeat(16) }, 'imageId'],
    [{ slug: '..' }, 'slug'],
    [{ slug: '%2e%2e' }, 'slug'],
    [{ slug: 'a\r\nb' }, 'slug'],
    [{ slug: '12345' }, 'slug'],
    [{ slug: '' }, 'slug'],
    [{ slug: 'x'.repeat(60_000) }, 'slug'],
  ])('refuses %j by the argument, without a call', async (names, argument) => {
    await using gateway = await TestGateway.start();
    const { errors } = await gateway.query(ImageByNameDocument, names);
    expect(errors).toMatchObject([
      { path: ['image'], extensions: { code: 'BAD_USER_INPUT', argument, reason: 'INVALID_VALUE' } },
    ]);
    expect(gateway.upstream()).toEqual([]);
  });

  it('costs one call however often and under whatever alias it is asked for', async () => {
    await using gateway = await TestGateway.start();
    const { data } = await gateway.query(
      `{ a: image(imageId: "195932981") { name } b: image(id: "do:image:195932981") { slug }
         c: node(id: "do:image:195932981") { id } d: nodes(ids: ["do:image:195932981", "do:image:195932981"]) { id } }`,
    );
    expect(data).toMatchObject({
      a: { name: '24.04 (LTS) x64' },
      b: { slug: UBUNTU.slug },
      c: { id: UBUNTU.id },
    });
    expect(gateway.upstream()).toHaveLength(1);
  });

  it('costs one call for fifty requests that ask at once', async () => {
    await using gateway = await TestGateway.start();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => gateway.query(ImageByNameDocument, { slug: UBUNTU.slug })),
    );
    expect(answers.every(({ data }) => data?.image?.id === UBUNTU.id)).toBe(true);
    expect(gateway.upstream()).toHaveLength(1);
  });

  it('costs nothing where a list in the same query has it', async () => {
    await using gateway = await TestGateway.start();
    const { data } = await gateway.query(
      `{ images(last: 80) { totalCount nodes { id } } image(slug: "ubuntu-24-04-x64") { id } node(id: "do:image:195932981") { id } }`,
    );
    expect(data).toMatchObject({ image: { id: UBUNTU.id }, node: { id: UBUNTU.id } });
    expect(gateway.upstream()).toEqual(['GET /v2/images?page=1&per_page=200']);
  });

  it('costs nothing where a list is held', async () => {
    await using gateway = await TestGateway.start();
    await gateway.query('{ images(last: 1) { nodes { id } } }');
    gateway.upstream();
    const { data } = await gateway.query(ImageByNameDocument, { slug: UBUNTU.slug });
    expect(data?.image).toMatchObject(UBUNTU);
    expect(gateway.upstream()).toEqual([]);
  });
});

describe('Query.nodes', () => {
  it('gives the nodes in the order asked for, null for one that is missing', async () => {
    await using gateway = await TestGateway.start();
    const { data, errors } = await gateway.query(NodesDocument, {
      ids: ['do:image:999999999', UBUNTU.id, 'do:image:135509519'],
    });
    expect(errors).toEqual([]);
    expect(data?.nodes.map((node) => node?.id ?? null)).toEqual([null, UBUNTU.id, 'do:image:135509519']);
    expect(gateway.upstream()).toEqual(['GET /v2/images?page=1&per_page=200', 'GET /v2/images/999999999']);
  });

  it('keeps a failure to its own node', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ match: { path: '/v2/images/135509519' }, status: 503 });
    const { data, errors } = await gateway.query(NodesDocument, { ids: [UBUNTU.id, 'do:image:135509519'] });
    expect(data?.nodes).toEqual([{ id: UBUNTU.id, name: '24.04 (LTS) x64' }, null]);
    expect(errors).toMatchObject([{ path: ['nodes', 1], extensions: { code: 'UPSTREAM_UNAVAILABLE' } }]);
  });

  it('refuses a malformed id at its own place', async () => {
    await using gateway = await TestGateway.start();
    const { data, errors } = await gateway.query(NodesDocument, { ids: ['nonsense', UBUNTU.id] });
    expect(data?.nodes).toMatchObject([null, { id: UBUNTU.id }]);
    expect(errors).toMatchObject([
      {
        path: ['nodes', 0],
        extensions: { code: 'BAD_USER_INPUT', argument: 'ids', reason: 'INVALID_VALUE' },
      },
    ]);
  });

  it('refuses more ids than it takes, without a call', async () => {
    await using gateway = await TestGateway.start();
    const ids = Array.from({ length: 201 }, (_, index) => `do:image:${index + 1}`);
    const { errors } = await gateway.query(NodesDocument, { ids });
    expect(errors).toMatchObject([
      { path: ['nodes'], extensions: { code: 'BAD_USER_INPUT', argument: 'ids' } },
    ]);
    expect(gateway.upstream()).toEqual([]);
  });

  it('leaves connections to others however many ids it asks for', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ match: { path: '/v2/images/*' }, latencyMs: 500 });
    const ids = Array.from({ length: 16 }, (_, index) => `do:image:${index + 1}`);
    const asked = gateway.query(NodesDocument, { ids });
    // The list, and eight of the sixteen that it does not show.
    await expect.poll(() => gateway.sandbox.control.requests().count).toBe(9);
    expect((await asked).errors).toEqual([]);
    expect(gateway.upstream()).toHaveLength(17);
  });
});

describe('Query._entities', () => {
  const ENTITIES = `query Entities($representations: [_Any!]!) {
    _entities(representations: $representations) { ... on Image { id name } }
  }`;

  it('finds an image by each of its three keys, once', async () => {
    await using gateway = await TestGateway.start();
    const { data, errors } = await gateway.query(ENTITIES, {
      representations: [
        { __typename: 'Image', id: UBUNTU.id },
        { __typename: 'Image', imageId: UBUNTU.imageId },
        { __typename: 'Image', slug: 'debian-12-x64' },
        { __typename: 'Image', imageId: '999999999' },
      ],
    });
    expect(errors).toEqual([]);
    expect(data).toMatchObject({
      _entities: [{ id: UBUNTU.id }, { id: UBUNTU.id }, { name: '12 x64' }, null],
    });
    expect(gateway.upstream()).toHaveLength(2);
  });

  it('asks for what no list has once in five seconds, unless the tenant makes an image', async () => {
    await using gateway = await TestGateway.start();
    const representations = Array.from({ length: 40 }, (_, index) => ({
      __typename: 'Image',
      imageId: index + 1,
    }));
    const ask = async (token = 'sandbox') => {
      const { data, errors } = await gateway.query(ENTITIES, { representations }, { token });
      expect(errors).toEqual([]);
      expect(data).toEqual({ _entities: representations.map(() => null) });
      return gateway.upstream().length;
    };
    expect(await ask()).toBe(41);
    expect(await ask()).toBe(0);
    // What one tenant may not see, another may.
    expect(await ask('sandbox-b')).toBe(41);
    gateway.clock.nowMs += 5_000;
    expect(await ask()).toBe(40);
    await gateway.query('mutation { deleteImage(input: { id: "do:image:230000044" }) { deletedImageId } }');
    gateway.upstream();
    expect(await ask()).toBe(41);
  });

  it('refuses more representations than it takes, without a call', async () => {
    await using gateway = await TestGateway.start();
    const representations = Array.from({ length: 1_001 }, (_, id) => ({
      __typename: 'Image',
      imageId: id + 1,
    }));
    const { errors } = await gateway.query(ENTITIES, { representations });
    expect(errors).toMatchObject([{ extensions: { code: 'QUERY_TOO_COMPLEX', limit: 'nodes' } }]);
    expect(gateway.upstream()).toEqual([]);
  });

  it('takes numbers for keys, and keeps what is malformed or fails to its own place', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ match: { path: '/v2/images/135509519' }, status: 503 });
    const { data, errors } = await gateway.query(ENTITIES, {
      representations: [
        { __typename: 'Image', imageId: Number(UBUNTU.imageId) },
        { __typename: 'Image', imageId: 'abc' },
        { __typename: 'Image', imageId: [UBUNTU.imageId] },
        { __typename: 'Image', imageId: '135509519' },
        { __typename: 'Droplet', id: '1' },
        { __typename: 'Image' },
        'nonsense',
      ],
    });
    expect(data).toMatchObject({
      _entities: [{ id: UBUNTU.id }, null, null, null, null, null, null],
    });
    const codes = errors.map(({ path, extensions }) => [path?.[1], extensions['code']]);
    expect(codes.toSorted(([a], [b]) => Number(a) - Number(b))).toEqual([
      [1, 'BAD_USER_INPUT'],
      [2, 'BAD_USER_INPUT'],
      [3, 'UPSTREAM_UNAVAILABLE'],
      [4, 'BAD_USER_INPUT'],
      [5, 'BAD_USER_INPUT'],
      [6, 'BAD_USER_INPUT'],
    ]);
  });
});
