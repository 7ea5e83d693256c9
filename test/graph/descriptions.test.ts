import { readFileSync } from 'node:fs';

import {
  buildASTSchema,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
  parse,
} from 'graphql';
import { describe, expect, it } from 'vitest';

import { apiSchema, subgraphSchema } from '../../src/graph/schema.ts';
import { TestGateway } from '../support/test-gateway.ts';

const printed = (name: string) =>
  buildASTSchema(parse(readFileSync(new URL(`../../schema/${name}.graphql`, import.meta.url), 'utf8')), {
    assumeValidSDL: true,
  });

interface Described {
  readonly name: string;
  readonly description?: string | null | undefined;
}

/** Each type, field, argument and enum value of a schema by its coordinates, but for those that every schema has. */
function partsOf(schema: GraphQLSchema): { coordinate: string; part: Described }[] {
  return Object.values(schema.getTypeMap()).flatMap((type) =>
    isIntrospectionType(type) || isSpecifiedScalarType(type)
      ? []
      : [{ coordinate: type.name, part: type }, ...membersOf(type, type.name)],
  );
}

function membersOf(type: unknown, name: string): { coordinate: string; part: Described }[] {
  if (isEnumType(type)) return type.getValues().map((part) => ({ coordinate: `${name}.${part.name}`, part }));
  if (isInputObjectType(type))
    return Object.values(type.getFields()).map((part) => ({ coordinate: `${name}.${part.name}`, part }));
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values(type.getFields()).flatMap((part) => [
    { coordinate: `${name}.${part.name}`, part },
    ...part.args.map((arg) => ({ coordinate: `${name}.${part.name}(${arg.name}:)`, part: arg })),
  ]);
}

describe('a description', () => {
  it.each([
    ['the API schema', apiSchema],
    ["the router's schema", subgraphSchema],
    ['schema/api.graphql', printed('api')],
    ['schema/subgraph.graphql', printed('subgraph')],
  ])('is at every type, field, argument and enum value of %s', (_, schema) => {
    const parts = partsOf(schema);
    expect(parts.length).toBeGreaterThan(200);
    const bare = parts.filter(({ part }) => !/\p{L}{2}/u.test(part.description ?? ''));
    expect(bare.map(({ coordinate }) => coordinate)).toEqual([]);
  });

  it('of a page flag holds for a page between two bounds', async () => {
    await using gateway = await TestGateway.start();
    const images = Array.from({ length: 10 }, (_, index) => ({ id: index + 1 }));
    gateway.sandbox.control.replace({ token: 'sandbox', images });
    const QUERY = `query ($first: Int, $after: String, $last: Int, $before: String) {
      images(first: $first, after: $after, last: $last, before: $before) {
        edges { cursor node { imageId } } pageInfo { hasPreviousPage hasNextPage }
      }
    }`;
    const read = async (variables: object) =>
      Object((await gateway.query(QUERY, { ...variables })).data).images;
    const { edges } = await read({ first: 10 });
    const cursors: string[] = edges.map(({ cursor }: { cursor: string }) => cursor);
    /** Ids of a page, and its flags. */
    const page = async (args: object) => {
      const shown = await read(args);
      const ids = shown.edges.map(({ node }: { node: { imageId: string } }) => node.imageId).join(' ');
      return [ids, shown.pageInfo.hasPreviousPage, shown.pageInfo.hasNextPage];
    };
    // Between 2 and 7 there are 3, 4, 5 and 6.
    const bounds = { after: cursors[1], before: cursors[6] };
    expect(await page({ ...bounds, first: 3 })).toEqual(['3 4 5', true, true]);
    expect(await page({ ...bounds, first: 4 })).toEqual(['3 4 5 6', true, false]);
    expect(await page({ ...bounds, last: 3 })).toEqual(['4 5 6', true, true]);
    expect(await page({ ...bounds, last: 4 })).toEqual(['3 4 5 6', false, true]);
    expect(await page({ ...bounds, first: 3, last: 2 })).toEqual(['4 5', true, true]);
    expect(await page({ ...bounds, first: 4, last: 4 })).toEqual(['3 4 5 6', false, false]);
    // The edge of a bound counts as what is beyond it, also where it is the only one.
    expect(await page({ first: 3, after: cursors[0] })).toEqual(['2 3 4', true, true]);
    expect(await page({ last: 3, before: cursors[9] })).toEqual(['7 8 9', true, true]);
    expect(await page({ last: 9, before: cursors[9] })).toEqual(['1 2 3 4 5 6 7 8 9', false, true]);
    expect(await page({ before: cursors[2] })).toEqual(['1 2', false, true]);
  });
});
