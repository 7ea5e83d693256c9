import { describe, expect, it } from 'vitest';

import { TestGateway } from '../support/test-gateway.ts';

const MEDIA_TYPES = ['application/json', 'application/graphql-response+json'];

/** An operation whose variable is null where a field or a directive needs a value, and the path of the error. */
const NULLS: [string, string, Record<string, unknown>, (string | number)[] | undefined, string][] = [
  [
    'an argument',
    'query ($id: ID = "do:image:1") { __typename node(id: $id) { id } }',
    { id: null },
    ['node'],
    'id',
  ],
  [
    'an item of a list',
    'query ($id: ID = "do:image:1") { __typename nodes(ids: [$id]) { id } }',
    { id: null },
    ['nodes'],
    'ids',
  ],
  [
    'an item of a list in an input object',
    'query ($region: ID = "nyc3") { __typename images(filter: { regions: [$region] }) { totalCount } }',
    { region: null },
    ['images'],
    'filter',
  ],
  [
    '@include of a root field',
    'query ($if: Boolean = true) { __typename images @include(if: $if) { totalCount } }',
    { if: null },
    undefined,
    'if',
  ],
  [
    '@skip of a field below',
    'query ($if: Boolean = true) { __typename images { totalCount @skip(if: $if) } }',
    { if: null },
    ['images'],
    'if',
  ],
  [
    'a field below a list',
    'query ($first: Int! = 1) { nodes(ids: ["do:image:195932981"]) { ... on Image { actions(first: $first, after: "x") { totalCount } } } }',
    {},
    ['nodes', 0, 'actions'],
    'after',
  ],
];

describe('an error of a field', () => {
  describe.each(MEDIA_TYPES)('under %s', (accept) => {
    it.each(NULLS)(
      'is BAD_USER_INPUT at its path, with 200, where null reaches %s',
      async (_, query, variables, path, argument) => {
        await using gateway = await TestGateway.start();
        // The default values do no harm: from the second time on the query has a plan, which null makes fail.
        for (let times = 0; times < 2; times += 1) await gateway.query(query, {}, { headers: { accept } });
        const { status, data, errors } = await gateway.query(query, variables, { headers: { accept } });
        expect({ status, hasData: data !== undefined }).toEqual({ status: 200, hasData: true });
        expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument } }]);
        expect(errors[0]?.path).toEqual(path);
      },
    );

    it('leaves 200 to a mutation whose first field was carried out', async () => {
      await using gateway = await TestGateway.start();
      const { status, errors } = await gateway.query(
        `mutation ($id: ID = "do:image:1") {
          first: deleteImage(input: { id: "do:image:230000044" }) { deletedImageId }
          second: deleteImage(input: { id: $id }) { deletedImageId }
        }`,
        { id: null },
        { headers: { accept } },
      );
      expect(status).toBe(200);
      expect(errors).toMatchObject([
        { path: ['second'], extensions: { code: 'BAD_USER_INPUT', argument: 'input' } },
      ]);
      expect(gateway.upstream()).toEqual(['DELETE /v2/images/230000044']);
    });

    it('leaves 200 to a token that the API refuses, and 401 to one that is missing', async () => {
      await using gateway = await TestGateway.start();
      const query = '{ __typename image(imageId: "195932981") { id } }';
      const refused = await gateway.query(query, {}, { token: 'unknown', headers: { accept } });
      expect(refused).toMatchObject({ status: 200, data: { __typename: 'Query' } });
      const missing = await gateway.query(query, {}, { token: null, headers: { accept } });
      expect(missing).toMatchObject({ status: 401, data: undefined });
    });
  });
});

describe('a response without data', () => {
  it.each([
    ['application/json', 200],
    ['application/graphql-response+json', 400],
  ])('of a subscription that does not begin has, under %s, %d', async (accept, status) => {
    await using gateway = await TestGateway.start();
    for (const id of [null, '5']) {
      const answer = await gateway.query(
        'subscription ($id: ID = "x") { imageStatus(id: $id) { id } }',
        { id },
        // A client that takes no events gets 406 before anything of it is executed.
        { headers: { accept: `${accept}, text/event-stream;q=0.1` } },
      );
      expect(answer).toMatchObject({ status, data: undefined });
      expect(answer.errors).toMatchObject([
        { path: ['imageStatus'], extensions: { code: 'BAD_USER_INPUT', argument: 'id' } },
      ]);
    }
  });
});

describe('a bug', () => {
  const MASKED = { code: 'INTERNAL_SERVER_ERROR', requestId: expect.any(String) };

  it('is masked, and keeps the path and the location of its field', async () => {
    await using gateway = await TestGateway.start();
    gateway.breakClock();
    const { status, errors } = await gateway.query('{\n  list: images { totalCount }\n}');
    expect(status).toBe(200);
    expect(errors).toEqual([
      {
        message: 'Something went wrong in the gateway.',
        path: ['list'],
        locations: [{ line: 2, column: 3 }],
        extensions: MASKED,
      },
    ]);
    expect(gateway.takeBugs()).toHaveLength(1);
  });

  it('has a place in a list', async () => {
    await using gateway = await TestGateway.start();
    gateway.breakClock();
    const { errors } = await gateway.query('{ nodes(ids: ["do:image:195932981"]) { id } }');
    expect(errors).toMatchObject([
      { path: ['nodes', 0], locations: [{ line: 1, column: 3 }], extensions: MASKED },
    ]);
    gateway.takeBugs();
  });

  it('in the source of a subscription is masked at its field as well', async () => {
    await using gateway = await TestGateway.start();
    gateway.breakClock();
    const events = await Array.fromAsync(
      gateway.subscribe('subscription { state: imageStatus(id: "do:image:195932981") { id } }'),
    );
    expect(events).toMatchObject([
      { errors: [{ path: ['state'], locations: [{ line: 1, column: 16 }], extensions: MASKED }] },
    ]);
    expect(JSON.stringify(events)).not.toContain('clock');
    gateway.takeBugs();
  });
});
