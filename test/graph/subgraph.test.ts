import { readFileSync } from 'node:fs';

import { buildASTSchema, parse } from 'graphql';
import { describe, expect, it } from 'vitest';

import { TestGateway } from '../support/test-gateway.ts';

const PRINTED = readFileSync(new URL('../../schema/subgraph.graphql', import.meta.url), 'utf8');
const schema = buildASTSchema(parse(PRINTED), { assumeValidSDL: true });

function directivesOf(name: string): string[] {
  const line = PRINTED.split('\n').find((text) => new RegExp(`^type ${name}\\b`).test(text)) ?? '';
  return line.match(/@\w+(?:\([^)]*\))?/g) ?? [];
}

describe('the subgraph schema', () => {
  it('is what `_service` gives, to the letter and without a token', async () => {
    await using gateway = await TestGateway.start();
    const { data } = await gateway.query('{ _service { sdl } }', {}, { token: null });
    expect(data).toEqual({ _service: { sdl: PRINTED } });
  });

  it('leaves `node` and `nodes` to the router, and keeps all other fields', () => {
    const api = buildASTSchema(
      parse(readFileSync(new URL('../../schema/api.graphql', import.meta.url), 'utf8')),
    );
    const fieldsOf = (one: typeof schema) => Object.keys(one.getQueryType()?.getFields() ?? {});
    expect(fieldsOf(schema)).toEqual(fieldsOf(api).filter((name) => !/^nodes?$/.test(name)));
    expect(Object.keys(schema.getTypeMap()).toSorted()).toEqual(Object.keys(api.getTypeMap()).toSorted());
  });

  it('has an image by each of its keys, a region as a reference, and types that others may have as well', () => {
    expect(directivesOf('Image')).toEqual([
      '@key(fields: "id")',
      '@key(fields: "imageId")',
      '@key(fields: "slug")',
    ]);
    expect(directivesOf('Region')).toEqual(['@key(fields: "slug", resolvable: false)']);
    expect(directivesOf('PageInfo')).toEqual(['@shareable']);
    expect(directivesOf('UserError')).toEqual(['@shareable']);
  });

  it.each(['{ _service { sdl } }', '_service {', '{ _entities(representations: []) { __typename } }'])(
    'is for a router alone: after %s all others have their own as before',
    async (query) => {
      await using gateway = await TestGateway.start();
      const asked = { id: 'do:image:195932981' };
      const OTHER = 'query ($id: ID!) { node(id: $id) { id } }';
      await Promise.all([gateway.query(query), gateway.query(OTHER, asked), gateway.query(query)]);
      expect((await gateway.query(OTHER, asked)).data).toEqual({ node: asked });
    },
  );

  it.each([
    '{ _service @include(if: true) { sdl } }',
    '{ _service #comment\n { sdl } }',
    '{ _service,{ sdl } }',
    '{ a: _service { sdl } }',
    '{ ...F } fragment F on Query { ... { _service { sdl } } }',
    '{ _entities #comment\n (representations: []) { __typename } }',
  ])('is recognised by what is asked for: %s', async (query) => {
    await using gateway = await TestGateway.start();
    expect((await gateway.query(query)).errors).toEqual([]);
  });

  it.each([
    '# _entities (see there)\n{ node(id: "do:image:195932981") { id } }',
    '{ node(id: "do:image:195932981") { id } images(first: 1, filter: { nameContains: "_service {" }) { totalCount } }',
  ])('is not recognised by what is not: %s', async (query) => {
    await using gateway = await TestGateway.start();
    expect((await gateway.query(query)).errors).toEqual([]);
  });

  it('is not served to those who are no router', async () => {
    await using gateway = await TestGateway.start();
    const { data } = await gateway.query('{ __schema { queryType { fields { name } } } }');
    expect(JSON.stringify(data)).not.toContain('_entities');
  });
});
