import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

import { describe, expect, it } from 'vitest';

import { freePort } from '../scripts/free-port.ts';
import { startProcess } from './support/start-process.ts';

describe('the log of the process', () => {
  it('has why it ends, whatever ends it then', async () => {
    const script = `
       import { openProcessLog } from './src/logger.ts';
       const { logger } = openProcessLog('info');
       logger.info('before');
       logger.fatal('Bearer abc it ends');
       process.kill(process.pid, 'SIGKILL');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      cwd: new URL('..', import.meta.url),
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines = (await text(child.stdout)).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 30, time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/), msg: 'before' },
      { level: 60, msg: 'Bearer [redacted] it ends' },
    ]);
  });

  it('keeps nobody waiting where nobody reads it', async () => {
    const port = await freePort();
    const { child } = startProcess({ PORT: String(port) });
    child.stdout.destroy();
    const ready = async () => (await fetch(`http://127.0.0.1:${port}/ready`)).status;
    await expect.poll(() => ready().catch(() => 0)).toBe(200);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
