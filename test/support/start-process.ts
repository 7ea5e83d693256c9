import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';

import { startArguments } from '../../scripts/start-arguments.ts';

interface StartOptions {
  readonly flags?: readonly string[];
  readonly args?: readonly string[];
  readonly cwd?: URL;
  readonly detached?: boolean;
}

/** Starts the process as `npm start` does, with nothing of this environment but the path; collects what it writes. */
export function startProcess(
  env: Readonly<Record<string, string>>,
  {
    flags = [],
    args = startArguments(),
    cwd = new URL('../..', import.meta.url),
    detached = false,
  }: StartOptions = {},
) {
  const child = spawn(process.execPath, [...flags, ...args], {
    cwd,
    env: { PATH: process.env['PATH'] ?? '', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached,
  });
  const output = { stdout: '', stderr: '' };
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    output.stderr += chunk;
  });
  createInterface(child.stdout).on('line', (line) => {
    output.stdout += `${line}\n`;
  });
  /** The address that it tells once it is ready. */
  const ready = async () => {
    for (;;) {
      const url = /http:\/\/[^/]+\/graphql/.exec(output.stdout)?.[0];
      if (url !== undefined) return url;
      if (child.exitCode !== null) throw new Error(`never ready: ${output.stderr}`);
      await setTimeout(20);
    }
  };
  return { child, output, ready };
}
