import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';

import { describe, expect, it } from 'vitest';

import { startOtlp } from '../src/otlp.ts';
import { OpenDoor } from './support/open-door.ts';
import { TestGateway } from './support/test-gateway.ts';

const LIST = 'query Total { images { totalCount } }';
const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

interface Span {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly kind: number;
  readonly attributes: readonly { readonly key: string; readonly value: unknown }[];
}

/** As OTLP counts kinds. */
const SERVER = 2;

/** A collector that keeps what it is sent. */
async function openCollector() {
  const spans: Span[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const body = JSON.parse(await text(request));
    if (request.url === '/v1/traces') {
      for (const { scopeSpans } of body.resourceSpans) spans.push(...scopeSpans[0].spans);
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  };
  const server = createServer((request, response) => void take(request, response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  return { spans, url: new URL(`http://127.0.0.1:${port}/`), close: () => server.close() };
}

const sentUpstream = (gateway: TestGateway) =>
  gateway.sandbox.control.requests().requests.map(({ headers }) => headers['traceparent']);

describe('traces', () => {
  it("go to a collector: the request within the caller's, and the calls within the request", async () => {
    const collector = await openCollector();
    const otlp = await startOtlp(collector.url);
    await using gateway = await TestGateway.start({ tracer: otlp.tracer });
    await gateway.query(LIST, {}, { headers: { traceparent: PARENT } });
    const [sent] = sentUpstream(gateway);
    await otlp.close();
    collector.close();
    const [call, request] = collector.spans.toSorted((a, b) => b.kind - a.kind);
    expect(request).toMatchObject({
      name: 'query Total',
      traceId: '0af7651916cd43dd8448eb211c80319c',
      parentSpanId: 'b7ad6b7169203331',
    });
    expect(call).toMatchObject({
      name: 'GET /v2/images',
      traceId: request?.traceId,
      parentSpanId: request?.spanId,
    });
    expect(sent).toBe(`00-${call?.traceId}-${call?.spanId}-01`);
  });

  it('are begun where the caller has none', async () => {
    const collector = await openCollector();
    const otlp = await startOtlp(collector.url);
    await using gateway = await TestGateway.start({ tracer: otlp.tracer });
    await gateway.query(LIST);
    await otlp.close();
    collector.close();
    expect(collector.spans).toHaveLength(2);
    expect(collector.spans.filter(({ parentSpanId }) => !parentSpanId)).toHaveLength(1);
  });

  it("are the caller's own where none are made", async () => {
    await using gateway = await TestGateway.start();
    await gateway.query(LIST, {}, { headers: { traceparent: PARENT } });
    expect(sentUpstream(gateway)).toEqual([PARENT]);
  });

  it.each([
    '00-00000000000000000000000000000000-b7ad6b7169203331-01',
    '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
    'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    `${PARENT}-x`,
    'nonsense',
  ])('that are none are not sent on: %s', async (traceparent) => {
    await using gateway = await TestGateway.start();
    await gateway.query(LIST, {}, { headers: { traceparent } });
    expect(sentUpstream(gateway)).toEqual([undefined]);
  });
});

describe('requests that share what they read', () => {
  const parentOf = (digit: number) => `00-${String(digit).repeat(32)}-${String(digit).repeat(16)}-01`;

  /** What a gateway that knows the query sends to a collector: a span for each request, and those of their calls. */
  async function spansOf(env: Record<string, string>, ask: (door: OpenDoor) => Promise<unknown>) {
    const collector = await openCollector();
    const otlp = await startOtlp(collector.url);
    {
      await using door = await OpenDoor.start(env, { tracer: otlp.tracer });
      for (let time = 0; time < 2; time += 1) await door.ask(LIST);
      await ask(door);
    }
    await otlp.close();
    collector.close();
    // Those that came before have traces of their own.
    const spans = collector.spans.filter(({ traceId }) => /^(\d)\1*$/.test(traceId));
    return {
      calls: spans.filter(({ kind }) => kind !== SERVER),
      requests: spans
        .filter(({ kind }) => kind === SERVER)
        .toSorted((one, other) => one.traceId.localeCompare(other.traceId))
        .map(({ name, traceId, parentSpanId, spanId, attributes }) => ({
          name,
          trace: traceId[0],
          parent: parentSpanId,
          spanId,
          ...Object.fromEntries(attributes.map(({ key, value }) => [key, value])),
        })),
    };
  }

  const askWith = (door: OpenDoor, digit: number, signal?: AbortSignal) =>
    door.ask(LIST, { headers: { traceparent: parentOf(digit) }, ...(signal && { signal }) });
  const isAsked = (door: OpenDoor) =>
    expect
      .poll(() => sentUpstream(door.gateway).some((parent) => String(parent).startsWith('00-1111')))
      .toBe(true);
  const expected = (digit: number, status: number, codes: readonly string[] = []) => ({
    name: 'query Total',
    trace: String(digit),
    parent: String(digit).repeat(16),
    'http.response.status_code': { intValue: status },
    'graphql.error_codes': { arrayValue: { values: codes.map((stringValue) => ({ stringValue })) } },
  });

  it('have a span each, and the call is in the trace of the first', async () => {
    const { requests, calls } = await spansOf({ LIST_TTL_MS: '0' }, async (door) => {
      door.gateway.sandbox.control.addFault({ latencyMs: 200 });
      const first = askWith(door, 1);
      await isAsked(door);
      await Promise.all([first, askWith(door, 2), askWith(door, 3)]);
    });
    expect(requests).toMatchObject([expected(1, 200), expected(2, 200), expected(3, 200)]);
    expect(calls).toMatchObject([{ traceId: '1'.repeat(32), parentSpanId: requests[0]?.spanId }]);
  });

  it('have a span each, with its own outcome, where they fail and where one goes away', async () => {
    const { requests, calls } = await spansOf({ LIST_TTL_MS: '0' }, async (door) => {
      door.gateway.sandbox.control.addFault({ status: 403, latencyMs: 200 });
      const leaving = new AbortController();
      const first = askWith(door, 1, leaving.signal).catch(() => {});
      await isAsked(door);
      const others = [askWith(door, 2), askWith(door, 3)];
      await new Promise((resolve) => setTimeout(resolve, 50));
      leaving.abort();
      await Promise.all([first, ...others]);
    });
    expect(requests).toMatchObject([
      expected(1, 499, ['CLIENT_CLOSED_REQUEST']),
      expected(2, 200, ['FORBIDDEN']),
      expected(3, 200, ['FORBIDDEN']),
    ]);
    expect(calls).toHaveLength(1);
  });

  it('have a span each where the response is served from the cache', async () => {
    const { requests, calls } = await spansOf({}, async (door) => {
      await askWith(door, 1);
      await askWith(door, 2);
      expect(await door.repeated()).toBe(2);
    });
    expect(requests).toMatchObject([expected(1, 200), expected(2, 200)]);
    expect(calls).toEqual([]);
  });
});
