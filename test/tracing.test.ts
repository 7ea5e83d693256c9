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
}

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

  it('are of each request, also of those that are the same and come at the same time', async () => {
    const collector = await openCollector();
    const otlp = await startOtlp(collector.url);
    await using door = await OpenDoor.start({ LIST_TTL_MS: '0' }, { tracer: otlp.tracer });
    await door.ask(LIST);
    door.gateway.sandbox.control.addFault({ latencyMs: 50 });
    await Promise.all([door.ask(LIST), door.ask(LIST), door.ask(LIST)]);
    await otlp.close();
    collector.close();
    expect(collector.spans.filter(({ name }) => name === 'query Total')).toHaveLength(4);
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
