import { describe, expect, it } from 'vitest';

import { type Answer, TestGateway } from './support/test-gateway.ts';

/** Short times in the proportion of the defaults: an attempt and a second one fit into a request. */
const TIMES = { UPSTREAM_TIMEOUT_MS: '150', REQUEST_TIMEOUT_MS: '4000' };
const LIST = '{ images { totalCount } }';
const RENAME =
  'mutation { updateImage(input: { id: "do:image:230000044", name: "b" }) { image { name } userErrors { code } } }';

function codesOf({ errors }: Answer): unknown[] {
  return errors.map(({ extensions }) => extensions['code']);
}

describe('an API that is slower than one attempt may be', () => {
  it.each([
    ['a list', LIST, { images: { totalCount: 80 } }],
    ['one image', '{ image(slug: "debian-12-x64") { imageId } }', { image: { imageId: '199996745' } }],
    [
      'the actions of an image',
      '{ image(imageId: "199996745") { actions { totalCount } } }',
      { image: { actions: { totalCount: 0 } } },
    ],
  ])('is read by the last attempt, which has the time that is left: %s', async (_, query, data) => {
    await using gateway = await TestGateway.start({ env: TIMES });
    gateway.sandbox.control.addFault({ latencyMs: 500 });
    expect(await gateway.query(query)).toMatchObject({ data, errors: [] });
  });

  it('is read by all of many calls at once, of which few may be sent again, and its circuit stays closed', async () => {
    await using gateway = await TestGateway.start({ env: TIMES });
    gateway.sandbox.control.addFault({ latencyMs: 500 });
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, tag) =>
        gateway.query(`{ images(filter: { tagName: "t${tag}" }) { totalCount } }`),
      ),
    );
    expect(answers.map(codesOf)).toEqual(answers.map(() => []));
    expect(gateway.upstream().length).toBeLessThanOrEqual(30 + 3 + 3);
    expect(await gateway.query(LIST)).toMatchObject({ errors: [] });
  });

  it('is waited for by the only attempt where no second one would fit', async () => {
    await using gateway = await TestGateway.start({
      env: { UPSTREAM_TIMEOUT_MS: '1000', REQUEST_TIMEOUT_MS: '1900' },
    });
    gateway.sandbox.control.addFault({ latencyMs: 1_200 });
    expect(await gateway.query(LIST)).toMatchObject({ data: { images: { totalCount: 80 } }, errors: [] });
    expect(gateway.upstream()).toHaveLength(1);
  });

  it('carries out a write, which is sent once, and its outcome is known', async () => {
    await using gateway = await TestGateway.start({ env: TIMES });
    gateway.sandbox.control.addFault({ latencyMs: 500 });
    expect(await gateway.query(RENAME)).toMatchObject({
      data: { updateImage: { image: { name: 'b' }, userErrors: [] } },
      errors: [],
    });
    expect(gateway.upstream()).toEqual(['PUT /v2/images/230000044']);
  });
});

describe('an API that never answers', () => {
  const times = { UPSTREAM_TIMEOUT_MS: '100', REQUEST_TIMEOUT_MS: '700' };

  it('is given up at the end of the request, and the error has the time that it was waited for', async () => {
    await using gateway = await TestGateway.start({ env: times });
    gateway.sandbox.control.addFault({ kind: 'hang' });
    const read = await gateway.query(LIST);
    expect(read.errors).toMatchObject([{ extensions: { code: 'UPSTREAM_TIMEOUT', timeoutMs: 700 } }]);
    const written = await gateway.query(RENAME);
    expect(written.errors).toMatchObject([{ extensions: { code: 'UPSTREAM_TIMEOUT', outcome: 'unknown' } }]);
    const timeoutMs = written.errors[0]?.extensions['timeoutMs'];
    expect(Number.isInteger(timeoutMs)).toBe(true);
    // Not before the request's time is nearly over, and not after it.
    expect(timeoutMs).toBeGreaterThan(400);
    expect(timeoutMs).toBeLessThanOrEqual(700);
    // The write is never sent again.
    expect(gateway.upstream().map((call) => call.split(' ')[0])).toEqual(['GET', 'GET', 'PUT']);
  });

  it('opens the circuit all the same', async () => {
    await using gateway = await TestGateway.start({ env: times });
    gateway.sandbox.control.addFault({ kind: 'hang' });
    await Promise.all(
      Array.from({ length: 30 }, (_, tag) =>
        gateway.query(`{ images(filter: { tagName: "t${tag}" }) { totalCount } }`),
      ),
    );
    expect((await gateway.query(LIST)).errors).toMatchObject([{ extensions: { circuit: 'open' } }]);
  });

  it('leaves a list that was read before to serve, said to be stale', async () => {
    await using gateway = await TestGateway.start({ env: times });
    await gateway.query(LIST);
    gateway.clock.nowMs += 40_000;
    gateway.sandbox.control.addFault({ kind: 'hang' });
    expect(await gateway.query(LIST)).toMatchObject({
      data: { images: { totalCount: 80 } },
      extensions: { stale: true },
      errors: [],
    });
  });
});
