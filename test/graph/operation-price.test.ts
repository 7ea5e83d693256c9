import { buildSchema, getIntrospectionQuery, parse } from 'graphql';
import { describe, expect, it } from 'vitest';

import { priceOperation } from '../../src/graph/operation-price.ts';
import { apiSchema } from '../../src/graph/schema.ts';

function price(query: string, variables: Record<string, unknown> = {}, operationName?: string) {
  return priceOperation({
    schema: apiSchema,
    document: parse(query),
    variableValues: variables,
    operationName,
  });
}

describe('the price of an operation', () => {
  it('is what it asks for, times the lists around it', () => {
    expect(
      price(
        '{ images(first: 30) { totalCount nodes { id name actions(last: 2) { edges { node { id } } } } } }',
      ),
    ).toEqual({
      depth: 6,
      introspectionDepth: 0,
      introspectionValues: 0,
      rootFields: 1,
      aliases: 0,
      directives: 0,
      calls: 1 + 30,
      nodes: 30 + 30 * 2,
      values: 1 + 30 * 2 + 30 * 2,
    });
  });

  it('counts a fragment where it is spread, as often as it is spread', () => {
    const spread = price(
      '{ a: images(first: 2) { ...P } b: images(first: 3) { ...P } } fragment P on ImageConnection { nodes { id ...N } } fragment N on Image { name }',
    );
    expect(spread).toEqual(
      price('{ a: images(first: 2) { nodes { id name } } b: images(first: 3) { nodes { id name } } }'),
    );
    expect(spread).toMatchObject({ nodes: 5, values: 10, calls: 2, rootFields: 2, aliases: 2 });
  });

  it('takes twenty where no length is given, and as many as there are where ids are', () => {
    expect(price('{ images { nodes { id } } }')).toMatchObject({ nodes: 20 });
    expect(price('{ images(first: null, last: 7) { nodes { id } } }')).toMatchObject({ nodes: 7 });
    expect(price('{ nodes(ids: ["a", "b", "c"]) { id } }')).toMatchObject({ nodes: 3, calls: 1 });
    expect(price('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }', { ids: ['a', 'b'] })).toMatchObject({
      nodes: 2,
      values: 2,
    });
  });

  it('takes the variables of each request, though the document is the same', () => {
    const document = parse('query ($first: Int) { images(first: $first) { nodes { id } } }');
    for (const first of [3, 50, 7]) {
      expect(priceOperation({ schema: apiSchema, document, variableValues: { first } }).nodes).toBe(first);
    }
  });

  it('is that of the defaults where variables are absent, whatever others were given before', () => {
    const document = parse('query ($first: Int = 150) { images(first: $first) { nodes { id } } }');
    const nodes = (variableValues: Record<string, unknown>) =>
      priceOperation({ schema: apiSchema, document, variableValues }).nodes;
    for (const first of ['default', '', null, 'null', true]) nodes({ first });
    expect(nodes({})).toBe(150);
    expect(nodes({ first: 3 })).toBe(3);
  });

  it('is that of the operation that is named', () => {
    const document = parse(
      'query A { images(first: 2) { nodes { id } } } query B { images(first: 9) { nodes { id } } }',
    );
    const nodes = (operationName: string) =>
      priceOperation({ schema: apiSchema, document, operationName }).nodes;
    expect([nodes('A'), nodes('B'), nodes('A')]).toEqual([2, 9, 2]);
  });

  it('is another one for a list of another length, in the same document', () => {
    const document = parse('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }');
    for (const ids of [['a'], ['a', 'b', 'c'], []])
      expect(priceOperation({ schema: apiSchema, document, variableValues: { ids } }).nodes).toBe(ids.length);
  });

  it('is that of the operation that is named', () => {
    const query =
      'query A { images(first: 2) { nodes { id } } } query B { images(first: 9) { nodes { id } } }';
    expect([price(query, {}, 'A').nodes, price(query, {}, 'B').nodes]).toEqual([2, 9]);
    expect(price(query, {}, 'C').nodes).toBe(0);
  });

  it('counts introspection by itself', () => {
    expect(price(getIntrospectionQuery())).toMatchObject({ depth: 0, introspectionDepth: 15, calls: 0 });
  });

  it('counts how deep fields lie in one another, fragments included', () => {
    const schema = buildSchema('type Query { a: Query b: Int }');
    const document = parse(
      `{ a { a { ...F } } } fragment F on Query { a { b } ... on Query { a { a { b } } } }`,
    );
    expect(priceOperation({ schema, document }).depth).toBe(5);
  });
});
