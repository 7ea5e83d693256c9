import { once } from 'node:events';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';

import { describe, expect, it } from 'vitest';

import type { Fault } from '../../src/sandbox/faults.ts';
import type { OddPage } from '../../src/sandbox/odd-pages.ts';

import { OpenSandbox } from './open-sandbox.ts';

/** What one request brings over a bare socket, until its end, its reset, or the given text. */
async function observe(api: OpenSandbox, fault: Fault, until?: string) {
  api.control.addFault(fault);
  const socket = connect(Number(api.sandbox.url.port), '127.0.0.1');
  const chunks: Buffer[] = [];
  let end = 'open';
  socket.on('error', (error: NodeJS.ErrnoException) => (end = error.code ?? 'error'));
  socket.on('end', () => (end = 'end'));
  const stopped = new Promise<void>((resolve) => {
    socket.on('close', () => resolve());
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      if (until !== undefined && Buffer.concat(chunks).includes(until)) resolve();
    });
  });
  socket.write(
    'GET /v2/images?per_page=1 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer sandbox\r\nconnection: close\r\n\r\n',
  );
  await stopped;
  socket.destroy();
  const bytes = Buffer.concat(chunks);
  const split = bytes.indexOf('\r\n\r\n');
  const head = bytes.subarray(0, Math.max(0, split)).toString().toLowerCase();
  const body = bytes.subarray(split + 4);
  return { end, head, body, length: Number(/content-length: (\d+)/.exec(head)?.[1] ?? Number.NaN) };
}

describe('faults of the connection', () => {
  it('reset resets it before an answer', async () => {
    await using api = await OpenSandbox.start();
    expect(await observe(api, { kind: 'reset' })).toMatchObject({ end: 'ECONNRESET', head: '' });
    expect(api.control.requests().requests[0]?.status).toBeNull();
  });

  it('close closes it before an answer', async () => {
    await using api = await OpenSandbox.start();
    expect(await observe(api, { kind: 'close' })).toMatchObject({ end: 'end', head: '' });
  });

  it('hang never answers, and does not keep the sandbox from closing', async () => {
    const api = await OpenSandbox.start();
    api.control.addFault({ kind: 'hang' });
    const socket = connect(Number(api.sandbox.url.port), '127.0.0.1');
    socket.on('error', () => {});
    const closed = once(socket, 'close');
    let received = 0;
    socket.on('data', (chunk) => (received += chunk.length));
    socket.write('GET /v2/images HTTP/1.1\r\nhost: x\r\n\r\n');
    while (api.control.requests().count === 0) await new Promise((resolve) => setImmediate(resolve));
    await api.sandbox.close();
    await closed;
    expect(received).toBe(0);
  });

  it('reset-mid-body resets it within the body', async () => {
    await using api = await OpenSandbox.start();
    const { end, head, body, length } = await observe(api, { kind: 'reset-mid-body' });
    expect(end).toBe('ECONNRESET');
    expect(head).toContain('200 ok');
    expect(body.length).toBeLessThan(length);
  });

  it('hang-mid-body stops within the body', async () => {
    await using api = await OpenSandbox.start();
    const { end, body, length } = await observe(api, { kind: 'hang-mid-body' }, '"images"');
    expect(end).toBe('open');
    expect(body.length).toBeLessThan(length);
  });

  it('drip sends a byte at a time', async () => {
    await using api = await OpenSandbox.start();
    const { end, body } = await observe(api, { kind: 'drip', body: 'slow' }, '\r\n\r\nsl');
    expect(end).toBe('open');
    expect(body.toString()).toBe('sl');
  });
});

