import { describe, expect, it } from 'vitest';

import { redact } from '../../src/redact.ts';
import { TestGateway } from '../support/test-gateway.ts';

const requestsOf = ({ log }: TestGateway) => log.filter(({ msg }) => msg === 'request');

describe('the log of requests', () => {
  it('has one line for each, with what it was, whose, how long it took and what it cost', async () => {
    await using gateway = await TestGateway.start();
    await gateway.query(
      'query Total { images { totalCount } }',
      {},
      { headers: { 'x-request-id': 'trace-7' } },
    );
    expect(requestsOf(gateway)).toEqual([
      {
        level: 30,
        time: expect.any(Number),
        pid: expect.any(Number),
        hostname: expect.any(String),
        msg: 'request',
        requestId: 'trace-7',
        operation: 'query',
        operationName: 'Total',
        tenant: expect.stringMatching(/^[\w-]{8}$/),
        status: 200,
        codes: [],
        durationMs: expect.any(Number),
        upstreamCalls: 1,
        cached: 0,
      },
    ]);
  });

  it('tells tenants apart, and knows one again', async () => {
    await using gateway = await TestGateway.start();
    for (const token of ['sandbox', 'sandbox-b', 'sandbox']) {
      await gateway.query('{ images { totalCount } }', {}, { token });
    }
    const [first, second, third] = requestsOf(gateway).map(({ tenant }) => tenant);
    expect(first).not.toBe(second);
    expect(third).toBe(first);
    expect(requestsOf(gateway)[2]).toMatchObject({ upstreamCalls: 0, cached: 1 });
  });

  it('has the codes of errors, each once, and what never became an operation', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ status: 500 });
    await gateway.query('{ a: images { totalCount } b: image(imageId: "7") { id } rateLimit { limit } }');
    await gateway.query('{ images {');
    await gateway.query('{ images { totalCount } }', {}, { token: null });
    await gateway.fetch('/graphql', { method: 'POST', body: 'x', headers: { 'content-type': 'text/plain' } });
    expect(requestsOf(gateway)).toMatchObject([
      { operation: 'query', status: 200, codes: ['UPSTREAM_UNAVAILABLE'], upstreamCalls: 2 },
      { status: 200, codes: ['GRAPHQL_PARSE_FAILED'], upstreamCalls: 0 },
      { operation: 'query', status: 401, codes: ['UNAUTHENTICATED'], upstreamCalls: 0 },
      { status: 415, codes: ['BAD_REQUEST'], upstreamCalls: 0 },
    ]);
    expect(requestsOf(gateway)[2]).not.toHaveProperty('tenant');
  });

  it('says 499 of a caller who went away', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ latencyMs: 300 });
    const leaving = new AbortController();
    const left = gateway.query('{ images { totalCount } }', {}, { signal: leaving.signal });
    await expect.poll(() => gateway.sandbox.control.requests().count).toBe(1);
    leaving.abort();
    await left.catch(() => {});
    await expect.poll(() => requestsOf(gateway)).toMatchObject([{ status: 499 }]);
  });

  it('is not written for health, readiness and metrics', async () => {
    await using gateway = await TestGateway.start();
    for (const path of ['/health', '/ready', '/metrics', '/nowhere']) await gateway.fetch(path);
    expect(gateway.log).toEqual([]);
  });
});

describe('what is written', () => {
  it.each([
    ['{"a":"Bearer abc.DEF-1~+/="}', '{"a":"Bearer [redacted]"}'],
    ['authorization: bearer   dop_v1_0123456789abcdef', 'authorization: bearer   [redacted]'],
    ['x dop_v1_a0 doo_v1_b1 dor_v1_c2 y', 'x [redacted] [redacted] [redacted] y'],
    ['DOP_V1_A0', '[redacted]'],
    ['query Qdop_v1_a0', 'query Q[redacted]'],
    ['\\ndop_v1_a0', '\\n[redacted]'],
    ['a bearer of news, no token', 'a bearer [redacted] news, no token'],
    ['nothing secret', 'nothing secret'],
  ])('has no token in it: %s', (text, expected) => {
    expect(redact(text)).toBe(expected);
  });
});
