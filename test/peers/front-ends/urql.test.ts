import { readFileSync } from 'node:fs';

import type { Client } from '@urql/core';
import { buildSchema, getNamedType, type GraphQLNamedType, isObjectType } from 'graphql';
import { describe, expect, it, vi } from 'vitest';

import { Recipe } from './recipe.ts';
import { expectWholeWalk, FILTER, type PagingClient, ServedGateway } from './walk.ts';

interface Images {
  readonly images: {
    readonly edges: readonly { readonly node: { readonly id: string } }[];
    readonly pageInfo: Readonly<Record<string, string | boolean | null>>;
  };
}

/** Everything that a type has, but for the types that it is itself part of. */
function selectionOf(type: GraphQLNamedType | undefined, inside: readonly GraphQLNamedType[]): string {
  if (!isObjectType(type)) return '';
  const fields = Object.values(type.getFields()).map((field) => {
    const inner = getNamedType(field.type);
    if (inside.includes(inner)) return '';
    const args = field.args.some(({ name }) => name === 'first') ? '(first: 1)' : '';
    return `${field.name}${args} ${selectionOf(inner, [...inside, type])}`;
  });
  return `{ ${fields.join(' ')} }`;
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

  it('has a key for every type, or knows that it has none', async () => {
    using recipe = new Recipe('urql');
    await using served = await ServedGateway.start();
    const { createClient } = await recipe.import('urql.js');
    const client: Client = createClient(served.url, 'sandbox');
    const schema = buildSchema(readFileSync(recipe.path('api.graphql'), 'utf8'));
    const select = (name: string) => selectionOf(schema.getType(name), []);
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const results = [
      await client.query(
        `{ rateLimit ${select('RateLimit')} images(first: 1) ${select('ImageConnection')} }`,
        {},
      ),
      await client.mutation(
        `mutation {
          createImage(input: { name: "", url: "", region: "nyc3" }) ${select('CreateImagePayload')}
          transferImage(input: { id: "do:image:230000203", regions: ["nyc3"] }) ${select('TransferImagePayload')}
          deleteImage(input: { id: "do:image:230000203" }) ${select('DeleteImagePayload')}
        }`,
        {},
      ),
      await client.query(`{ rateLimit ${select('RateLimit')} }`, {}, { requestPolicy: 'network-only' }),
    ];
    for (const { data, error } of results) {
      expect(error).toBeUndefined();
      expect(data).toBeTruthy();
    }
    expect(results[2]?.data).toMatchObject({ rateLimit: { remaining: expect.any(Number) } });
    expect(warn.mock.calls).toEqual([]);
    warn.mockRestore();
  });
});
