import { getNamedType, isListType, isNonNullType, isObjectType } from 'graphql';
import { describe, expect, it } from 'vitest';

import { apiSchema, subgraphSchema } from '../../src/graph/schema.ts';
import { TestGateway } from '../support/test-gateway.ts';

const UBUNTU = '195932981';
const MINE = '230000203';
const FAILED = { extensions: { code: 'UPSTREAM_UNAVAILABLE' } };

describe('a call that fails', () => {
  it('leaves the rest of the response, where it was for a list of images', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ match: { query: { tag_name: 'x' } }, status: 503 });
    const { status, data, errors } = await gateway.query(`{
      failed: images(filter: { tagName: "x" }) { totalCount nodes { id } }
      images(first: 1) { totalCount }
      image(imageId: "${UBUNTU}") { name }
    }`);
    expect(status).toBe(200);
    expect(data).toEqual({ failed: null, images: { totalCount: 80 }, image: { name: '24.04 (LTS) x64' } });
    expect(errors).toMatchObject([{ ...FAILED, path: ['failed'] }]);
  });

  it('leaves the other images, where it was for the actions of one', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ match: { path: `/v2/images/${MINE}/actions` }, status: 500 });
    const ids = [MINE, UBUNTU].map((id) => `do:image:${id}`);
    const { data, errors } = await gateway.query(
      'query ($ids: [ID!]!) { nodes(ids: $ids) { id ... on Image { actions { totalCount } } } }',
      { ids },
    );
    expect(data).toEqual({
      nodes: [
        { id: ids[0], actions: null },
        { id: ids[1], actions: { totalCount: 0 } },
      ],
    });
    expect(errors).toMatchObject([{ ...FAILED, path: ['nodes', 0, 'actions'] }]);
  });

  it('leaves the page and the other facets, where it was for the categories', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ match: { query: { type: 'application' } }, status: 502 });
    const { data, errors } = await gateway.query(
      '{ images(first: 1) { totalCount nodes { name } facets { types { count } categories { count } } } }',
    );
    expect(data).toMatchObject({
      images: {
        totalCount: 80,
        nodes: [{ name: expect.any(String) }],
        facets: { types: expect.arrayContaining([{ count: expect.any(Number) }]), categories: null },
      },
    });
    expect(errors).toMatchObject([{ ...FAILED, path: ['images', 'facets', 'categories'] }]);
  });

  it('leaves the result of a write that was carried out before it', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ match: { method: 'DELETE' }, status: 500 });
    const { data, errors } = await gateway.query(`mutation {
      updateImage(input: { id: "do:image:${MINE}", name: "renamed" }) { image { name } userErrors { code } }
      deleteImage(input: { id: "do:image:${MINE}" }) { deletedImageId userErrors { code } }
    }`);
    expect(data).toEqual({
      updateImage: { image: { name: 'renamed' }, userErrors: [] },
      deleteImage: null,
    });
    expect(errors).toMatchObject([{ ...FAILED, path: ['deleteImage'] }]);
  });

  it.each([
    ['the API schema', apiSchema],
    ['the subgraph', subgraphSchema],
  ])('never empties more than its own field: in %s each field with a call may be null', (_, schema) => {
    const fields = Object.values(schema.getTypeMap())
      .filter((type) => isObjectType(type))
      // An event of a subscription has no other field that could be lost.
      .filter((type) => type !== schema.getSubscriptionType())
      .flatMap((type) => Object.values(type.getFields()).map((field) => ({ type, field })))
      .filter(({ field }) => Object(field.extensions['directives'])['cost'] !== undefined);
    expect(fields.length).toBeGreaterThan(10);
    const emptying = fields.filter(({ field: { type } }) => {
      if (!isNonNullType(type)) return false;
      // A list that is always there, of items that fail one by one.
      return !isListType(type.ofType) || isNonNullType(type.ofType.ofType);
    });
    expect(
      emptying.map(({ type, field }) => `${type.name}.${field.name}: ${getNamedType(field.type).name}`),
    ).toEqual([]);
  });
});
