import { describe, expect, it } from 'vitest';

import {
  DOCUMENT_LIMITS,
  OPERATION_LIMITS,
  ROUTER_DOCUMENT_LIMITS,
  ROUTER_OPERATION_LIMITS,
} from '../../src/operations/limits.ts';
import { TestGateway } from '../support/test-gateway.ts';

const UBUNTU = { __typename: 'Image', imageId: '195932981' };

const times = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index)).join(' ');

/** One field for each of a router's fetches, as Hive Router batches them. */
function batch(fields: number, selection = 'name @include(if: $c)') {
  const variables = times(fields, (index) => `$r${index}: [_Any!]!`);
  const selections = times(
    fields,
    (index) => `_e${index}: _entities(representations: $r${index}) { ...on Image { ${selection} } }`,
  );
  const condition = selection.includes('$c') ? '$c: Boolean!' : '';
  return `query (${condition} ${variables}) { ${selections} }`;
}

/** Variables of a batch whose fields have one representation each, or as many as given. */
function representations(fields: number, each = 1) {
  const lists = Array.from({ length: fields }, (_, index) => [`r${index}`, Array(each).fill(UBUNTU)]);
  return { c: true, ...Object.fromEntries(lists) };
}

const refusal = (limit: string, maximum: number) => ({
  extensions: { code: 'QUERY_TOO_COMPLEX', limit, maximum },
});

describe("a router's document", () => {
  it.each([11, 100, 1_000])('may have %d fields of one representation each, for one call', async (fields) => {
    await using gateway = await TestGateway.start();
    const { data, errors } = await gateway.query(batch(fields), representations(fields));
    expect(errors).toEqual([]);
    expect(Object.keys(data ?? {})).toHaveLength(fields);
    expect(data?.[`_e${fields - 1}`]).toEqual([{ name: '24.04 (LTS) x64' }]);
    expect(gateway.upstream()).toHaveLength(1);
  });

  it('is limited by its representations, however many fields they are spread over', async () => {
    await using gateway = await TestGateway.start();
    for (const [fields, each] of [
      [1, 1_001],
      [13, 77],
      [1_001, 1],
    ] as const) {
      const { errors } = await gateway.query(batch(fields), representations(fields, each));
      expect(errors).toMatchObject([refusal('nodes', 1_000)]);
    }
    expect(gateway.upstream()).toEqual([]);
    expect((await gateway.query(batch(8), representations(8, 125))).errors).toEqual([]);
  });

  it('may be as long as its batch, with a condition at each field and in fragments', async () => {
    await using gateway = await TestGateway.start();
    const fields = 'id imageId name slug type status distribution description'.split(' ');
    const conditional = fields.map((name) => `... on Image @include(if: $c) { ${name} }`).join(' ');
    const query = `${batch(150, '...F @skip(if: $c) ...F')} fragment F on Image { ${conditional} }`;
    expect(query.length).toBeGreaterThan(13_000);
    const { data, errors } = await gateway.query(query, representations(150));
    expect(errors).toEqual([]);
    expect(data?.['_e149']).toMatchObject([{ slug: 'ubuntu-24-04-x64' }]);
  });

  it.each([
    [
      'tokens',
      `{ _entities(representations: []) { ${'a '.repeat(40_000)} } }`,
      ROUTER_DOCUMENT_LIMITS.tokens,
    ],
    ['bytes', `${batch(11)} # ${'x'.repeat(163_840)}`, ROUTER_DOCUMENT_LIMITS.bytes],
    ['nesting', `{ _entities(representations: ${'['.repeat(101)}`, ROUTER_DOCUMENT_LIMITS.nesting],
    [
      'aliases',
      batch(
        1,
        times(101, (index) => `a${index}: actions { totalCount }`),
      ),
      ROUTER_OPERATION_LIMITS.aliases,
    ],
    ['directives', batch(1, '...A').concat(doublingConditions(13)), ROUTER_OPERATION_LIMITS.directives],
    ['calls', batch(101, 'actions { totalCount }'), ROUTER_OPERATION_LIMITS.calls],
  ])('has a limit to its %s nevertheless', async (limit, query, maximum) => {
    await using gateway = await TestGateway.start();
    const { errors } = await gateway.query(query, representations(101));
    expect(errors).toMatchObject([refusal(limit, maximum)]);
    expect(gateway.upstream()).toEqual([]);
  });
});

describe('a document that asks for entities and for something else', () => {
  const entities = (from: number, count: number) =>
    times(count, (index) => `_e${from + index}: _entities(representations: []) { __typename }`);
  const LONG = entities(0, 300);
  const { bytes, tokens } = DOCUMENT_LIMITS;

  it.each([
    ['another field', `{ ${LONG} images(first: 1) { totalCount } }`, 'tokens', tokens],
    [
      'another field in a fragment',
      `{ ${LONG} ...F } fragment F on Query { rateLimit { limit } }`,
      'tokens',
      tokens,
    ],
    ['another field by an alias', `{ ${LONG} _entities: image(imageId: "1") { id } }`, 'tokens', tokens],
    ['the SDL', `{ ${LONG} _service { sdl } }`, 'tokens', tokens],
    ['introspection', `{ ${LONG} __schema { queryType { name } } }`, 'tokens', tokens],
    ['another operation', `query A { ${LONG} } query B { images { totalCount } }`, 'tokens', tokens],
    [
      'another operation of entities',
      `query A { ${entities(0, 150)} } query B { ${entities(150, 150)} }`,
      'tokens',
      tokens,
    ],
    ['a comment about them', `{ images { totalCount } } # _entities ${'x'.repeat(20_480)}`, 'bytes', bytes],
    [
      'a field of that name',
      `{ images { ${times(800, (i) => `_entities${i}: totalCount`)} } }`,
      'tokens',
      tokens,
    ],
    ['a mutation', `mutation { ${LONG} }`, 'tokens', tokens],
  ])('has the limits of a client: %s', async (_, query, limit, maximum) => {
    await using gateway = await TestGateway.start();
    const { errors } = await gateway.query(query);
    expect(errors).toMatchObject([refusal(limit, maximum)]);
    expect(gateway.upstream()).toEqual([]);
  });

  it('counts its other fields as before, and those of entities not at all', async () => {
    await using gateway = await TestGateway.start();
    const found = times(
      12,
      (index) =>
        `_e${index}: _entities(representations: [{ __typename: "Image", imageId: "195932981" }]) { ...on Image { id } }`,
    );
    const images = (count: number) => times(count, (index) => `i${index}: images(first: 1) { totalCount }`);
    const aliased = (count: number) => times(count, (index) => `a${index}: actions { totalCount }`);
    const conditional = times(51, () => 'totalCount @include(if: true)');
    expect((await gateway.query(`{ ${found} ${images(10)} }`)).errors).toEqual([]);
    for (const [query, limit] of [
      [`{ ${found} ${images(11)} }`, 'rootFields'],
      [`{ ${found} image(imageId: "1") { ${aliased(16)} } }`, 'aliases'],
      [`{ ${found} images(first: 1) { ${conditional} } }`, 'directives'],
    ] as const) {
      expect((await gateway.query(query)).errors).toMatchObject([refusal(limit, OPERATION_LIMITS[limit])]);
    }
  });
});

/** The fragment `A`, whose conditions double so many times. */
function doublingConditions(doublings: number): string {
  return ` fragment A on Image { ...A0 } ${times(
    doublings,
    (index) =>
      `fragment A${index} on Image { ...A${index + 1} @include(if: true) ...A${index + 1} @skip(if: false) }`,
  )} fragment A${doublings} on Image { id }`;
}
