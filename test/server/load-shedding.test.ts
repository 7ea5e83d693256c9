import { setTimeout as delay } from 'node:timers/promises';

import { expect, it } from 'vitest';

import { type Answer, TestGateway } from '../support/test-gateway.ts';

const LIST = '{ images(first: 3) { totalCount nodes { id } } }';
const CONNECTIONS = 300;

const image = (id: number) => `{ image(imageId: "${id}") { id } }`;

function codeOf({ errors }: Answer): unknown {
  return errors[0]?.extensions['code'] ?? 'ok';
}

/** Runs so many pieces of work, a few at a time. */
async function inParallel(
  count: number,
  width: number,
  work: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const runner = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: width }, runner));
}

function countOf(codes: readonly unknown[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const code of codes) counts[String(code)] = (counts[String(code)] ?? 0) + 1;
  return counts;
}

it('serves a tenant, and all that is cached, beside the flood of another', { timeout: 120_000 }, async () => {
  await using gateway = await TestGateway.start();
  for (const token of ['sandbox', 'sandbox-b'])
    for (let time = 0; time < 3; time += 1) await gateway.query(LIST, {}, { token });
  gateway.sandbox.control.addFault({ latencyMs: 200 });

  const over = new AbortController();
  const flood: unknown[] = [];
  const statuses = new Set<unknown>();
  let asked = 0;
  const flooding = inParallel(CONNECTIONS, CONNECTIONS, async () => {
    while (!over.signal.aborted) {
      const answer = await gateway.query(image((asked += 1)));
      flood.push(codeOf(answer));
      if (codeOf(answer) === 'OVERLOADED') {
        statuses.add(`${answer.status} ${answer.headers.get('retry-after')}`);
        await delay(10); // A refusal waits for no I/O, so without a pause the flood would starve this process.
      }
    }
  });
  const calls: unknown[] = [];
  const cached: unknown[] = [];
  try {
    await expect.poll(() => flood.includes('OVERLOADED'), { timeout: 20_000 }).toBe(true);
    await inParallel(60, 6, async (index) => {
      const token = 'sandbox-b';
      calls.push(codeOf(await gateway.query(image(1_000_000 + index), {}, { token })));
      cached.push(codeOf(await gateway.query(LIST, {}, { token })));
    });
  } finally {
    over.abort();
    await flooding;
  }
  expect(countOf(flood)).toMatchObject({ ok: expect.any(Number), OVERLOADED: expect.any(Number) });
  expect([...statuses]).toEqual(['503 1']);
  expect(countOf(calls)['ok']).toBeGreaterThanOrEqual(59);
  expect(countOf(cached)).toEqual({ ok: 60 });
});
