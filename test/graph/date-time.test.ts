import { GraphQLScalarType } from 'graphql';
import { describe, expect, it } from 'vitest';

import { apiSchema } from '../../src/graph/schema.ts';
import { TestGateway } from '../support/test-gateway.ts';

const MADE_AFTER = `query ($after: DateTime, $first: Int, $cursor: String) {
  images(filter: { createdAfter: $after }, first: $first, after: $cursor, orderBy: { field: CREATED_AT, direction: ASC }) {
    edges { cursor node { imageId } }
  }
}`;

/** A gateway whose account has one image for each text, as its `created_at`; their ids count from 1. */
async function withImagesMade(times: readonly unknown[]): Promise<TestGateway> {
  const gateway = await TestGateway.start();
  const images = times.map((time, index) => ({ id: index + 1, created_at: Object(time).valueOf() }));
  gateway.sandbox.control.replace({ token: 'sandbox', images });
  return gateway;
}

/** What the API says, and what the gateway shows. */
const SHOWN = [
  ['2014-11-04T22:23:02Z', '2014-11-04T22:23:02.000Z'],
  ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ['2014-11-04T22:23:02.5Z', '2014-11-04T22:23:02.500Z'],
  ['2014-11-04T22:23:02.123999999Z', '2014-11-04T22:23:02.123Z'],
  ['2014-11-04T22:23:02+00:00', '2014-11-04T22:23:02.000Z'],
  ['2014-11-04T22:23:02-00:00', '2014-11-04T22:23:02.000Z'],
  ['2014-11-04t22:23:02z', '2014-11-04T22:23:02.000Z'],
  ['2014-11-04T22:23:02+05:30', '2014-11-04T16:53:02.000Z'],
  ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
  ['2014-02-30T22:23:02Z', null],
  ['2023-02-29T00:00:00Z', null],
  ['2014-11-04T24:00:00Z', null],
  ['2014-11-04T22:23:60Z', null],
  ['9999-12-31T23:59:59-00:01', null],
  ['2014-11-04 22:23:02 UTC', null],
  ['2014-11-04', null],
  [1_415_139_782, null],
  [null, null],
] as const;

/** The query with the value in it, instead of a variable. */
const withLiteral = (value: unknown) =>
  MADE_AFTER.replace('$after: DateTime, ', '').replace('$after', JSON.stringify(value));

const refusal = (code: string) => ({
  message: expect.stringContaining(
    'DateTime must be an RFC 3339 date and time with three digits of milliseconds and an offset',
  ),
  extensions: { code },
});

const BEFORE = '2011-08-30T13:22:53.107Z';
const AFTER = '2011-08-30T13:22:53.109Z';

// The tables of https://scalars.graphql.org/andimarek/date-time.html, and more of the same kinds.
const VALID = [
  '2011-08-30T13:22:53.108Z',
  '2011-08-30T13:22:53.108+00:00',
  '2011-08-30t13:22:53.108z',
  '2011-08-30T10:22:53.108-03:00',
  '2011-08-30T16:52:53.108+03:30',
  '2011-08-31t13:21:53.108+23:59',
];

const REFUSED = [
  '2011-08-30T13:22:53.108-03',
  '2011-08-30T13:22:53.108912Z',
  '2011-08-30T13:22:53.10Z',
  '2011-08-30T13:22:53Z',
  '2011-08-30T13:22:53.Z',
  '2011-08-30T13:22:53,108Z',
  '2011-08-30T13:22:53.108',
  '2011-08-30',
  '2011-08-30T13:22:53.108-00:00',
  '2011-08-30T13:22:53.108+03:30:15',
  '2011-08-30T24:22:53.108Z',
  '2011-08-30T24:00:00.000Z',
  '2011-08-30T13:60:53.108Z',
  '2011-08-30T13:22:60.108Z',
  '2010-02-30T21:22:53.108Z',
  '2011-02-29T21:22:53.108Z',
  '2011-04-31T21:22:53.108Z',
  '2010-02-11T21:22:53.108Z+25:11',
  '2010-02-11T21:22:53.108+25:11',
  '2010-02-11T21:22:53.108+05:60',
  '2011-08-30 13:22:53.108Z',
  '+002011-08-30T13:22:53.108Z',
  ' 2011-08-30T13:22:53.108Z',
  'yesterday',
  '',
  1_314_710_573_108,
  true,
  {},
  ['2011-08-30T13:22:53.108Z', '2011-08-30T13:22:53.108Z'],
];

