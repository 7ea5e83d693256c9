import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

import { Agent, request } from 'undici';

import { startArguments } from '../start-arguments.ts';

export interface StressAnswer {
  readonly status: number;
  readonly code: string;
  readonly text: string;
  readonly ms: number;
}

/** The gateway as a process of its own, as `npm start` runs it, and a client of it. */
export class GatewayProcess {
  readonly #child: ChildProcess;
  readonly #url: string;
  readonly #agent = new Agent({ connections: 1_024, pipelining: 1 });

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.#url = url;
  }

  static async start(upstream: string, env: Record<string, string> = {}): Promise<GatewayProcess> {
    const child = spawn(process.execPath, startArguments(), {
      env: {
        PATH: process.env['PATH'] ?? '',
        PORT: '0',
        DIGITALOCEAN_API_URL: upstream,
        LOG_LEVEL: 'info',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ready = Promise.withResolvers<string>();
    createInterface(child.stdout).on('line', (line) => {
      const url = /http:\/\/[^/]+\/graphql/.exec(line)?.[0];
      if (url !== undefined) ready.resolve(url);
    });
    return new GatewayProcess(child, await ready.promise);
  }

  async ask(query: string, token: string): Promise<StressAnswer> {
    const startedAt = performance.now();
    const { statusCode, body } = await request(this.#url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query }),
      dispatcher: this.#agent,
    });
    const text = await body.text();
    const code = /"code":"(\w+)"/.exec(text)?.[1] ?? 'ok';
    return { status: statusCode, code, text, ms: performance.now() - startedAt };
  }

  /** Whether it wants to be sent requests; one that cannot be reached does not. */
  async isReady(): Promise<boolean> {
    try {
      const { statusCode, body } = await request(new URL('/ready', this.#url), { dispatcher: this.#agent });
      await body.dump();
      return statusCode === 200;
    } catch {
      return false;
    }
  }

  /** A connection on which nothing is sent yet. */
  connect(): Socket {
    const { hostname, port } = new URL(this.#url);
    return connect(Number(port), hostname);
  }

  /** The most memory that the process has had, in megabytes. */
  peakMegabytes(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1_024;
  }

  terminate(): void {
    this.#child.kill('SIGTERM');
  }

  /** Its exit code, once it has ended. */
  async ended(): Promise<number> {
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
    await this.#agent.destroy();
    return this.#child.exitCode ?? -1;
  }
}
