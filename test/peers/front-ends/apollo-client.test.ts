import type { ApolloClient } from '@apollo/client';
import { gql } from '@apollo/client';
import { describe, expect, it, vi } from 'vitest';

import { Recipe } from './recipe.ts';
import { expectWholeWalk, FILTER, type PagingClient, ServedGateway } from './walk.ts';

interface Images {
  readonly images: {
    readonly edges: readonly { readonly node: { readonly id: string } }[];
    readonly pageInfo: Readonly<Record<'hasNextPage' | 'hasPreviousPage', boolean>>;
  };
}

async function open(recipe: Recipe, url: string) {
  const { createClient, IMAGES, next, previous } = await recipe.import('apollo-client.js');
  const client: ApolloClient = createClient(url, 'sandbox');
  return { client, IMAGES, next, previous };
}

describe('Apollo Client', () => {
  it.each(['first', 'last'] as const)('holds a filtered list once that was walked by `%s`', async (end) => {
    using recipe = new Recipe('Apollo Client');
    await using served = await ServedGateway.start();
    const { client, IMAGES, next, previous } = await open(recipe, served.url);
    const list = { query: IMAGES, variables: { [end]: 20, filter: FILTER } };
    const query = client.watchQuery(list);
    const subscription = query.subscribe(() => {});
    await query.refetch();
    // What components show next: observers are told of it a moment later.
    const shown = () => {
      const images = client.readQuery<Images>(list)?.images;
      if (images === undefined) throw new Error('the list is not in the cache');
      return images;
    };
    const pages: PagingClient = {
      ids: () => shown().edges.map(({ node }) => node.id),
      hasMore: () => shown().pageInfo[end === 'first' ? 'hasNextPage' : 'hasPreviousPage'],
      more: () =>
        query.fetchMore({ variables: end === 'first' ? next(shown().pageInfo) : previous(shown().pageInfo) }),
    };
    await expectWholeWalk(pages, end, served);

    const stored = Object.keys(Object(client.cache.extract())).filter((key) => key.startsWith('Image:'));
    expect(new Set(stored)).toEqual(new Set(pages.ids().map((id) => `Image:${id}`)));
    subscription.unsubscribe();
    client.stop();
  });

  it('loses nothing that one query selected where another selects something else', async () => {
    using recipe = new Recipe('Apollo Client');
    await using served = await ServedGateway.start();
    const { client } = await open(recipe, served.url);
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const ask = (query: string, fetchPolicy: 'cache-only' | 'network-only') =>
      client.query({ query: gql(query), fetchPolicy });
    const queries = [
      '{ images(first: 1) { totalCount } rateLimit { limit } }',
      '{ images(first: 1) { edges { node { id regions { slug } actions(first: 1) { totalCount } } } } rateLimit { remaining } }',
      '{ images(first: 1) { edges { node { id name actions(first: 1) { edges { cursor } } } } } rateLimit { resetAt } }',
      '{ images(first: 1) { facets { types { value count } } } }',
    ];
    const shown: unknown[] = [];
    for (const query of queries) shown.push((await ask(query, 'network-only')).data);
    for (const [index, query] of queries.entries())
      expect((await ask(query, 'cache-only')).data).toMatchObject(Object(shown[index]));
    expect(warn.mock.calls).toEqual([]);
    warn.mockRestore();
    client.stop();
  });
});
