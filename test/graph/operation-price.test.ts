import * as fc from 'fast-check';
import { buildSchema, getIntrospectionQuery, getVariableValues, Kind, parse } from 'graphql';
import { describe, expect, it } from 'vitest';

import { priceOperation } from '../../src/graph/operation-price.ts';
import { apiSchema } from '../../src/graph/schema.ts';

function price(query: string, coercedVariables: Record<string, unknown> = {}, operationName?: string) {
  return priceOperation({ schema: apiSchema, document: parse(query), coercedVariables, operationName });
}

/** Coerces the variables of a document's only operation as an executor does; null if that fails. */
function coerce(document: ReturnType<typeof parse>, variables: Record<string, unknown>) {
  const [operation] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('not an operation');
  return getVariableValues(apiSchema, operation.variableDefinitions ?? [], variables).coerced ?? null;
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
      expect(priceOperation({ schema: apiSchema, document, coercedVariables: { first } }).nodes).toBe(first);
    }
  });

  it('is the same for the same variables, whatever other requests sent before', () => {
    const query =
      'query ($first: Int = 150, $last: Int, $ids: [ID!]! = ["a"]) { images(first: $first, last: $last) { nodes { id } } nodes(ids: $ids) { id } }';
    const document = parse(query);
    const junk = fc.oneof(
      fc.constantFrom(undefined, null, Infinity, -Infinity, NaN, -0, 1e308, true, '', 'null', '3'),
      fc.integer({ min: -300, max: 300 }),
      fc.array(fc.constantFrom('a', 'b', 1), { maxLength: 3 }),
      fc.record({ length: fc.nat(3) }),
    );
    const variables = fc.record({ first: junk, last: junk, ids: junk }, { requiredKeys: [] });
    fc.assert(
      fc.property(variables, (raw) => {
        const coercedVariables = coerce(document, raw);
        if (coercedVariables === null) return;
        const shared = priceOperation({ schema: apiSchema, document, coercedVariables });
        expect(shared).toEqual(price(query, coercedVariables));
      }),
      { numRuns: 2_000 },
    );
    expect(price(query, coerce(document, {}) ?? {}).nodes).toBe(151);
  });

  it('keeps apart the values that JSON writes alike', () => {
    const document = parse('query ($first: Int) { images(first: $first) { nodes { id } } }');
    const nodes = (coercedVariables: Record<string, unknown>) =>
      priceOperation({ schema: apiSchema, document, coercedVariables }).nodes;
    expect([nodes({ first: Infinity }), nodes({}), nodes({ first: NaN }), nodes({ first: null })]).toEqual([
      200, 20, 20, 20,
    ]);
  });

  it('is that of the operation that is named', () => {
    const document = parse(
      'query A { images(first: 2) { nodes { id } } } query B { images(first: 9) { nodes { id } } }',
    );
    const nodes = (operationName: string) =>
      priceOperation({ schema: apiSchema, document, operationName, coercedVariables: {} }).nodes;
    expect([nodes('A'), nodes('B'), nodes('A')]).toEqual([2, 9, 2]);
  });

  it('is another one for a list of another length, in the same document', () => {
    const document = parse('query ($ids: [ID!]!) { nodes(ids: $ids) { id } }');
    for (const ids of [['a'], ['a', 'b', 'c'], []])
      expect(priceOperation({ schema: apiSchema, document, coercedVariables: { ids } }).nodes).toBe(
        ids.length,
      );
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
    expect(priceOperation({ schema, document, coercedVariables: {} }).depth).toBe(5);
  });
});