describe('faults of the answer', () => {
  it('html is a page where JSON should be', async () => {
    await using api = await OpenSandbox.start();
    const { head, body } = await observe(api, { kind: 'html' });
    expect(head).toContain('502 bad gateway');
    expect(head).toContain('content-type: text/html');
    expect(body.toString()).toContain('<!DOCTYPE html>');
    api.control.clearFaults();
    expect((await observe(api, { kind: 'html', status: 503 })).head).toContain('503 service unavailable');
  });

  it('truncate ends cleanly within the JSON', async () => {
    await using api = await OpenSandbox.start();
    const { end, body, length } = await observe(api, { kind: 'truncate' });
    expect(end).toBe('end');
    expect(body).toHaveLength(length);
    expect(() => JSON.parse(body.toString())).toThrow(SyntaxError);
  });

  it('empty, not-json and wrong-type are 200 with nothing to use', async () => {
    await using api = await OpenSandbox.start();
    const [empty, garbage, text] = [
      await observe(api, { kind: 'empty', times: 1 }),
      await observe(api, { kind: 'not-json', times: 1 }),
      await observe(api, { kind: 'wrong-type', times: 1 }),
    ];
    for (const { head } of [empty, garbage, text]) expect(head).toContain('200 ok');
    expect(empty.body).toHaveLength(0);
    expect(garbage.head).toContain('content-type: application/json');
    expect(() => JSON.parse(garbage.body.toString())).toThrow(SyntaxError);
    expect(text.head).toContain('content-type: text/plain');
    expect(JSON.parse(text.body.toString()).meta.total).toBe(80);
  });

  it('redirect points to another origin', async () => {
    await using api = await OpenSandbox.start();
    api.control.addFault({ kind: 'redirect' });
    const response = await api.fetch('/v2/images');
    expect(response.status).toBe(302);
    expect(new URL(response.headers.get('location') ?? '').origin).not.toBe(api.sandbox.url.origin);
  });

  it('gzip is the real answer compressed, gzip-garbage is not compressed, gzip-bomb is far bigger inside', async () => {
    await using api = await OpenSandbox.start();
    const real = await observe(api, { kind: 'gzip', times: 1 });
    expect(real.head).toContain('content-encoding: gzip');
    expect(JSON.parse(gunzipSync(real.body).toString()).meta.total).toBe(80);
    const garbage = await observe(api, { kind: 'gzip-garbage', times: 1 });
    expect(garbage.head).toContain('content-encoding: gzip');
    expect(() => gunzipSync(garbage.body)).toThrow('incorrect header check');
    const bomb = await observe(api, { kind: 'gzip-bomb', times: 1 });
    expect(bomb.body.length).toBeLessThan(200_000);
    expect(gunzipSync(bomb.body).length).toBeGreaterThan(50_000_000);
  });

  it('big-body is valid JSON of more than 12 MB, big-headers more than 16 KB of them', async () => {
    await using api = await OpenSandbox.start();
    const { body } = await observe(api, { kind: 'big-body', times: 1 });
    expect(body.length).toBeGreaterThan(12 * 1024 * 1024);
    expect(JSON.parse(body.toString()).meta.total).toBe(80);
    const { head } = await observe(api, { kind: 'big-headers', times: 1 });
    expect(head.length).toBeGreaterThan(16 * 1024);
  });

  it.each([
    [429, 'too_many_requests'],
    [500, 'server_error'],
    [503, 'service_unavailable'],
    [404, 'not_found'],
  ])('status %i has the body of the API', async (status, id) => {
    await using api = await OpenSandbox.start();
    api.control.addFault({ status, retryAfter: 7, headers: { 'X-Gateway': 'edge' } });
    const response = await api.fetch('/v2/images', { token: null });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('retry-after')).toBe('7');
    expect(response.headers.get('x-gateway')).toBe('edge');
    expect(response.headers.get('ratelimit-limit')).toBe('5000');
    expect(await response.json()).toMatchObject({ id });
  });

  it('body replaces the body, as text or as JSON', async () => {
    await using api = await OpenSandbox.start();
    api.control.addFault({ body: '[1, 2', times: 1 });
    api.control.addFault({ body: { images: null }, times: 1, status: 206 });
    expect(await (await api.fetch('/v2/images')).text()).toBe('[1, 2');
    const second = await api.fetch('/v2/images');
    expect([second.status, await second.json()]).toEqual([206, { images: null }]);
  });

  it('page makes a page of a list odd, and leaves any other answer as it is', async () => {
    await using api = await OpenSandbox.start();
    const read = async (page: OddPage, query = 'per_page=50') => {
      api.control.clearFaults();
      api.control.addFault({ page });
      const { images, links, meta } = await (await api.fetch(`/v2/images?${query}`)).json();
      return { rows: images.length, first: images[0]?.id, next: links.pages?.next !== undefined, meta };
    };
    const [sound, second] = [await read({}), await read({}, 'page=2&per_page=30')];
    expect(sound).toMatchObject({ rows: 50, next: true, meta: { total: 80 } });
    expect(await read({ cap: 30 }, 'page=2&per_page=50')).toEqual({ ...second, rows: 30 });
    expect(await read({ cap: 30 }, 'page=1')).toMatchObject({ rows: 20 });
    expect(await read({ omit: 2 })).toEqual({ ...sound, rows: 48 });
    expect(await read({ omit: 99 })).toMatchObject({ rows: 0, next: true });
    expect(await read({ total: null })).toEqual({ ...sound, meta: { total: null } });
    expect(await read({ next: false })).toEqual({ ...sound, next: false });
    expect(await read({ next: true }, 'page=2&per_page=50')).toMatchObject({ rows: 30, next: true });
    const image = await api.ask('/v2/images/230000044');
    api.control.clearFaults();
    expect(await api.ask('/v2/images/230000044')).toEqual(image);
  });

  it('latency delays the real answer', async () => {
    await using api = await OpenSandbox.start();
    api.control.addFault({ latencyMs: 5, times: 1 });
    expect((await api.ask('/v2/images')).status).toBe(200);
  });
});

