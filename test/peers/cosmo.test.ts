import { readFileSync } from 'node:fs';

import { federateSubgraphs, ROUTER_COMPATIBILITY_VERSION_ONE } from '@wundergraph/composition';
import { parse } from 'graphql';
import { expect, it } from 'vitest';

import { printDroplets } from '../../examples/supergraph/droplets.ts';
import { REGIONS_SDL } from '../../examples/supergraph/regions.ts';

const IMAGES = readFileSync(new URL('../../schema/subgraph.graphql', import.meta.url), 'utf8');

it('the supergraph of the example is composed by the composer of Cosmo as well', () => {
  const subgraphs = Object.entries({ images: IMAGES, droplets: printDroplets(), regions: REGIONS_SDL });
  const result = federateSubgraphs({
    subgraphs: subgraphs.map(([name, sdl]) => ({
      name,
      url: `http://${name}.test/graphql`,
      definitions: parse(sdl),
    })),
    version: ROUTER_COMPATIBILITY_VERSION_ONE,
  });
  expect(result).toMatchObject({ success: true, warnings: [] });
});
