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

  it('is not served to those who are no router', async () => {
    await using gateway = await TestGateway.start();
    const { data } = await gateway.query('{ __schema { queryType { fields { name } } } }');
    expect(JSON.stringify(data)).not.toContain('_entities');
  });
});