describe('the requests that a fault hits', () => {
  const statuses = async (api: OpenSandbox, paths: readonly string[], method = 'GET') => {
    const found: number[] = [];
    for (const path of paths) found.push((await api.fetch(path, { method })).status);
    return found;
  };

  it('are all of them until it is cleared', async () => {
    await using api = await OpenSandbox.start();
    api.control.addFault({ status: 503 });
    expect(await statuses(api, ['/v2/images', '/v2/regions'])).toEqual([503, 503]);
    api.control.clearFaults();
    expect(await statuses(api, ['/v2/images'])).toEqual([200]);
  });

  it('can be counted, after some that pass', async () => {
    await using api = await OpenSandbox.start();
    api.control.addFault({ status: 503, skip: 1, times: 2 });
    expect(
      await statuses(
        api,
        Array.from({ length: 5 }, () => '/v2/images'),
      ),
    ).toEqual([200, 503, 503, 200, 200]);
  });

  it('can be chosen by path, prefix, query, method and token', async () => {
    await using api = await OpenSandbox.start();
    const paths = ['/v2/images', '/v2/images?page=2', '/v2/images/230000044'];
    const under = async (match: NonNullable<Fault['match']>) => {
      api.control.clearFaults();
      api.control.addFault({ match, status: 503 });
      return statuses(api, paths);
    };
    expect(await under({ path: '/v2/images' })).toEqual([503, 503, 200]);
    expect(await under({ path: '/v2/images/*' })).toEqual([200, 200, 503]);
    expect(await under({ query: { page: '2' } })).toEqual([200, 503, 200]);
    expect(await under({ method: 'get' })).toEqual([503, 503, 503]);
    expect(await under({ method: 'PUT' })).toEqual([200, 200, 200]);
    expect(await under({ token: 'sandbox-b' })).toEqual([200, 200, 200]);
  });

  it('have no effect where the fault keeps them from the API', async () => {
    await using api = await OpenSandbox.start();
    api.control.addFault({ match: { method: 'DELETE' }, status: 500 });
    expect(await statuses(api, ['/v2/images/230000044'], 'DELETE')).toEqual([500]);
    expect((await api.ask('/v2/images/230000044')).status).toBe(200);
  });
});
