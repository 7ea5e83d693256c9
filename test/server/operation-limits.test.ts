import { describe, expect, it } from 'vitest';

import { DOCUMENT_LIMITS, OPERATION_LIMITS } from '../../src/operations/limits.ts';
import { TestGateway } from '../support/test-gateway.ts';

const times = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index)).join(' ');

/** Fragments each of which spreads the next one twice, which is as good as 2^40 fields. */
const DOUBLING = `{ images(first: 1) { nodes { ...F0 } } }
  ${times(40, (index) => `fragment F${index} on Image { ...F${index + 1} ...F${index + 1} }`)}
  fragment F40 on Image { name }`;

const HOSTILE: readonly (readonly [what: string, query: string, limit: string])[] = [
  ['20,000 braces', '{'.repeat(20_000), 'nesting'],
  ['20,000 brackets', `{ nodes(ids: ${'['.repeat(20_000)}`, 'nesting'],
  [
    'braces that a string and a comment seem to close',
    `{ image(slug: "}}}") ${'{ a #}\n'.repeat(101)}`,
    'nesting',
  ],
  ['a long comment', `{ __typename } # ${'x'.repeat(20_480)}`, 'bytes'],
  ['letters of two bytes', `{ __typename } # ${'ä'.repeat(10_240)}`, 'bytes'],
  ['5,000 times one field', `{ images { nodes { ${'id '.repeat(5_000)} } } }`, 'tokens'],
  ['1,000 aliases', `{ ${times(1_000, (index) => `a${index}: __typename`)} }`, 'tokens'],
  [
    '11 root fields',
    `{ ${times(11, (index) => `a${index}: image(imageId: "${index}") { id }`)} }`,
    'rootFields',
  ],
  [
    '11 fragments of one root field each',
    `{ ${times(11, (index) => `...F${index}`)} }
     ${times(11, (index) => `fragment F${index} on Query { f${index}: image(imageId: "1") { id } }`)}`,
    'rootFields',
  ],
  [
    '16 aliases of what costs a call',
    `{ image(imageId: "1") { ${times(16, (index) => `a${index}: actions { totalCount }`)} } }`,
    'aliases',
  ],
  ['51 directives', `{ images { ${times(51, () => 'totalCount @include(if: true)')} } }`, 'directives'],
  ['a call for each of 200 images', '{ images(first: 200) { nodes { actions { totalCount } } } }', 'calls'],
  [
    'a call for each of 200 ids',
    `{ nodes(ids: [${times(200, (index) => `"do:image:${index}"`)}]) { ... on Image { actions { totalCount } } } }`,
    'calls',
  ],
  ['1,200 nodes', `{ ${times(6, (index) => `a${index}: images(first: 200) { nodes { id } }`)} }`, 'nodes'],
  ['nodes in nodes', '{ images(first: 60) { nodes { actions(first: 20) { nodes { id } } } } }', 'nodes'],
  [
    'many values of many nodes',
    `{ images(first: 200) { nodes { ${times(260, (i) => `a${i}: name`)} } } }`,
    'values',
  ],
  ['fragments that double one another', DOUBLING, 'values'],
  [
    'long names for the values of many nodes',
    `{ images(first: 200) { nodes { ${times(40, (index) => `${'x'.repeat(400)}${index}: name`)} } } }`,
    'values',
  ],
  ['the SDL many times', `{ _service { ${times(40, (index) => `a${index}: sdl`)} } }`, 'values'],
  [
    'introspection under many names',
    `{ __schema { ${times(20, (index) => `a${index}: types { fields { ...F } }`)} } } fragment F on __Field { ${times(30, (index) => `f${index}: name`)} }`,
    'introspectionValues',
  ],
];

describe('an operation beyond a limit', () => {
  it.each(HOSTILE)('is refused without a call: %s', async (_, query, limit) => {
    await using gateway = await TestGateway.start();
    const headers = { accept: 'application/graphql-response+json' };
    const answer = await gateway.query(query, {}, { headers });
    expect(answer.errors).toMatchObject([
      {
        extensions: {
          code: 'QUERY_TOO_COMPLEX',
          limit,
          maximum: { ...DOCUMENT_LIMITS, ...OPERATION_LIMITS }[limit],
        },
      },
    ]);
    expect(answer.status).toBe(400);
    expect(answer.data).toBeUndefined();
    expect(JSON.stringify(answer.errors).length).toBeLessThan(500);
    expect(gateway.upstream()).toEqual([]);
  });

  it('is refused by what its variables ask for as well, given or by default', async () => {
    await using gateway = await TestGateway.start();
    const query = `query ($first: Int = 200, $ids: [ID!]) {
      images(first: $first) { nodes { actions(first: 1) { totalCount } } }
      nodes(ids: $ids) { id }
    }`.replace('$ids: [ID!]', '$ids: [ID!] = []');
    const limitOf = async (variables: Record<string, unknown>) =>
      (await gateway.query(query.replace('[ID!] =', '[ID!]! ='), variables)).errors[0]?.extensions['limit'];
    expect(await limitOf({})).toBe('calls');
    expect(await limitOf({ first: 150 })).toBe('calls');
    expect(await limitOf({ first: 2 })).toBeUndefined();
    expect(await limitOf({ first: 2, ids: Array.from({ length: 999 }, () => 'do:image:1') })).toBe('nodes');
  });

  it('is told apart from a page that is too large', async () => {
    await using gateway = await TestGateway.start();
    const { errors } = await gateway.query('{ images(first: 100000) { nodes { id } } }');
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', reason: 'PAGE_SIZE' } }]);
  });

  it('is a subscription just as well', async () => {
    await using gateway = await TestGateway.start();
    const query = `subscription { imageStatus(id: "do:image:195932981") {
      ${times(16, (index) => `a${index}: actions { totalCount }`)}
    } }`;
    const events = await Array.fromAsync(gateway.subscribe(query));
    expect(events).toMatchObject([
      { errors: [{ extensions: { code: 'QUERY_TOO_COMPLEX', limit: 'aliases' } }] },
    ]);
    expect(gateway.upstream()).toEqual([]);
  });
});

