import cluster from 'node:cluster';
import { getSystemErrorMessage, inspect } from 'node:util';

import { ConfigError, parseConfig } from './config.ts';

try {
  await run(parseConfig(process.env));
} catch (error) {
  await tellFailure(await describe(error));
  process.exit(1);
}

/** Alone, as the primary of several workers, or as one of them. */
async function run(config: ReturnType<typeof parseConfig>): Promise<void> {
  if (config.workers === 1) return (await import('./gateway-process.ts')).serve(config);
  const { Membership, shareOf, startWorkers } = await import('./workers.ts');
  if (cluster.isPrimary) return startWorkers(config);
  const { serve } = await import('./gateway-process.ts');
  return serve(shareOf(config), new Membership());
}

/** A worker leaves it to its primary, so that what ails all of them is written once. */
async function tellFailure(message: string): Promise<void> {
  if (cluster.isWorker) await (await import('./workers.ts')).tellFailure(message);
  else process.stderr.write(`${message}\n`);
}

async function describe(error: unknown): Promise<string> {
  if (error instanceof ConfigError) return error.message;
  if (isListenError(error)) {
    // A worker is told in fewer words why its primary cannot listen.
    const reason = error.errno === undefined ? '' : getSystemErrorMessage(error.errno);
    return error.message.replace(/^bind (\w+) /, `listen $1: ${reason} `);
  }
  const { redact } = await import('./redact.ts');
  return redact(inspect(error));
}

function isListenError(error: unknown): error is NodeJS.ErrnoException {
  return (
    error instanceof Error &&
    'syscall' in error &&
    /^(?:listen|bind|getaddrinfo)$/.test(String(error.syscall))
  );
}
