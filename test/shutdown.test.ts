import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';

import { afterAll, describe, expect, it } from 'vitest';

import { startProcess } from './support/start-process.ts';

const groups: ChildProcess[] = [];

afterAll(() => {
  for (const { pid } of groups.splice(0)) {
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL');
    } catch {
      // All of its processes have ended.
    }
  }
});

/** Starts the process with a script that runs before it. */
function start(env: Record<string, string>, before = '') {
  const flags = before === '' ? [] : ['--import', `data:text/javascript,${encodeURIComponent(before)}`];
  const { child, output, ready } = startProcess(env, { flags, detached: true });
  groups.push(child);
  const exit = once(child, 'close').then(([code]) => Number(code));
  return { child, output, ready, exit };
}

async function ask(url: string): Promise<number> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer sandbox', connection: 'close' },
    body: JSON.stringify({ query: '{ images(first: 1) { totalCount } }' }),
  });
  await response.text();
  return response.status;
}

/** A server that accepts connections and never answers; closed where nothing listens at its port any more. */
async function openHanging({ isClosed }: { isClosed: boolean }) {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.resume().on('error', () => {});
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  if (isClosed) server.close();
  return {
    url,
    get connections() {
      return connections;
    },
    [Symbol.dispose]: () => void server.close(),
  };
}

/** As `expect.poll`, which is not for tests that run at once. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await setTimeout(20);
}

// Most of their time they wait.
describe.concurrent('SIGTERM', { timeout: 60_000 }, () => {
  it.each([
    ['at a closed port', { isClosed: true }, '1'],
    ['that never answers', { isClosed: false }, '1'],
    ['at a closed port', { isClosed: true }, '2'],
    ['that never answers', { isClosed: false }, '2'],
  ])('ends with 0 in time beside a trace collector %s: %j, WORKERS=%s', async (_, collectorIs, WORKERS) => {
    using collector = await openHanging(collectorIs);
    const { child, output, ready, exit } = start({ WORKERS, OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    const url = await ready();
    for (let turn = 0; turn < 6; turn += 1) expect(await ask(url)).toBe(200);
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
    expect(output.stdout).toMatch(/"part":"traces"/);
    expect(output.stderr).toBe('');
  });

  it('ends with 0 though a call to the API hangs, and so do its caller and the trace collector', async () => {
    using api = await openHanging({ isClosed: false });
    const { child, output, ready, exit } = start({
      DIGITALOCEAN_API_URL: api.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: api.url,
      UPSTREAM_TIMEOUT_MS: '60000',
      REQUEST_TIMEOUT_MS: '60000',
    });
    const url = await ready();
    const asked = ask(url).catch(() => 'broken off');
    await until(() => api.connections === 1);
    child.kill('SIGTERM');
    expect(await asked).toBe('broken off');
    expect(await exit).toBe(0);
    expect(output.stdout).toContain('CLIENT_CLOSED_REQUEST');
  });

  it('ends with 0 where a server cannot be closed', async () => {
    const { child, output, ready, exit } = start(
      {},
      `import { Server } from 'node:http'; Server.prototype.close = () => { throw new Error('not now'); };`,
    );
    await ready();
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
    expect(output.stdout).toContain('could not stop as planned');
  });

  it('ends with 0 where no server says that it is closed, however often it is sent', async () => {
    const { child, output, ready, exit } = start(
      {},
      `import { Server } from 'node:http'; Server.prototype.close = () => {};`,
    );
    await ready();
    child.kill('SIGTERM');
    await until(() => output.stdout.includes('stopping'));
    child.kill('SIGTERM');
    child.kill('SIGINT');
    expect(await exit).toBe(0);
    expect(output.stdout).toMatch(/"part":"sandbox".*could not be closed in time/);
    expect(output.stdout.match(/"msg":"stopping/g)).toHaveLength(1);
  });

  it('ends with 1 where something fails while it stops, once', async () => {
    const { child, output, ready, exit } = start(
      { SHUTDOWN_NOTICE_MS: '1500' },
      `process.on('SIGUSR2', () => { setTimeout(() => { throw new Error('a bug'); }); Promise.reject(new Error('another')); });`,
    );
    await ready();
    child.kill('SIGTERM');
    await until(() => output.stdout.includes('stopping'));
    child.kill('SIGUSR2');
    await until(() => output.stdout.includes('another'));
    child.kill('SIGUSR2');
    await until(() => output.stdout.match(/uncaught exception/g)?.length === 2);
    expect(child.exitCode).toBe(null);
    expect(await exit).toBe(1);
  });
});

describe('an error of the listening server', () => {
  it('is logged, each time, and the process serves on', async () => {
    const { child, output, ready, exit } = start(
      { DIGITALOCEAN_API_URL: 'http://127.0.0.1:9' },
      `import { Server } from 'node:http';
      const { listen } = Server.prototype;
      Server.prototype.listen = function (...args) {
        process.on('SIGUSR2', () => this.emit('error', new Error('accept EMFILE')));
        return listen.apply(this, args);
      };`,
    );
    const url = await ready();
    for (let times = 1; times <= 2; times += 1) {
      child.kill('SIGUSR2');
      await expect
        .poll(() => output.stdout.match(/accept EMFILE/g)?.length ?? 0)
        .toBeGreaterThanOrEqual(times);
    }
    expect((await fetch(new URL('/health', url))).status).toBe(200);
    child.kill('SIGTERM');
    expect(await exit).toBe(0);
  });

  it('ends the process with 1 where it does not listen any more', async () => {
    const { child, output, ready, exit } = start(
      { DIGITALOCEAN_API_URL: 'http://127.0.0.1:9' },
      `import { Server } from 'node:http';
      const { listen } = Server.prototype;
      Server.prototype.listen = function (...args) {
        process.on('SIGUSR2', () => { this._handle.close(); this._handle = null; this.emit('error', new Error('gone')); });
        return listen.apply(this, args);
      };`,
    );
    await ready();
    child.kill('SIGUSR2');
    expect(await exit).toBe(1);
    expect(output.stdout).toContain('gone');
  });
});
