import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { flushCompileCache } from 'node:module';
import type { Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';

import { type Config, ConfigError } from './config.ts';
import { openEmbeddedSandbox } from './embedded-sandbox.ts';
import { type Logger, openProcessLog } from './logger.ts';
import { closeAll } from './lib/close-all.ts';
import { startOtlp } from './otlp.ts';
import { createGateway, type GatewayConfig } from './server.ts';
import { parseTrustedDocuments, type TrustedDocuments } from './operations/trusted-documents.ts';
import type { Membership } from './workers.ts';

/** A caller that sends its request slowly holds a connection for so long, and no longer. */
const TIMEOUTS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
  // Longer than load balancers keep idle connections, so that they and not we end them.
  keepAliveTimeout: 65_000,
};
/** After the notice, time for requests under way. Together with what follows it is 10 seconds, as the README says. */
const REQUESTS_MS = 9_000;
/** After the requests, time to close connections and to send the last traces. */
const CLOSE_MS = 1_000;

/** Listens, and serves until it has to stop: alone, or as one of several workers. */
export async function serve(config: Config, membership: Membership | null = null): Promise<void> {
  const { logger, flush, flushSync } = openProcessLog(config.logLevel, { isShared: membership !== null });
  const upstream = await openUpstream(config, logger);
  const trustedDocuments = readTrustedDocuments(config);
  const otlp = config.otlpEndpoint === null ? null : await startOtlp(config.otlpEndpoint);
  const gateway = createGateway({
    config: upstream.config,
    logger,
    trustedDocuments,
    tracer: otlp?.tracer ?? null,
    peers: membership,
  });
  const server = gateway.createServer(TIMEOUTS);
  const connections = watchConnections(server);
  const origin = await listen(server, config);
  // What was compiled is kept for the next start, also where nobody lets this process end by itself.
  flushCompileCache();
  const announcement = `GraphQL at ${origin}/graphql${config.graphiql ? ', and GraphiQL for browsers' : ''}`;
  if (membership === null) logger.info(announcement);
  else membership.tellListening(announcement);
  flush();

  const shutDown = async () => {
    gateway.drain();
    // Time for load balancers to see that this instance is no longer ready.
    await setTimeout(config.shutdownNoticeMs);
    await closeServer(server, connections);
    await closeAll(
      {
        gateway: () => gateway.close(),
        sandbox: () => upstream.close(),
        traces: async () => otlp?.close(),
      },
      { withinMs: CLOSE_MS, logger },
    );
  };
  let exitCode = 0;
  let isStopping = false;
  // A second signal changes nothing: requests under way still get their responses. A failure changes the exit code.
  const stop = async (code: number) => {
    exitCode = Math.max(exitCode, code);
    if (isStopping) return;
    isStopping = true;
    try {
      await shutDown();
    } catch (error) {
      logger.error({ err: error }, 'could not stop as planned');
    }
    try {
      flushSync();
    } finally {
      process.exit(exitCode);
    }
  };
  const stopFor = (reason: string) => {
    if (!isStopping) logger.info({ reason }, 'stopping: not ready for new requests, those under way may end');
    void stop(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stopFor);
  membership?.onPrimaryGone(() => stopFor('the primary is gone'));
  server.on('error', (error) => {
    logger.error({ err: error }, 'the server could not accept a connection');
    if (!server.listening) void stop(1);
  });
  process.on('unhandledRejection', (error) => logger.error({ err: error }, 'unhandled promise rejection'));
  // The state is uncertain after this, but requests under way may still get their responses.
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'stopping after an uncaught exception');
    void stop(1);
  });
}

/** @throws ConfigError where the file cannot be read or has another form. */
function readTrustedDocuments(config: Config): TrustedDocuments | null {
  if (config.trustedDocuments === null) return null;
  try {
    const documents = parseTrustedDocuments(readFileSync(config.trustedDocuments, 'utf8'));
    if (documents.size > 0 || !config.trustedDocumentsOnly) return documents;
    throw new Error('no document is in the manifest, and TRUSTED_DOCUMENTS_ONLY serves no other.');
  } catch (error) {
    throw new ConfigError([`TRUSTED_DOCUMENTS: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

interface Upstream {
  readonly config: GatewayConfig;
  close(): Promise<void>;
}

/** The API that was configured, or the embedded sandbox with its own token where none was. */
async function openUpstream(config: Config, logger: Logger): Promise<Upstream> {
  if (config.apiUrl !== null) return { config: { ...config, apiUrl: config.apiUrl }, close: async () => {} };
  const sandbox = await openEmbeddedSandbox(logger);
  return {
    config: { ...config, apiUrl: sandbox.url, sharedToken: sandbox.token },
    close: () => sandbox.close(),
  };
}

async function listen(server: Server, { host, port }: Config): Promise<string> {
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return `http://${host.includes(':') ? `[${host}]` : host}:${bound}`;
}

/** The connections of a server, and how many requests are being answered on each: none on idle ones, nor where one is half sent. */
type Connections = ReadonlyMap<Socket, { readonly answering: number }>;

function watchConnections(server: Server): Connections {
  const connections = new Map<Socket, { answering: number }>();
  server.on('connection', (socket: Socket) => {
    connections.set(socket, { answering: 0 });
    socket.once('close', () => connections.delete(socket));
  });
  server.on('request', ({ socket }, response) => {
    const connection = connections.get(socket);
    if (connection === undefined) return;
    connection.answering += 1;
    response.once('close', () => {
      connection.answering -= 1;
    });
  });
  return connections;
}

/** Resolves when every request under way has its response, or when the time for that is over. */
async function closeServer(server: Server, connections: Connections): Promise<void> {
  const isClosed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  for (const [socket, { answering }] of connections) if (answering === 0) socket.destroy();
  await Promise.race([isClosed, setTimeout(REQUESTS_MS)]);
  server.closeAllConnections();
}
