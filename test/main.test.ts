import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';

import { afterEach, describe, expect, it } from 'vitest';

import { startProcess } from './support/start-process.ts';

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function start(env: Record<string, string> = {}) {
  const { child, output, ready } = startProcess(env);
  children.push(child);
  const exit = once(child, 'exit').then(([code]) => Number(code));
  return { child, output, ready, exit };
}

async function ask(url: string, query: string) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  return response.json();
}

describe('the process', () => {
  it('serves the embedded sandbox to anybody when nothing is configured, and says so', async () => {
    const { child, output, ready, exit } = start();
    const url = await ready();
    expect(output.stdout).toContain('sandbox');
    expect(await ask(url, '{ images(first: 1) { totalCount nodes { name } } }')).toMatchObject({
      data: { images: { totalCount: 80, nodes: [{ name: expect.any(String) }] } },
    });
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
    expect(output.stderr).toBe('');
  });

  it('answers what is under way when it is told to stop', async () => {
    const { child, output, ready, exit } = start();
    const url = await ready();
    const sandbox = /sandbox at (http:\/\/[\d.:]+)/.exec(output.stdout)?.[1];
    const control = (path: string, init?: RequestInit) => fetch(`${sandbox}/sandbox/${path}`, init);
    await control('faults', { method: 'POST', body: JSON.stringify({ latencyMs: 500 }) });

    const answers = Promise.all(
      Array.from({ length: 20 }, (_, index) => ask(url, `{ image(imageId: "${index + 1}") { id } }`)),
    );
    await expect
      .poll(async () => (await (await control('requests')).json()).count, { timeout: 5_000 })
      .toBe(20);
    child.kill('SIGTERM');
    expect(await answers).toEqual(Array.from({ length: 20 }, () => ({ data: { image: null } })));
    expect(await exit).toBe(0);
  });

  it('takes requests for as long as its notice says, and says that it is not ready', async () => {
    const { child, ready, exit } = start({ SHUTDOWN_NOTICE_MS: '2500' });
    const url = await ready();
    child.kill('SIGTERM');
    await expect.poll(async () => (await fetch(new URL('/ready', url))).status).toBe(503);
    // Longer than without a word about it.
    await setTimeout(1_000);
    expect(await ask(url, '{ image(imageId: "1") { id } }')).toEqual({ data: { image: null } });
    expect(await exit).toBe(0);
  });

  it('waits neither for a request half sent nor for those who tell it twice', async () => {
    const { child, output, ready, exit } = start();
    const url = await ready();
    const sandbox = /sandbox at (http:\/\/[\d.:]+)/.exec(output.stdout)?.[1];
    const half = connect(Number(new URL(url).port), '127.0.0.1');
    half.on('error', () => {});
    half.write('POST /graphql HTTP/1.1\r\nHost: localhost\r\n');
    await fetch(`${sandbox}/sandbox/faults`, { method: 'POST', body: JSON.stringify({ latencyMs: 800 }) });
    const answer = ask(url, '{ image(imageId: "1") { id } }');
    await expect.poll(async () => (await (await fetch(`${sandbox}/sandbox/requests`)).json()).count).toBe(1);
    child.kill('SIGTERM');
    child.kill('SIGTERM');
    child.kill('SIGINT');
    expect(await answer).toEqual({ data: { image: null } });
    expect(await exit).toBe(0);
    expect(half.destroyed || (await text(half)) === '').toBe(true);
  });

  it('writes no token, whoever sends it and whatever becomes of it', async () => {
    const { child, output, ready, exit } = start({ LOG_LEVEL: 'trace' });
    const url = await ready();
    const token = 'dop_v1_0123456789abcdef0123456789abcdef';
    for (const query of ['{ images { totalCount } }', `{ image(slug: "${token}") { id } }`, `{ ${token} }`]) {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query }),
      });
      await response.text();
    }
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
    expect(output.stdout).toContain('"msg":"request"');
    expect(`${output.stdout}${output.stderr}`).not.toContain(token);
  });

  it('does not wait for a caller who never ends the request', { timeout: 40_000 }, async () => {
    const { ready } = start();
    const { port } = new URL(await ready());
    const socket = connect(Number(port), '127.0.0.1');
    socket.write('POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Ty');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('ends with one line a problem when it is configured wrongly', async () => {
    const { output, exit } = start({ PORT: 'x', GRAPHIQL: 'maybe' });
    expect(await exit).toBe(1);
    expect(output.stderr.trim().split('\n')).toEqual([
      expect.stringMatching(/^PORT has a value that is not accepted\. Accepted: 0 to 65535/),
      expect.stringMatching(/^GRAPHIQL has a value that is not accepted\. Accepted: true or false/),
    ]);
  });

  it('serves the documents of a manifest by their ids, and names those that do not fit the schema', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'manifest-'));
    const path = join(folder, 'manifest.json');
    await writeFile(
      path,
      JSON.stringify({ one: '{ images(first: 1) { totalCount } }', old: '{ snapshots { id } }' }),
    );
    const { output, ready } = start({ TRUSTED_DOCUMENTS: path });
    const url = await ready();
    expect(await (await fetch(`${url}?documentId=one`)).json()).toEqual({
      data: { images: { totalCount: 80 } },
    });
    expect(output.stdout).toMatch(/"id":"old","reason":"Cannot query field .*does not fit the schema/);
    await rm(folder, { recursive: true });
  });

  it.each([
    ['missing.json', /^TRUSTED_DOCUMENTS: ENOENT.*missing\.json/],
    ['README.md', /^TRUSTED_DOCUMENTS: no manifest of documents\. Accepted: JSON/],
  ])('does not start with the manifest %s', async (path, message) => {
    const { output, exit } = start({ TRUSTED_DOCUMENTS: path });
    expect(await exit).toBe(1);
    expect(output.stderr).toMatch(message);
  });

  it('says in one line that its port is taken', async () => {
    const blocker = createServer();
    await once(blocker.listen(0, '127.0.0.1'), 'listening');
    const address = blocker.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const { output, exit } = start({ PORT: port });
    expect(await exit).toBe(1);
    expect(output.stderr.trim()).toMatch(new RegExp(`^listen EADDRINUSE: .*${port}$`));
    blocker.close();
  });
});
