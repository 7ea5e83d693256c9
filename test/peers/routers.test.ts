import { createRequire } from 'node:module';

import { describe, expect, it } from 'vitest';

import { compose } from '../../examples/supergraph/composition.ts';
import type { Droplet } from '../../examples/supergraph/droplets.ts';
import { TestGateway } from '../support/test-gateway.ts';
import { TestSupergraph } from '../support/test-supergraph.ts';

// Without their types, which add members to those of graphql-js for the whole program.
const require = createRequire(import.meta.url);
const { createGatewayRuntime } = require('@graphql-hive/gateway-runtime');
const { unifiedGraphHandler } = require('@graphql-hive/router-runtime');

/** Each is a fetch of its own for a router, which batches them by aliases. */
const FIELDS =
  'id imageId name slug description distribution distributionName type status category public tags minDiskSize sizeGigabytes createdAt errorMessage'.split(
    ' ',
  );

const DROPLETS = `query ($isShown: Boolean!) {
  ${FIELDS.map((field) => `of_${field}: droplets { image { ${field} @include(if: $isShown) } }`).join('\n')}
}`;

/** Sixty Droplets of twenty images each. */
const droplets: readonly Droplet[] = Array.from({ length: 60 }, (_, index) => ({
  id: String(index),
  name: `droplet-${index}`,
  image: { imageId: String(1_000 + (index % 20)) },
  regionSlug: 'nyc3',
}));

describe.each([
  ['Hive Gateway', {}],
  ["Hive Router's planner", { unifiedGraphHandler }],
])('%s', (_, planner) => {
  it('batches its fetches of entities into one document, which is answered', async () => {
    await using gateway = await TestGateway.start();
    const images = Array.from({ length: 20 }, (__, index) => ({ id: 1_000 + index, name: `image ${index}` }));
    gateway.sandbox.control.replace({ token: 'sandbox', images });
    using supergraph = await TestSupergraph.start(gateway, droplets);
    await using router = createGatewayRuntime({
      supergraph: compose(supergraph.subgraphs),
      logging: false,
      propagateHeaders: {
        fromClientToSubgraphs: ({ request }: { request: Request }) => ({
          authorization: request.headers.get('authorization') ?? '',
        }),
      },
      ...planner,
    });
    const before = gateway.log.length;
    const response = await router.fetch('http://router.test/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer sandbox' },
      body: JSON.stringify({ query: DROPLETS, variables: { isShown: true } }),
    });
    const { data, errors } = await response.json();
    expect(errors).toBeUndefined();
    const direct = await gateway.query(`{ images(first: 20) { nodes { ${FIELDS.join(' ')} } } }`);
    const nodes: Record<string, unknown>[] = Object(direct.data?.['images']).nodes;
    expect(nodes).toHaveLength(20);
    for (const field of FIELDS) {
      const shown = droplets.map((__, index) => ({ image: { [field]: nodes[index % 20]?.[field] } }));
      expect({ field, shown: data[`of_${field}`] }).toEqual({ field, shown });
    }
    const requests = gateway.log.slice(before).filter(({ msg }) => msg === 'request');
    // The batch, and our own query.
    expect(requests).toHaveLength(2);
  });
});
