import { describe, expect, it } from 'vitest';

import { TestGateway } from '../support/test-gateway.ts';

const times = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index)).join(' ');

const production = () => TestGateway.start({ env: { NODE_ENV: 'production' } });

/** The checks of graphql-cop, each under its name there: none of them finds anything under production. */
describe('under production', () => {
  it.each([
    ['introspection', '{ __schema { types { name fields { name } } } }'],
    ['introspection', '{ __type(name: "Query") { name } }'],
    [
      'circular_query_introspection',
      '{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }',
    ],
    ['alias_overloading', `{ ${times(101, (index) => `a${index}: images(first: 1) { totalCount }`)} }`],
    ['directive_overloading', `{ __typename ${times(10, () => '@aa')} }`],
    ['directive_overloading', `{ ${times(60, () => '__typename @include(if: true)')} }`],
    ['field_duplication', `{ images { ${'totalCount '.repeat(2_000)} } }`],
  ])('%s is refused: %s', async (_, query) => {
    await using gateway = await production();
    const { data, errors } = await gateway.query(query);
    expect(data).toBeUndefined();
    expect(errors.length).toBeGreaterThan(0);
    expect(gateway.upstream()).toEqual([]);
  });

  it('field_suggestions: no name of the schema is told', async () => {
    await using gateway = await production();
    for (const query of [
      '{ imags { totalCount } }',
      '{ images(frst: 1) { totalCount } }',
      '{ images { nodes { ... on Imge { id } } } }',
    ]) {
      expect(JSON.stringify((await gateway.query(query)).errors)).not.toMatch(
        /Did you mean|"images"|"first"/,
      );
    }
  });

  it('detect_graphiql: there is no page for browsers', async () => {
    await using gateway = await production();
    for (const path of ['/graphql', '/graphiql', '/playground', '/', '/v1/graphiql']) {
      const response = await gateway.fetch(path, { headers: { accept: 'text/html' } });
      expect(await response.text()).not.toMatch(/graphiql|playground/i);
    }
  });

  it('get_method_support, get_based_mutation: a GET without a header of its own asks for nothing', async () => {
    await using gateway = await production();
    for (const query of ['query { __typename }', 'mutation { __typename }']) {
      const response = await gateway.fetch(`/graphql?query=${encodeURIComponent(query)}`);
      expect(response.status).toBe(403);
    }
  });

  it('post_based_csrf: no form is read', async () => {
    await using gateway = await production();
    const response = await gateway.fetch('/graphql', {
      method: 'POST',
      body: new URLSearchParams({ query: '{ __typename }' }),
    });
    expect(response.status).toBe(415);
  });

  it('batch_query: a list of requests is none', async () => {
    await using gateway = await production();
    const response = await gateway.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(Array.from({ length: 10 }, () => ({ query: '{ __typename }' }))),
    });
    expect(response.status).toBe(400);
  });

  it('trace_mode: answers have nothing beside data', async () => {
    await using gateway = await production();
    const response = await gateway.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ __typename }' }),
    });
    expect(await response.json()).toEqual({ data: { __typename: 'Query' } });
  });

  it('unhandled_error_detection: what is wrong is told without the insides of the server', async () => {
    await using gateway = await production();
    for (const query of ['qwerty', '{', '{ a', 'query { __typename', 'subscription']) {
      expect(JSON.stringify((await gateway.query(query)).errors)).not.toMatch(
        /stack|node_modules|\.ts|\.js|exception/i,
      );
    }
  });
});
