import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { freePort } from '../scripts/free-port.ts';
import { startArguments } from '../scripts/start-arguments.ts';
import { TOKEN } from './workloads.ts';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** None is left behind by a run that fails. */
const children = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** A server to be measured, as a process of its own. */
export class Running {
  readonly url: string;
  /** Milliseconds from its start until it was ready. */
  readonly startMs: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, url: string, startMs: number) {
    this.#child = child;
    this.url = url;
    this.startMs = startMs;
  }

  /** Starts a script, or what `npm start` starts, on a free port, and waits until it is ready. */
  static async start(script: string | null, env: Readonly<Record<string, string>>): Promise<Running> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const startedAt = performance.now();
    const child = spawn(process.execPath, script === null ? startArguments() : [script], {
      cwd: ROOT,
      env: { PATH: process.env['PATH'] ?? '', PORT: String(port), ...env },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    children.add(child);
    while (!(await isReady(url))) {
      if (child.exitCode !== null) throw new Error(`${script ?? 'the gateway'} ended at its start`);
      await setTimeout(5);
    }
    return new Running(child, url, performance.now() - startedAt);
  }

  /** Microseconds of CPU that each process has used, the main one first: it and its workers, all threads of each. */
  cpuMicros(): readonly number[] {
    return this.#pids().map((pid) =>
      readdirSync(`/proc/${pid}/task`)
        .map((task) => Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]))
        .reduce((sum, nanoseconds) => sum + nanoseconds / 1_000, 0),
    );
  }

  /** The most memory that it has had; of several processes the sum. */
  peakMegabytes(): number {
    return this.#pids()
      .map((pid) => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]))
      .reduce((sum, kilobytes) => sum + kilobytes / 1_024, 0);
  }

  async ask(body: object, token = TOKEN) {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
    });
    const { data, errors } = await response.json();
    if (errors !== undefined) throw new Error(JSON.stringify(errors));
    return data;
  }

  async stop(): Promise<void> {
    children.delete(this.#child);
    for (const pid of this.#pids()) process.kill(pid, 'SIGKILL');
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit');
  }

  #pids(): readonly number[] {
    const { pid = 0 } = this.#child;
    const workers = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return [pid, ...workers.split(' ').filter(Boolean).map(Number)];
  }
}

/** Only the gateway has something at the path; the others are ready once they respond. */
async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/ready`).then(
    ({ status }) => status !== 503,
    () => false,
  );
}
