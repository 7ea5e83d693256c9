import { describe, expect, it } from 'vitest';

import { TestGateway } from '../support/test-gateway.ts';

const NAMED = 'query A { a: __typename } query B { b: __typename }';
const ALONE = '{ __typename }';
const DATA = { __typename: 'Query' };

const MEDIA_TYPES = ['application/json', 'application/graphql-response+json'] as const;

type Params = Readonly<Record<string, unknown>>;

/** The same request by each method. What is no string is JSON in a URL. */
async function ask(gateway: TestGateway, params: Params, accept = 'application/json') {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params))
    search.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  const headers = { accept, authorization: 'Bearer sandbox' };
  const responses = {
    GET: await gateway.fetch(`/graphql?${search}`, { headers }),
    POST: await gateway.fetch('/graphql', {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(params),
    }),
  };
  const read = async (response: Response) => {
    const { data, errors } = await response.json();
    return { status: response.status, data, code: errors?.[0].extensions.code };
  };
  return { GET: await read(responses.GET), POST: await read(responses.POST) };
}

describe('an operation that cannot be determined', () => {
  it.each([
    ['several and no name', { query: NAMED }],
    ['several and null for a name', { query: NAMED, operationName: null }],
    ['several and an empty name', { query: NAMED, operationName: '' }],
    ['a name that none of several has', { query: NAMED, operationName: 'C' }],
    ['a name that the only one lacks', { query: ALONE, operationName: 'C' }],
    ['no operation', { query: 'fragment F on Query { __typename }' }],
    ['several, asked for twice', { query: NAMED, variables: {} }],
  ])('is a well-formed request: 200 under application/json and 400 beside it, for %s', async (_, params) => {
    await using gateway = await TestGateway.start();
    for (const [accept, status] of [
      [MEDIA_TYPES[0], 200],
      [MEDIA_TYPES[1], 400],
      [MEDIA_TYPES[0], 200],
    ] as const) {
      const { GET, POST } = await ask(gateway, params, accept);
      expect(POST.status).toBe(status);
      expect(POST.data).toBeUndefined();
      expect(POST.code).toBe('OPERATION_RESOLUTION_FAILURE');
      // In a URL null is a name like any other, which no operation has.
      expect(GET).toEqual(POST);
    }
  });
});

describe.each(MEDIA_TYPES)('under %s', (accept) => {
  it.each([
    ['an empty operation name', { operationName: '' }],
    ['empty variables', { variables: '' }],
    ['variables of null', { variables: null }],
    ['empty extensions', { extensions: '' }],
    ['extensions of null', { extensions: null }],
    ['an empty document id', { documentId: '' }],
    ['all of them', { operationName: '', variables: '', extensions: '', documentId: '' }],
  ])('%s is the same as none, by GET and by POST', async (_, params) => {
    await using gateway = await TestGateway.start();
    const expected = { status: 200, data: DATA, code: undefined };
    for (let times = 0; times < 3; times += 1)
      expect(await ask(gateway, { query: ALONE, ...params }, accept)).toEqual({
        GET: expected,
        POST: expected,
      });
  });

  it('an operation name of null is the same as none, in JSON', async () => {
    await using gateway = await TestGateway.start();
    const { POST } = await ask(gateway, { query: ALONE, operationName: null }, accept);
    expect(POST).toEqual({ status: 200, data: DATA, code: undefined });
  });

  it.each([
    ['no document', {}],
    ['an empty document', { query: '' }],
    ['variables that are a string', { query: ALONE, variables: '"x"' }],
    ['variables that are a list', { query: ALONE, variables: [] }],
    ['extensions that are a number', { query: ALONE, extensions: 7 }],
  ])('%s is a malformed request, by GET and by POST', async (_, params) => {
    await using gateway = await TestGateway.start();
    const expected = { status: 400, data: undefined, code: 'BAD_REQUEST' };
    expect(await ask(gateway, params, accept)).toEqual({ GET: expected, POST: expected });
  });

  it.each([0, false, {}, ['A']])('an operation name of %j is a malformed request', async (operationName) => {
    await using gateway = await TestGateway.start();
    const { POST } = await ask(gateway, { query: NAMED, operationName }, accept);
    expect(POST).toEqual({ status: 400, data: undefined, code: 'BAD_REQUEST' });
  });
});
