import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';

import { describe, expect, it } from 'vitest';

const ROOT = new URL('..', import.meta.url);

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return spawn(process.execPath, args, {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

describe('the log of the process', () => {
  it('has why it ends, whatever ends it then', async () => {
    const child = run([
      '--input-type=module',
      '-e',
      `import { openProcessLog } from './src/logger.ts';
       const { logger } = openProcessLog('info');
       logger.info('before');
       logger.fatal('Bearer abc it ends');
       process.kill(process.pid, 'SIGKILL');`,
    ]);
    const lines = (await text(child.stdout)).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 30, time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/), msg: 'before' },
      { level: 60, msg: 'Bearer [redacted] it ends' },
    ]);
  });

  it('keeps nobody waiting where nobody reads it', async () => {
    const port = await freePort();
    const child = run(['src/main.ts'], { PORT: String(port) });
    child.stdout.destroy();
    const ready = async () => (await fetch(`http://127.0.0.1:${port}/ready`)).status;
    await expect.poll(() => ready().catch(() => 0)).toBe(200);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