describe('a DateTime in a request', () => {
  it('may be everything that the specification calls valid', async () => {
    await using gateway = await withImagesMade([BEFORE, AFTER]);
    for (const text of VALID) {
      const expected = { text, data: { images: { edges: [{ node: { imageId: '2' } }] } } };
      const asVariable = await gateway.query(MADE_AFTER, { after: text });
      expect({ text, ...asVariable }).toMatchObject(expected);
      expect({ text, ...(await gateway.query(withLiteral(text))) }).toMatchObject(expected);
    }
  });

  it('may be nothing that the specification calls invalid, and nothing but text', async () => {
    await using gateway = await TestGateway.start();
    for (const value of REFUSED) {
      const { errors } = await gateway.query(MADE_AFTER, { after: value });
      expect({ value, errors }).toMatchObject({ value, errors: [refusal('BAD_USER_INPUT')] });
      const asLiteral = await gateway.query(withLiteral(value));
      expect({ value, errors: asLiteral.errors }).toMatchObject({
        value,
        errors: [refusal('GRAPHQL_VALIDATION_FAILED')],
      });
    }
    expect(gateway.upstream()).toEqual([]);
  });

  it('is the instant, and not its text: a cursor holds for every way to write it', async () => {
    await using gateway = await withImagesMade(['2020-01-01T00:00:00Z', '2021-01-01T00:00:00Z', AFTER]);
    const first = await gateway.query(MADE_AFTER, { after: BEFORE, first: 1 });
    expect(first.data).toMatchObject({ images: { edges: [{ node: { imageId: '3' } }] } });
    const { cursor } = Object(first.data?.['images']).edges[0];
    const after = '2011-08-30t15:22:53.107+02:00';
    const second = await gateway.query(MADE_AFTER, { after, first: 2, cursor });
    expect(second.errors).toEqual([]);
    expect(second.data).toMatchObject({
      images: { edges: [{ node: { imageId: '1' } }, { node: { imageId: '2' } }] },
    });
  });
});

describe('a DateTime in a response', () => {
  it('is in the one form of the specification, whichever the API has it in', async () => {
    await using gateway = await withImagesMade(SHOWN.map(([time]) => time));
    const actions = SHOWN.map(([time], index) => ({ id: index + 1, started_at: time, completed_at: time }));
    gateway.sandbox.control.addFault({
      match: { path: '/v2/images/1/actions' },
      body: { actions, meta: { total: actions.length } },
    });
    const { data, errors } = await gateway.query(
      '{ images { nodes { createdAt } } image(imageId: "1") { actions(first: 50) { nodes { startedAt completedAt } } } }',
    );
    expect(errors).toEqual([]);
    expect(data).toEqual({
      images: { nodes: SHOWN.map(([, shown]) => ({ createdAt: shown })) },
      image: { actions: { nodes: SHOWN.map(([, shown]) => ({ startedAt: shown, completedAt: shown })) } },
    });
  });

  it('may come from a Date, unless that is none', () => {
    const type = apiSchema.getType('DateTime');
    if (!(type instanceof GraphQLScalarType)) throw new Error('DateTime is a scalar');
    // The latest that the header `ratelimit-reset` can say.
    expect(type.serialize(new Date(99_999_999_999_000))).toBe('5138-11-16T09:46:39.000Z');
    expect(type.serialize('2014-11-04T22:23:02+01:00')).toBe('2014-11-04T21:23:02.000Z');
    for (const value of [new Date(NaN), new Date(8.64e15), 'yesterday', '2014-02-30T22:23:02.000']) {
      expect(() => type.serialize(value)).toThrow('DateTime cannot represent');
    }
  });
});
