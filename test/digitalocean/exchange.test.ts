import { getEventListeners, once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';

import { Pool } from 'undici';
import { describe, expect, it, vi } from 'vitest';

import { BodyTooLargeError, exchange, type ExchangeRequest } from '../../src/digitalocean/exchange.ts';

function requestOf(path: string, more: Partial<ExchangeRequest> = {}): ExchangeRequest {
  return {
    method: 'GET',
    path,
    headers: {},
    body: null,
    timeoutMs: 5_000,
    onTimeout: () => new Error('too late'),
    signal: new AbortController().signal,
    maxBytesOf: () => 1_000,
    ...more,
  };
}

/** An upstream that speaks in bytes, over one connection. */
class Upstream implements AsyncDisposable {
  /** The first lines of what it was asked. */
  readonly asked: string[] = [];
  readonly #server: Server;
  readonly #pool: Pool;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.#pool = new Pool(`http://127.0.0.1:${port}`, { connections: 1, headersTimeout: 0, bodyTimeout: 0 });
  }

  /** `answer` is called for each request that comes in. */
  static async start(answer: (socket: Socket, count: number) => void): Promise<Upstream> {
    const server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    const upstream = new Upstream(server, typeof address === 'object' && address !== null ? address.port : 0);
    server.on('connection', (socket) => {
      socket.on('error', () => {});
      socket.on('data', (bytes) => {
        upstream.asked.push(bytes.toString().split('\r\n')[0] ?? '');
        answer(socket, upstream.asked.length);
      });
    });
    return upstream;
  }

  ask(path: string, more: Partial<ExchangeRequest> = {}) {
    return exchange(this.#pool, requestOf(path, more));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.destroy();
    this.#server.close();
  }
}

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

describe('an exchange', () => {
  it('is the head and the whole body', async () => {
    await using upstream = await Upstream.start((socket) => socket.write(OK));
    const { status, headers, body } = await upstream.ask('/a');
    expect([status, headers['content-length'], String(body)]).toEqual([200, '2', 'ok']);
  });

  it('is whole in however many pieces it comes', async () => {
    await using upstream = await Upstream.start((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nab');
      setTimeout(() => socket.write('cd'), 20);
      setTimeout(() => socket.write('ef'), 40);
    });
    expect(String((await upstream.ask('/')).body)).toBe('abcdef');
  });

  it('is not sent any more where its caller has gone while it waited for a connection', async () => {
    let finish = () => {};
    await using upstream = await Upstream.start((socket) => {
      finish = () => socket.write(OK);
    });
    const first = upstream.ask('/first');
    const gone = new AbortController();
    const second = upstream.ask('/second', { signal: gone.signal });
    gone.abort(new Error('gone'));
    await expect(second).rejects.toThrow('gone');
    while (upstream.asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    finish();
    expect((await first).status).toBe(200);
    const third = upstream.ask('/third');
    while (upstream.asked.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    finish();
    await third;
    expect(upstream.asked).toEqual(['GET /first HTTP/1.1', 'GET /third HTTP/1.1']);
  });

  it('looks past what is only informational', async () => {
    await using upstream = await Upstream.start((socket) =>
      socket.write(`HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${OK}`),
    );
    expect(await upstream.ask('/')).toMatchObject({ status: 200, body: Buffer.from('ok') });
  });

  it('has no head where only that came before the connection broke', async () => {
    await using upstream = await Upstream.start((socket) => {
      socket.end('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n');
    });
    await expect(upstream.ask('/')).rejects.toThrow('other side closed');
  });

  it('has its head where the body breaks off, is too long or too late', async () => {
    await using upstream = await Upstream.start((socket, count) => {
      const head = 'HTTP/1.1 500 No\r\ncontent-length: 5000\r\n\r\n';
      if (count === 1) socket.end(`${head}abc`);
      else socket.write(count === 2 ? head + 'x'.repeat(2_000) : head);
    });
    expect(await upstream.ask('/')).toMatchObject({ status: 500, body: expect.any(Error) });
    expect(await upstream.ask('/')).toMatchObject({ status: 500, body: expect.any(BodyTooLargeError) });
    expect(await upstream.ask('/', { timeoutMs: 50 })).toMatchObject({
      status: 500,
      body: new Error('too late'),
    });
    // The connections of these are not used again.
    expect(upstream.asked).toHaveLength(3);
  });

  it('that cannot even begin fails, and leaves nothing behind', async () => {
    vi.useFakeTimers();
    try {
      const error = new Error('no such thing');
      const dispatcher = Object.assign(new Pool('http://127.0.0.1:9'), {
        dispatch() {
          throw error;
        },
      });
      const { signal } = new AbortController();
      const asked = exchange(dispatcher, requestOf('/', { signal }));
      await expect(asked).rejects.toBe(error);
      expect(getEventListeners(signal, 'abort')).toEqual([]);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
