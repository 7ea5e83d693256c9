import { afterEach, describe, expect, it, vi } from 'vitest';

import { TestGateway } from '../support/test-gateway.ts';

const QUERY = '{ images(first: 1) { totalCount } }';
const WATCH = 'subscription { imageStatus(id: "do:image:195932981") { status } }';

function open(gateway: TestGateway, query: string, accept: string, signal: AbortSignal | null = null) {
  return gateway.fetch('/graphql', {
    method: 'POST',
    headers: { accept, 'content-type': 'application/json', authorization: 'Bearer sandbox' },
    body: JSON.stringify({ query }),
    signal,
  });
}

/** Reads what a stream has sent, piece by piece. */
function readerOf(response: Response): () => Promise<string | undefined> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  return async () => (await reader?.read())?.value;
}

describe('a stream', () => {
  it.each([
    ['a subscription', WATCH, 'text/event-stream'],
    ['a query', QUERY, 'text/event-stream'],
    ['a query', '{', 'text/event-stream'],
    ['a query', QUERY, 'multipart/mixed'],
  ])('of %s (%s, as %s) has proxies pass it on at once, as it is', async (_, query, accept) => {
    await using gateway = await TestGateway.start();
    const response = await open(gateway, query, accept);
    const { status, headers } = response;
    expect(status).toBe(200);
    expect(await response.text()).toContain('{"');
    expect(headers.get('content-type')).toContain(accept);
    expect(headers.get('x-accel-buffering')).toBe('no');
    expect(headers.get('content-encoding')).toBeNull();
    expect(headers.get('cache-control')).toBe('private, no-store');
  });

  it('is no response of another kind', async () => {
    await using gateway = await TestGateway.start();
    for (const accept of ['application/json', 'text/html'])
      expect((await open(gateway, QUERY, accept)).headers.get('x-accel-buffering')).toBeNull();
  });

  it('ends its connection where the gateway drains', async () => {
    await using gateway = await TestGateway.start();
    const { port, close } = await gateway.listen();
    gateway.drain();
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: {
        accept: 'text/event-stream',
        'content-type': 'application/json',
        authorization: 'Bearer sandbox',
      },
      body: JSON.stringify({ query: QUERY }),
    });
    expect(response.headers.get('connection')).toBe('close');
    expect(await response.text()).toContain('"totalCount":80');
    close();
  });
});

describe('a subscription', () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllEnvs();
  });

  it('sends its first bytes before the API has answered', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ kind: 'hang' });
    const leaving = new AbortController();
    const read = readerOf(await open(gateway, WATCH, 'text/event-stream', leaving.signal));
    expect(await read()).toBe(':\n\n');
    leaving.abort();
  });

  it('sends a comment every fifteen seconds at the latest, whatever happens to the image', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ kind: 'hang' });
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const leaving = new AbortController();
    const read = readerOf(await open(gateway, WATCH, 'text/event-stream', leaving.signal));
    await read();
    for (let times = 0; times < 3; times += 1) {
      vi.advanceTimersByTime(15_000);
      expect(await read()).toMatch(/^(?::\n\n)+$/);
    }
    leaving.abort();
  });

  it('sends an event while the image is about to change', async () => {
    await using gateway = await TestGateway.start();
    const { control } = gateway.sandbox;
    const [id = 0] = control.insert({ token: 'sandbox', images: [{ name: 'importing', status: 'pending' }] });
    const events = gateway.subscribe(`subscription { imageStatus(id: "do:image:${id}") { status } }`);
    expect(await events.next()).toMatchObject({
      done: false,
      value: { data: { imageStatus: { status: 'PENDING' } } },
    });
    control.patch({ token: 'sandbox', id, image: { status: 'available' } });
    expect((await events.next()).value).toMatchObject({ data: { imageStatus: { status: 'AVAILABLE' } } });
    expect((await events.next()).done).toBe(true);
  });
});
