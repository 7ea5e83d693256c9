import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, describe, expect, it } from 'vitest';

import { startProcess } from './support/start-process.ts';

const groups: ChildProcess[] = [];

afterEach(() => {
  for (const { pid } of groups.splice(0)) {
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    } catch {
      // All of them have ended.
    }
  }
});

/** Starts a primary with two workers, in a group of their own. */
function start(env: Record<string, string> = {}, flags: readonly string[] = []) {
  const { child, output, ready } = startProcess({ WORKERS: '2', ...env }, { flags, detached: true });
  groups.push(child);
  // With all that it has written.
  const exit = once(child, 'close').then(([code]) => Number(code));
  /** What stands at this name in lines with this message. */
  const told = (message: string, name: string) => {
    const entries = output.stdout.split('\n').filter(Boolean);
    const lines = entries.map((line) => JSON.parse(line)).filter(({ msg }) => msg === message);
    return new Set(lines.map((line) => line[name]));
  };
  /** The pids of the processes that write lines with this message. */
  const pidsOf = (message: string) => new Set([...told(message, 'pid')].map(Number));
  return { child, output, ready, exit, told, pidsOf };
}

/** Each over a connection of its own, since a connection stays with its worker. */
async function ask(url: string, query: string) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify({ query }),
  });
  return response.json();
}

/** The pids of the workers, by the lines of their requests. */
async function workersOf({ pidsOf }: ReturnType<typeof start>, url: string): Promise<number[]> {
  await expect
    .poll(async () => {
      await ask(url, '{ __typename }');
      return pidsOf('request').size;
    })
    .toBe(2);
  return [...pidsOf('request')];
}

