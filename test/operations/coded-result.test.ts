import { buildSchema, execute, GraphQLError, parse } from 'graphql';
import { describe, expect, it } from 'vitest';

import { codesOf, toCodedResult } from '../../src/operations/coded-result.ts';

const schema = buildSchema(`
  type Query { one: Int two: Int }
  type Mutation { one: Int two: Int must: Int! deep: Deep }
  type Deep { must: Int! }
`);

const fails = () => {
  throw new Error('overloaded');
};
const rootValue = { one: fails, two: fails, must: fails, deep: { must: fails } };

/** Every error is OVERLOADED, and as such 503 where nothing was done. */
const table = {
  toCoded: ({ message, path }: GraphQLError) =>
    new GraphQLError(message, { path, extensions: { code: 'OVERLOADED', http: { status: 418 } } }),
  statusOfNothing: () => 503,
};

async function run(query: string) {
  const result = await execute({ schema, document: parse(query), rootValue });
  return toCodedResult(table, result, { requestId: 'id', isMutation: query.startsWith('mutation') });
}

describe('a result with errors', () => {
  it.each(['{ one }', '{ one two }', 'mutation { one }', 'mutation { one two }'])(
    'has their status and no data if nothing was done: %s',
    async (query) => {
      const { data, errors = [], extensions } = await run(query);
      expect({ data, http: extensions?.['http'] }).toEqual({ data: undefined, http: { status: 503 } });
      expect(errors.length).toBeGreaterThan(0);
      expect(codesOf({ errors })).toEqual(['OVERLOADED']);
      for (const error of errors) expect(error.extensions['requestId']).toBe('id');
    },
  );

  it.each([
    ['{ one __typename }', { one: null, __typename: 'Query' }],
    ['mutation { one __typename }', { one: null, __typename: 'Mutation' }],
    // Null for the whole does not say whether a field before it was carried out.
    ['mutation { __typename must }', null],
    // The field itself was carried out.
    ['mutation { deep { must } }', { deep: null }],
    ['mutation { one deep { must } }', { one: null, deep: null }],
  ])('has no status if something may have been done: %s', async (query, data) => {
    const result = await run(query);
    expect(result.data).toEqual(data);
    expect(result.extensions?.['http']).toBeUndefined();
    for (const { extensions } of result.errors ?? []) expect(extensions.http?.status).toBeUndefined();
  });
});
