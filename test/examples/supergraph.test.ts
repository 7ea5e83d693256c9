import { composeSchemaContract } from '@theguild/federation-composition';
import { buildASTSchema, parse } from 'graphql';
import { describe, expect, it } from 'vitest';

import { composeWithEach } from '../../examples/supergraph/composition.ts';
import type { Droplet, ImageKey } from '../../examples/supergraph/droplets.ts';
import { TestGateway } from '../support/test-gateway.ts';
import { TestSupergraph } from '../support/test-supergraph.ts';

const DROPLETS = '{ droplets { name image { id name regions { slug name } } region { name } } }';

/** A hundred Droplets of thirty images that the account lists. */
async function ofThirtyImages(gateway: TestGateway, imageKey: ImageKey): Promise<Droplet[]> {
  const filter = imageKey === 'slug' ? 'filter: { private: false }' : '';
  const { data } = await gateway.query(`{ images(first: 200 ${filter}) { nodes { imageId slug } } }`);
  const nodes: { imageId: string; slug: string | null }[] = JSON.parse(JSON.stringify(data)).images.nodes;
  const keys = nodes.filter(({ slug }) => imageKey === 'imageId' || slug !== null).slice(-30);
  expect(keys).toHaveLength(30);
  return Array.from({ length: 100 }, (_, index) => {
    const { imageId = '', slug } = keys[index % 30] ?? {};
    const image = slug != null && imageKey === 'slug' ? { slug } : { imageId };
    return { id: String(index), name: `droplet-${index}`, image, regionSlug: 'nyc3' };
  });
}

describe('the supergraph of the example', () => {
  it('is composed by each composer of what the subgraphs give of themselves', async () => {
    await using gateway = await TestGateway.start();
    using supergraph = await TestSupergraph.start(gateway);
    expect(
      composeWithEach(supergraph.subgraphs).map(({ composer, errors, supergraphSdl }) => ({
        composer,
        errors,
        hasImage: /^type Image\b/m.test(supergraphSdl ?? ''),
      })),
    ).toEqual([
      { composer: '@theguild/federation-composition', errors: [], hasImage: true },
      { composer: '@apollo/composition', errors: [], hasImage: true },
    ]);
  });

  it('names the regions of a page of images, which only another subgraph can', async () => {
    await using gateway = await TestGateway.start();
    using supergraph = await TestSupergraph.start(gateway);
    const { data, errors } = await supergraph.query(
      '{ images(first: 1, filter: { regions: ["nyc3"] }) { totalCount edges { cursor node { regions { slug name } } } } }',
    );
    expect(errors).toEqual([]);
    expect(data.images.edges[0].node.regions).toContainEqual({ slug: 'nyc3', name: 'New York 3' });
  });

  it.each(['imageId', 'slug'] as const)(
    'reads thirty images of a hundred Droplets by their %s in two calls at 300 images, and then in none',
    async (imageKey) => {
      await using gateway = await TestGateway.withImages(300);
      const droplets = await ofThirtyImages(gateway, imageKey);
      await using cold = await TestGateway.withImages(300);
      using supergraph = await TestSupergraph.start(cold, droplets, imageKey);
      const first = await supergraph.query(DROPLETS);
      expect(first.errors).toEqual([]);
      expect(new Set(first.data.droplets.map(({ image }: { image: { id: string } }) => image.id)).size).toBe(
        30,
      );
      expect(cold.upstream()).toHaveLength(2);
      expect(await supergraph.query(DROPLETS)).toEqual(first);
      expect(cold.upstream()).toEqual([]);
    },
  );

  it('has null for an image that is deleted meanwhile, and the rest stands', async () => {
    await using gateway = await TestGateway.withImages(300);
    const droplets = await ofThirtyImages(gateway, 'imageId');
    const deleted = droplets[0]?.image;
    expect(deleted).toHaveProperty('imageId');
    const id = deleted !== undefined && 'imageId' in deleted ? Number(deleted.imageId) : 0;
    using supergraph = await TestSupergraph.start(gateway, droplets);
    await supergraph.query(DROPLETS);
    gateway.sandbox.control.delete({ token: 'sandbox', ids: [id] });
    gateway.clock.nowMs += 60_000;
    const { data } = await supergraph.query(DROPLETS);
    const gone = data.droplets.filter(({ image }: { image: unknown }) => image === null);
    expect(gone).toHaveLength(4);
    expect(data.droplets).toHaveLength(100);
  });

  it('keeps what other subgraphs have, where a call for images fails', async () => {
    await using gateway = await TestGateway.start();
    using supergraph = await TestSupergraph.start(gateway);
    gateway.sandbox.control.addFault({ match: { path: '/v2/images' }, status: 503 });
    const { data, errors } = await supergraph.query('{ images(first: 3) { totalCount } droplets { name } }');
    expect(data).toEqual({ images: null, droplets: ['web-01', 'web-02', 'db-01'].map((name) => ({ name })) });
    expect(errors).toMatchObject([{ path: ['images'], extensions: { code: 'UPSTREAM_UNAVAILABLE' } }]);
  });

  it('keeps what other subgraphs have, where the actions of an image fail', async () => {
    await using gateway = await TestGateway.start();
    using supergraph = await TestSupergraph.start(gateway);
    gateway.sandbox.control.addFault({ match: { path: '/v2/images/195932981/actions' }, status: 503 });
    const { data, errors } = await supergraph.query(
      '{ droplets { name image { name actions { totalCount } } } }',
    );
    const ubuntu = { name: '24.04 (LTS) x64', actions: null };
    expect(data).toMatchObject({
      droplets: [
        { name: 'web-01', image: ubuntu },
        { name: 'web-02', image: ubuntu },
        { name: 'db-01', image: { actions: { totalCount: 0 } } },
      ],
    });
    expect(errors).toContainEqual(
      expect.objectContaining({ extensions: expect.objectContaining({ code: 'UPSTREAM_UNAVAILABLE' }) }),
    );
  });

  it('never gives one tenant what is of another', async () => {
    await using gateway = await TestGateway.start();
    const tokens = ['sandbox', 'sandbox-b'];
    using supergraph = await TestSupergraph.start(gateway);
    const OWN = '{ images(first: 200, filter: { private: true }) { nodes { id name } } }';
    const alone = await Promise.all(tokens.map((token) => supergraph.query(OWN, token)));
    expect(alone[0]?.data).not.toEqual(alone[1]?.data);
    const asked = Array.from({ length: 100 }, (_, index) => index % 2);
    const answers = await Promise.all(asked.map((which) => supergraph.query(OWN, tokens[which])));
    for (const [index, which] of asked.entries()) expect(answers[index]).toEqual(alone[which]);
    const unknown = await supergraph.query(OWN, 'nobody');
    expect(unknown.data).toEqual({ images: null });
    expect(unknown.errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });

  it('can leave out of a contract what writes, by its tag', async () => {
    await using gateway = await TestGateway.start();
    using supergraph = await TestSupergraph.start(gateway);
    const services = supergraph.subgraphs.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) }));
    const { publicSdl } = composeSchemaContract(
      services,
      { include: new Set(), exclude: new Set(['write', 'internal']) },
      true,
    );
    const contract = buildASTSchema(parse(publicSdl ?? ''), { assumeValidSDL: true });
    expect(contract.getMutationType()).toBeUndefined();
    expect(Object.keys(contract.getQueryType()?.getFields() ?? {})).not.toContain('rateLimit');
  });
});
