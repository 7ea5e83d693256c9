import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { describe, expect, it } from 'vitest';

import { TestGateway } from '../support/test-gateway.ts';

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');

describe('a request that is over', () => {
  it.each([
    ['a query that is not known yet', (n: number) => `query Q${n} { images(first: 3) { nodes { id } } }`],
    ['a known query', () => '{ images(first: 3) { nodes { id } } }'],
    ['a query that fails', () => '{ images(first: 3, after: "nonsense") { nodes { id } } }'],
    ['no valid query', (n: number) => `{ nothing${n} }`],
    ['no valid query without introspection', (n: number) => `{ nothing${n} }`, { INTROSPECTION: 'false' }],
    ['no document', (n: number) => `{ images${n} {`],
    ['a document beyond a limit', (n: number) => `{ a${n} ${'{ a '.repeat(101)}`],
    [
      'too much at once',
      (n: number) => `{ a${n}: images(first: 200) { nodes { actions(first: 200) { nodes { id } } } } }`,
    ],
    ['a mutation', () => 'mutation { deleteImage(input: { id: "do:image:1" }) { deletedImageId } }'],
  ])('is held by nothing after %s', async (_, queryOf, env: Record<string, string> = {}) => {
    await using gateway = await TestGateway.start({ env });
    const seen: WeakRef<object>[] = [];
    const { port, close } = await gateway.listen((request) => void seen.push(new WeakRef(request)));
    for (let n = 0; n < 5; n += 1) {
      const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer sandbox', connection: 'close' },
        body: JSON.stringify({ query: queryOf(n) }),
      });
      await response.text();
    }
    close();
    for (let turn = 0; turn < 10 && seen.some((request) => request.deref() !== undefined); turn += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (typeof collect === 'function') collect();
    }
    expect(seen).toHaveLength(5);
    expect(seen.filter((request) => request.deref() !== undefined)).toEqual([]);
  });
});
