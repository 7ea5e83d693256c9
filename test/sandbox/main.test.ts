import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('../../src/sandbox/main.ts', import.meta.url));

const start = (env: Record<string, string>) =>
  spawn(process.execPath, [main], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });

describe('the sandbox on its own', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('says where it listens, and ends on %s', async (signal) => {
    const child = start({ SANDBOX_PORT: '0' });
    const exited = once(child, 'exit');
    const [line] = await once(child.stdout, 'data');
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(String(line))?.[0];
    const response = await fetch(`${url}/v2/images`, { headers: { authorization: 'Bearer sandbox' } });
    expect(response.status).toBe(200);
    child.kill(signal);
    expect(await exited).toEqual([0, null]);
  });

  it.each(['http', '-1', '65536', ''])('refuses %j as its port by name', async (port) => {
    const child = start({ SANDBOX_PORT: port });
    const exited = once(child, 'exit');
    const [line] = await once(child.stderr, 'data');
    expect(String(line)).toMatch(/^SANDBOX_PORT: must be a port number [^\n]+\n$/);
    expect(await exited).toEqual([1, null]);
  });
});
