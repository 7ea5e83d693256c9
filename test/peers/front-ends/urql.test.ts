import type { Client } from '@urql/core';
import { describe, expect, it } from 'vitest';

import { Recipe } from './recipe.ts';
import { expectWholeWalk, FILTER, type PagingClient, ServedGateway } from './walk.ts';

interface Images {
  readonly images: {
    readonly edges: readonly { readonly node: { readonly id: string } }[];
    readonly pageInfo: Readonly<Record<string, string | boolean | null>>;
  };
}

describe('urql', () => {
  it.each(['first', 'last'] as const)('holds a filtered list once that was walked by `%s`', async (end) => {
    using recipe = new Recipe('urql');
    await using served = await ServedGateway.start();
    const { createClient, IMAGES } = await recipe.import('urql.js');
    const client: Client = createClient(served.url, 'sandbox');
    const [cursor, hasMore] =
      end === 'first' ? (['after', 'hasNextPage'] as const) : (['before', 'hasPreviousPage'] as const);
    const read = async (at: unknown) => {
      const { data, error } = await client.query<Images>(IMAGES, {
        [end]: 20,
        filter: FILTER,
        ...(at === null ? {} : { [cursor]: at }),
      });
      if (data === undefined) throw error ?? new Error('no data');
      return data.images;
    };
    let shown = await read(null);
    const pages: PagingClient = {
      ids: () => shown.edges.map(({ node }) => node.id),
      hasMore: () => shown.pageInfo[hasMore] === true,
      async more() {
        shown = await read(shown.pageInfo[end === 'first' ? 'endCursor' : 'startCursor']);
      },
    };
    await expectWholeWalk(pages, end, served);

    const first = { [end]: 20, filter: FILTER };
    const { data } = await client.query<Images>(IMAGES, first, { requestPolicy: 'cache-only' });
    expect(data?.images.edges).toEqual(shown.edges);
  });
});