describe('an invalid operation', () => {
  it.each([
    ['500 unknown fields', `{ images { ${times(500, (index) => `unknown${index}`)} } }`],
    ['a fragment of itself', '{ ...F } fragment F on Query { ...F }'],
    ['100 unused variables', `query (${times(100, (index) => `$v${index}: Int`)}) { __typename }`],
    ['a very long name', `{ ${'x'.repeat(15_000)} }`],
    ['a very long value', `{ images(first: "${'x'.repeat(15_000)}") { totalCount } }`],
  ])('has a small answer: %s', async (_, query) => {
    await using gateway = await TestGateway.start();
    const headers = { accept: 'application/graphql-response+json' };
    const { status, errors } = await gateway.query(query, {}, { headers });
    expect(status).toBe(400);
    expect(errors.length).toBeGreaterThan(0);
    expect(errors.length).toBeLessThanOrEqual(10);
    expect(JSON.stringify(errors).length).toBeLessThan(5_000);
    for (const { extensions } of errors) expect(extensions['code']).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  it('names variables that do not fit with the type that they have, and does not repeat their values', async () => {
    await using gateway = await TestGateway.start();
    const query =
      'query ($filter: ImageFilter, $first: Int) { images(filter: $filter, first: $first) { totalCount } }';
    const secret = 'dop_v1_0123456789abcdef';
    const { errors } = await gateway.query(query, { first: secret, filter: { types: [secret] } });
    expect(errors.map(({ message }) => message)).toEqual([
      'The variable "$filter" does not fit its type ImageFilter at "filter.types[0]".',
      'The variable "$first" does not fit its type Int.',
    ]);
    expect(JSON.stringify(errors)).not.toContain(secret);
  });

  it.each([
    ['query ($f: ImageFilter) { images(filter: $f) { totalCount } }', { f: 'a; SECRET' }],
    ['query ($f: ImageFilter) { images(filter: $f) { totalCount } }', { f: { createdAfter: 'x; SECRET' } }],
    ['query ($f: ImageFilter) { images(filter: $f) { totalCount } }', { f: { types: ['a at "f"; SECRET'] } }],
    [
      'query ($f: ImageFilter) { images(filter: $f) { totalCount } }',
      { f: { private: 'a; Field "SECRET" is' } },
    ],
    ['{ images(first: "SECRET") { totalCount } }', {}],
    ['{ images(first: "dop_v1_0123SECRET") { totalCount } }', {}],
  ])('repeats no value, whatever is in it: %s %j', async (query, variables) => {
    await using gateway = await TestGateway.start();
    const { errors } = await gateway.query(query, variables);
    expect(errors).toHaveLength(1);
    expect(JSON.stringify(errors)).not.toContain('SECRET');
  });

  it('says what is wrong with a variable where that repeats nothing of it', async () => {
    await using gateway = await TestGateway.start({ env: { INTROSPECTION: 'false' } });
    const query = 'query ($f: ImageFilter) { images(filter: $f) { totalCount } }';
    const messageOf = async (f: object) => (await gateway.query(query, { f })).errors[0]?.message;
    expect(await messageOf({ nameContain: '1' })).toBe(
      'The variable "$f" does not fit its type ImageFilter: Field "nameContain" is not defined by type "ImageFilter".',
    );
    expect(await messageOf({ createdAfter: 'x' })).toMatch(
      / at "f.createdAfter": DateTime must be an RFC 3339/,
    );
  });

  it.each([
    'subscription { imageStatus(id: "do:image:195932981") @skip(if: true) { id } }',
    'subscription { ...F } fragment F on Subscription { ... @include(if: false) { imageStatus(id: "do:image:1") { id } } }',
  ])('is a subscription that may not begin: %s', async (query) => {
    await using gateway = await TestGateway.start();
    expect((await gateway.query(query)).errors).toMatchObject([
      { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
    ]);
  });

  it.each([
    ['true', true],
    ['false', false],
  ])('is told what it may have meant where introspection is %s', async (introspection, told) => {
    await using gateway = await TestGateway.start({ env: { INTROSPECTION: introspection } });
    for (const query of [
      '{ imagez { totalCount } }',
      '{ images(firstt: 1) { totalCount } }',
      '{ images { nodes { ... on Imag { id } } } }',
    ]) {
      const { errors } = await gateway.query(query);
      expect(errors[0]?.message.includes('Did you mean')).toBe(told);
    }
  });
});
