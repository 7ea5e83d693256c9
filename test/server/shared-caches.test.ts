import { createHash } from 'node:crypto';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { TestGateway } from '../support/test-gateway.ts';

/** Selecting actions of each image costs a call for each: above 100 images it is refused. */
const QUERY =
  'query P($n: Int, $ids: [ID!]! = []) { images(first: $n) { nodes { id actions(first: 1) { totalCount } } } nodes(ids: $ids) { id } }';
const HASH = createHash('sha256').update(QUERY).digest('hex');

/** Variables as JSON text: some of it no `JSON.stringify` would write. */
const VARIABLES = [
  '{ "n": 1e400 }',
  '{ "n": -1e400 }',
  '{ "n": 2147483648 }',
  '{ "n": 150 }',
  '{ "n": 1.5 }',
  '{ "n": null }',
  '{ "n": "150" }',
  '{ "n": [1, 2, 3] }',
  '{ "n": 1, "ids": null }',
  '{ "n": 1, "ids": { "length": 2000 } }',
  `{ "n": 1, "ids": [${Array.from({ length: 999 }, () => '"do:image:1"').join()}] }`,
] as const;
const PROBES = ['{}', '{ "n": 1 }', '{ "n": 1, "ids": ["do:image:1"] }'] as const;

interface Call {
  readonly variables: string;
  readonly token: string | null;
  readonly method: 'GET' | 'POST';
  readonly isById: boolean;
}

async function send(gateway: TestGateway, { variables, token, method, isById }: Call): Promise<string> {
  const headers = {
    'x-requested-with': 'test',
    ...(token !== null && { authorization: `Bearer ${token}` }),
  };
  const document = isById ? `"documentId": "sha256:${HASH}"` : `"query": ${JSON.stringify(QUERY)}`;
  const search = new URLSearchParams({
    variables,
    ...(isById ? { documentId: `sha256:${HASH}` } : { query: QUERY }),
  });
  const response =
    method === 'GET'
      ? await gateway.fetch(`/graphql?${search.toString()}`, { headers })
      : await gateway.fetch('/graphql', {
          method,
          headers: { ...headers, 'content-type': 'application/json' },
          body: `{ ${document}, "variables": ${variables} }`,
        });
  return (await response.text()).replaceAll(/"requestId":"[^"]*"/g, '');
}

async function probe(gateway: TestGateway, isById: boolean): Promise<string[]> {
  const answers: string[] = [];
  for (const variables of PROBES)
    answers.push(await send(gateway, { variables, token: 'sandbox', method: 'POST', isById }));
  return answers;
}

describe.each([
  ['a document', false],
  ['a trusted document by its id, with no others served', true],
])('requests for %s', (_, isById) => {
  const start = () =>
    TestGateway.start(
      isById
        ? {
            env: { TRUSTED_DOCUMENTS_ONLY: 'true', TRUSTED_DOCUMENTS: 'x' },
            trustedDocuments: new Map([[HASH, QUERY]]),
          }
        : {},
    );

  it('are answered the same whatever others sent before, anonymous or of another tenant', async () => {
    await using untouched = await start();
    const expected = await probe(untouched, isById);
    expect(expected.join()).not.toContain('errors');
    const call = fc.record({
      variables: fc.constantFrom(...VARIABLES),
      token: fc.constantFrom(null, null, 'sandbox-b', 'no-token-of-the-api'),
      method: fc.constantFrom('GET' as const, 'POST' as const),
      isById: fc.constant(isById),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 6 }), async (calls) => {
        await using gateway = await start();
        for (const one of calls) await send(gateway, one);
        expect(await probe(gateway, isById)).toEqual(expected);
      }),
      { numRuns: 15, examples: [[[{ variables: '{ "n": 1e400 }', token: null, method: 'POST', isById }]]] },
    );
  });
});
