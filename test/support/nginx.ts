import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';

import { freePort } from '../../scripts/free-port.ts';

/** An nginx with its default settings, as a proxy of a port of loopback. */
export class Nginx implements AsyncDisposable {
  readonly url: string;
  readonly #child: ReturnType<typeof spawn>;
  readonly #folder: string;

  private constructor(url: string, child: ReturnType<typeof spawn>, folder: string) {
    this.url = url;
    this.#child = child;
    this.#folder = folder;
  }

  static async start(executable: string, upstreamPort: number): Promise<Nginx> {
    const folder = mkdtempSync(join(tmpdir(), 'nginx-'));
    const port = await freePort();
    writeFileSync(join(folder, 'nginx.conf'), configure(folder, port, upstreamPort));
    const child = spawn(executable, ['-e', 'stderr', '-p', folder, '-c', join(folder, 'nginx.conf')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const log = text(child.stderr);
    const nginx = new Nginx(`http://127.0.0.1:${port}`, child, folder);
    while (!(await nginx.#answers())) {
      if (child.exitCode !== null) throw new Error(`nginx did not start: ${await log}`);
      await setTimeout(20);
    }
    return nginx;
  }

  async #answers(): Promise<boolean> {
    return (await fetch(new URL('/health', this.url)).catch(() => null))?.ok ?? false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, 'close');
    this.#child.kill();
    await ended;
    rmSync(this.#folder, { recursive: true });
  }
}

/** Nothing but what it takes to run without root and beside another. */
function configure(folder: string, port: number, upstreamPort: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  return `
    daemon off;
    master_process off;
    pid ${folder}/pid;
    events {}
    http {
      access_log off;
      ${temporary.map((name) => `${name}_temp_path ${folder}/${name};`).join(' ')}
      server {
        listen 127.0.0.1:${port};
        location / { proxy_pass http://127.0.0.1:${upstreamPort}; }
      }
    }`;
}
