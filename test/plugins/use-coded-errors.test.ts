import { buildSchema, GraphQLError } from 'graphql';
import { createYoga, type Plugin } from 'graphql-yoga';
import { describe, expect, it } from 'vitest';

import { useCodedErrors } from '../../src/plugins/use-coded-errors.ts';

const schema = buildSchema(`
  type Query { one: Int two: Int }
  type Mutation { one: Int two: Int must: Int! deep: Deep }
  type Subscription { one: Deep }
  type Deep { must: Int! }
`);

const fails = () => {
  throw new Error('overloaded');
};

const failing: Plugin = {
  onExecute({ args }) {
    args.rootValue = { one: fails, two: fails, must: fails, deep: { must: fails } };
  },
};

/** A server whose every error is OVERLOADED, and as such 503 where nothing was done. */
const yoga = createYoga({
  schema,
  plugins: [
    failing,
    useCodedErrors({
      toCoded: ({ message, nodes = null, path }) =>
        new GraphQLError(message, { nodes, path, extensions: { code: 'OVERLOADED', http: { status: 418 } } }),
      statusOfNothing: () => 503,
    }),
  ],
  maskedErrors: false,
  logging: false,
});

async function send(query: string) {
  const response = await yoga.fetch('http://gateway.test/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  return { status: response.status, ...(await response.json()) };
}

describe('the status of a response', () => {
  it.each(['{ one }', '{ one two }', 'mutation { one }', 'mutation { one two }'])(
    'is that of its errors, and there is no data, where nothing was done: %s',
    async (query) => {
      const { status, data, errors } = await send(query);
      expect({ status, data }).toEqual({ status: 503, data: undefined });
      expect(errors.length).toBeGreaterThan(0);
    },
  );

  it.each([
    ['{ one __typename }', { one: null, __typename: 'Query' }],
    ['mutation { one __typename }', { one: null, __typename: 'Mutation' }],
    // Whether a field before it was carried out, null for all of it does not say.
    ['mutation { __typename must }', null],
    // The field itself was carried out.
    ['mutation { deep { must } }', { deep: null }],
    ['mutation { one deep { must } }', { one: null, deep: null }],
  ])('is 200 where something may have been done: %s', async (query, data) => {
    expect(await send(query)).toMatchObject({ status: 200, data });
  });
});
