import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

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
  const lines = createInterface(child.stdout);
  lines.on('line', (line) => {
    output.stdout += `${line}\n`;
  });
  return { child, output, lines };
}