/** An API that knows no image, and says so when it is told to. */
async function openSlowUpstream() {
  const waiting: ServerResponse[] = [];
  const server = createHttpServer((_, response) => void waiting.push(response));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
    get waiting() {
      return waiting.length;
    },
    answer() {
      for (const response of waiting) response.writeHead(404).end('{"id":"not_found","message":"none"}');
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** What `/metrics` counts of requests that were answered. */
async function countedAt(url: string): Promise<number> {
  const response = await fetch(new URL('/metrics', url), { headers: { connection: 'close' } });
  const [, count] =
    /^images_gateway_requests_total\{operation="query",code="ok"\} (\d+)$/m.exec(await response.text()) ?? [];
  return Number(count);
}

describe('workers', () => {
  it('share one port and one sandbox, and say so once', async () => {
    const gateway = start();
    const url = await gateway.ready();
    const asked = Array.from({ length: 10 }, () => ask(url, '{ images { totalCount } }'));
    for (const answer of await Promise.all(asked)) {
      expect(answer).toEqual({ data: { images: { totalCount: 80 } } });
    }
    const workers = await workersOf(gateway, url);
    expect(workers).not.toContain(gateway.child.pid);
    expect(gateway.output.stdout.match(/GraphQL at/g)).toHaveLength(1);
    expect(gateway.output.stdout.match(/sandbox at/g)).toHaveLength(1);
    gateway.child.kill('SIGTERM');
    expect(await gateway.exit).toBe(0);
    expect(gateway.output.stderr).toBe('');
  });

  it('run with the flags of V8 that the primary was given', async () => {
    const gateway = start({}, ['--max-semi-space-size=16']);
    const workers = await workersOf(gateway, await gateway.ready());
    for (const pid of workers) {
      expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toContain('--max-semi-space-size=16');
    }
  });

  it('are counted together, whichever of them is asked', async () => {
    const gateway = start();
    const url = await gateway.ready();
    for (let index = 0; index < 10; index += 1) await ask(url, '{ images { totalCount } }');
    await expect.poll(() => gateway.pidsOf('request').size).toBe(2);
    for (let index = 0; index < 4; index += 1) expect(await countedAt(url)).toBe(10);
    const text = await (await fetch(new URL('/metrics', url))).text();
    // The smallest of both, not their sum.
    expect(Number(/^images_gateway_rate_budget_lowest_ratio (.+)$/m.exec(text)?.[1])).toBeLessThan(1);
    expect(text).toMatch(/^images_gateway_lists 2$/m);
  });

  it('have one name for a tenant in the log, which no other start has', async () => {
    const [first, second] = [start(), start()];
    for (const gateway of [first, second]) await workersOf(gateway, await gateway.ready());
    const names = [first, second].map(({ told }) => [...told('request', 'tenant')]);
    expect(names).toEqual([[expect.any(String)], [expect.any(String)]]);
    expect(names[0]).not.toEqual(names[1]);
  });

  it('forget what they have read for a tenant when it writes through another', async () => {
    const gateway = start({ LIST_TTL_MS: '3600000' });
    const url = await gateway.ready();
    const named = (name: string) => `{ images(filter: { nameContains: "${name}" }) { totalCount } }`;
    await expect
      .poll(async () => {
        expect(await ask(url, named('written'))).toEqual({ data: { images: { totalCount: 0 } } });
        return gateway.pidsOf('request').size;
      })
      .toBe(2);
    const mutation = (name: string) =>
      `mutation { createImage(input: { name: "${name}", url: "https://example.com/a.qcow2", region: "nyc3" }) { image { id } } }`;
    for (let written = 1; written <= 4; written += 1) {
      expect(await ask(url, mutation(`written ${written}`))).toMatchObject({ data: { createImage: {} } });
      for (let look = 0; look < 4; look += 1) {
        expect(await ask(url, named('written'))).toEqual({ data: { images: { totalCount: written } } });
      }
    }
  });

  it('forget what they have read for a tenant when another finds that an image is gone', async () => {
    const gateway = start({ LIST_TTL_MS: '3600000' });
    const url = await gateway.ready();
    const list = '{ images(first: 1) { totalCount } }';
    await expect
      .poll(async () => {
        expect(await ask(url, list)).toEqual({ data: { images: { totalCount: 80 } } });
        return gateway.pidsOf('request').size;
      })
      .toBe(2);
    const sandbox = /embedded sandbox at (\S+)/.exec(gateway.output.stdout)?.[1] ?? '';
    const change = { method: 'POST', body: JSON.stringify({ token: 'sandbox', fill: 90 }) };
    expect((await fetch(`${sandbox}/sandbox/images`, change)).ok).toBe(true);
    expect(await ask(url, list)).toEqual({ data: { images: { totalCount: 80 } } });
    const gone = 'mutation { deleteImage(input: { id: "do:image:1" }) { deletedImageId } }';
    expect(JSON.stringify(await ask(url, gone))).toContain('NOT_FOUND');
    for (let look = 0; look < 8; look += 1) {
      expect(await ask(url, list)).toEqual({ data: { images: { totalCount: 90 } } });
    }
  });

  it('know what another has created seconds ago, and watch it while replicas of the API do not', async () => {
    let reads = 0;
    const image = JSON.stringify({ image: { id: 5, name: 'new', status: 'NEW' } });
    const api = createHttpServer((request, response) => {
      const isLag = request.method === 'GET' && (reads += 1) <= 3;
      response.writeHead(isLag ? 404 : 202, { 'content-type': 'application/json' });
      response.end(isLag ? '{"id":"not_found","message":"none"}' : image);
    });
    await once(api.listen(0, '127.0.0.1'), 'listening');
    const address = api.address();
    const gateway = start({
      DIGITALOCEAN_API_URL: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`,
      DIGITALOCEAN_TOKEN: 'x',
    });
    const url = await gateway.ready();
    await workersOf(gateway, url);
    const create =
      'mutation { createImage(input: { name: "new", url: "https://example.com/a", region: "nyc3" }) { image { id } } }';
    expect(await ask(url, create)).toEqual({ data: { createImage: { image: { id: 'do:image:5' } } } });
    const watch = async () => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { accept: 'text/event-stream', 'content-type': 'application/json', connection: 'close' },
        body: JSON.stringify({ query: 'subscription { imageStatus(id: "do:image:5") { status } }' }),
      });
      let text = '';
      for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
        text += chunk;
        if (text.includes('data: {')) break;
      }
      return text;
    };
    // Connections go to the workers by turns.
    const states = await Promise.all([watch(), watch(), watch(), watch()]);
    for (const state of states) expect(state).toContain('"status":"NEW"');
    expect(reads).toBeGreaterThan(3);
    api.closeAllConnections();
    api.close();
  });

  it('forget what they have read for a tenant whose token is refused through another', async () => {
    const gateway = start({ LIST_TTL_MS: '3600000' });
    const url = await gateway.ready();
    const list = '{ images(first: 1) { totalCount } }';
    await expect
      .poll(async () => {
        expect(await ask(url, list)).toEqual({ data: { images: { totalCount: 80 } } });
        return gateway.pidsOf('request').size;
      })
      .toBe(2);
    const sandbox = /embedded sandbox at (\S+)/.exec(gateway.output.stdout)?.[1] ?? '';
    const fault = {
      method: 'POST',
      body: JSON.stringify({ status: 401 }),
      headers: { 'content-type': 'application/json' },
    };
    expect((await fetch(`${sandbox}/sandbox/faults`, fault)).status).toBe(204);
    expect(JSON.stringify(await ask(url, '{ image(imageId: "1") { id } }'))).toContain('UNAUTHENTICATED');
    for (let look = 0; look < 8; look += 1) {
      expect(JSON.stringify(await ask(url, list))).toContain('UNAUTHENTICATED');
    }
  });

  it('are not counted in part while one of them is stuck', async () => {
    const gateway = start();
    const url = await gateway.ready();
    const [stuck = 0] = await workersOf(gateway, url);
    process.kill(stuck, 'SIGSTOP');
    const look = async () => {
      const signal = AbortSignal.timeout(4_000);
      return fetch(new URL('/metrics', url), { headers: { connection: 'close' }, signal }).then(
        async (response) => [response.status, await response.text()],
        () => null,
      );
    };
    // The stuck one is given connections as well, and answers none of them.
    const looks = await Promise.all([look(), look()]);
    expect(looks).toContainEqual([503, expect.stringContaining('"code":"METRICS_INCOMPLETE"')]);
    process.kill(stuck, 'SIGCONT');
    await expect.poll(() => countedAt(url)).toBeGreaterThan(0);
  });

  it.each([
    ['told', false],
    ['told with the whole group, and twice', true],
  ])('answer what is under way when they are %s to stop', async (_, isGroup) => {
    const gateway = start();
    const url = await gateway.ready();
    const sandbox = /sandbox at (http:\/\/[\d.:]+)/.exec(gateway.output.stdout)?.[1];
    const control = (path: string, init?: RequestInit) => fetch(`${sandbox}/sandbox/${path}`, init);
    await control('faults', { method: 'POST', body: JSON.stringify({ latencyMs: 500 }) });
    const answers = Promise.all(
      Array.from({ length: 20 }, (__, index) => ask(url, `{ image(imageId: "${index + 1}") { id } }`)),
    );
    await expect.poll(async () => (await (await control('requests')).json()).count).toBe(20);
    const pid = gateway.child.pid ?? 0;
    process.kill(isGroup ? -pid : pid, isGroup ? 'SIGINT' : 'SIGTERM');
    if (isGroup) process.kill(-pid, 'SIGINT');
    expect(await answers).toEqual(Array.from({ length: 20 }, () => ({ data: { image: null } })));
    expect(await gateway.exit).toBe(0);
    expect(gateway.pidsOf('request').size).toBe(2);
    for (const worker of gateway.pidsOf('request')) expect(isAlive(worker)).toBe(false);
  });

  it('are replaced when they die', async () => {
    const gateway = start();
    const url = await gateway.ready();
    const workers = await workersOf(gateway, url);
    const [killed = 0] = workers;
    process.kill(killed, 'SIGKILL');
    await expect
      .poll(() => gateway.output.stdout)
      .toMatch(new RegExp(`"worker":${killed},"reason":"a worker has ended with SIGKILL","pauseMs":\\d+`));
    await expect
      .poll(async () => {
        await ask(url, '{ __typename }');
        return gateway.pidsOf('request').size;
      })
      .toBe(3);
    expect(gateway.output.stdout.match(/GraphQL at/g)).toHaveLength(1);
    gateway.child.kill('SIGTERM');
    expect(await gateway.exit).toBe(0);
  });

  it('are replaced after longer and longer pauses while they cannot start, and the others serve', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'manifest-'));
    const path = join(folder, 'manifest.json');
    await writeFile(path, '{}');
    const gateway = start({ TRUSTED_DOCUMENTS: path });
    const url = await gateway.ready();
    const [killed = 0] = await workersOf(gateway, url);
    await rm(folder, { recursive: true });
    process.kill(killed, 'SIGKILL');
    const pauses = () =>
      [...gateway.output.stdout.matchAll(/"reason":"TRUSTED_DOCUMENTS: ENOENT[^"]*","pauseMs":(\d+)/g)].map(
        ([, pause]) => Number(pause),
      );
    await expect.poll(() => pauses().length).toBeGreaterThan(1);
    expect(pauses().slice(0, 2)).toEqual([400, 800]);
    expect(await ask(url, '{ images { totalCount } }')).toEqual({ data: { images: { totalCount: 80 } } });
    gateway.child.kill('SIGTERM');
    expect(await gateway.exit).toBe(0);
    expect(gateway.output.stderr).toBe('');
  });

  it('leave it to the exit code of their primary to say that one of them did not end as it should', async () => {
    const gateway = start();
    const [killed = 0] = await workersOf(gateway, await gateway.ready());
    process.kill(killed, 'SIGSTOP');
    gateway.child.kill('SIGTERM');
    process.kill(killed, 'SIGKILL');
    expect(await gateway.exit).toBe(1);
  });

  it('answer what is under way when their primary dies, and end', async () => {
    await using upstream = await openSlowUpstream();
    const gateway = start({
      DIGITALOCEAN_API_URL: upstream.url,
      DIGITALOCEAN_TOKEN: 'x',
      UPSTREAM_TIMEOUT_MS: '8000',
    });
    const url = await gateway.ready();
    const workers = await workersOf(gateway, url);
    const answers = Promise.all(
      Array.from({ length: 20 }, (_, index) => ask(url, `{ image(imageId: "${index + 1}") { id } }`)),
    );
    await expect.poll(() => upstream.waiting).toBe(20);
    gateway.child.kill('SIGKILL');
    upstream.answer();
    expect(await answers).toEqual(Array.from({ length: 20 }, () => ({ data: { image: null } })));
    await expect.poll(() => workers.filter(isAlive)).toEqual([]);
  });

  it.each([
    [{ WORKERS: '65' }, /^WORKERS has a value that is not accepted\. Accepted: 1 to 64\. Default: 1\.\n$/],
    [{ PORT: 'x' }, /^PORT has a value that is not accepted\. Accepted: 0 to 65535\. Default: 4000\.\n$/],
    [{ TRUSTED_DOCUMENTS: 'missing.json' }, /^TRUSTED_DOCUMENTS: ENOENT.*missing\.json'\n$/],
  ])('do not start with %o, and say why once', async (env, message) => {
    const { output, exit } = start(env);
    expect(await exit).toBe(1);
    expect(output.stderr).toMatch(message);
    expect(output.stdout).not.toContain('GraphQL at');
  });

  it('say once that their port is taken, as one process does', async () => {
    const blocker = createServer();
    await once(blocker.listen(0, '127.0.0.1'), 'listening');
    const address = blocker.address();
    const port = typeof address === 'object' ? String(address?.port) : '';
    const { output, exit } = start({ PORT: port });
    expect(await exit).toBe(1);
    expect(output.stderr).toBe(`listen EADDRINUSE: address already in use 127.0.0.1:${port}\n`);
    blocker.close();
  });

  it('have a share each of the bounds of memory', async () => {
    const { shareOf } = await import('../src/workers.ts');
    const { parseConfig } = await import('../src/config.ts');
    const config = parseConfig({ WORKERS: '3', CACHE_MAX_BYTES: '3000001', ANSWER_CACHE_MAX_BYTES: '0' });
    expect(shareOf(config)).toEqual({ ...config, cacheMaxBytes: 1_000_000, answerCacheMaxBytes: 0 });
  });
});
