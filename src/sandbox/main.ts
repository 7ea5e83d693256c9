import { startSandbox } from './server.ts';

const DEFAULT_PORT = '4010';

const { SANDBOX_PORT = DEFAULT_PORT, SANDBOX_HOST = '127.0.0.1' } = process.env;

if (!/^\d{1,5}$/.test(SANDBOX_PORT) || Number(SANDBOX_PORT) > 65_535) {
  exitWith('SANDBOX_PORT: must be a port number from 0 (any free one) to 65535');
}

try {
  const sandbox = await startSandbox({ port: Number(SANDBOX_PORT), host: SANDBOX_HOST });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void sandbox.close().then(() => process.exit(0)));
  }
  process.stdout.write(
    `The images sandbox listens on ${sandbox.url.origin} (tokens: sandbox, sandbox-b, sandbox-readonly); ` +
      `${sandbox.url.origin}/sandbox/... controls it\n`,
  );
} catch (error) {
  exitWith(
    `SANDBOX_PORT, SANDBOX_HOST: cannot listen there: ${error instanceof Error ? error.message : String(error)}`,
  );
}

function exitWith(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
