import { once } from 'node:events';
import { createServer } from 'node:http';

import { createAccounts } from './accounts.ts';
import { createClock } from './clock.ts';
import { type Control, createControl } from './control.ts';
import { createFaults } from './faults.ts';
import { createHttpExchange } from './http-exchange.ts';
import { createRequestLog } from './request-log.ts';
import { type SandboxBehaviour, type SandboxState, createCounter } from './state.ts';

export interface SandboxOptions extends Partial<SandboxBehaviour> {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly host?: string;
  /** Further tokens, each with an account of its own. */
  readonly tokens?: readonly string[];
  /** The clock, in epoch milliseconds. */
  readonly now?: () => number;
}

export interface Sandbox {
  readonly url: URL;
  readonly control: Control;
  /** Stops listening and ends every connection, those that hang included. */
  close(): Promise<void>;
}

/** Longer than clients keep an idle connection, so that none is closed under a request on its way. */
const KEEP_ALIVE_MS = 60_000;

/**
 * Serves the images API over HTTP, with accounts, limits, delays and faults of its own.
 *
 * Rejects with the system's error where the port cannot be had.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port = 0, host = '127.0.0.1', tokens = [], now = Date.now } = options;
  const state = createState(withDefaults(options), tokens, now);
  const faults = createFaults();
  const log = createRequestLog();
  const control = createControl(state, faults, log);
  const exchange = createHttpExchange({ state, faults, log, control });

  const server = createServer((request, response) => {
    exchange(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;

  return {
    url: new URL(`http://${host.includes(':') ? `[${host}]` : host}:${bound}`),
    control,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function withDefaults(options: SandboxOptions): SandboxBehaviour {
  return {
    limits: options.limits ?? { perHour: 5_000, perMinute: 250 },
    lagMs: options.lagMs ?? 0,
    order: options.order ?? 'ascending',
    strict: options.strict ?? false,
    linkOrigin: options.linkOrigin,
    importMs: options.importMs ?? { pendingAfter: 2_000, doneAfter: 6_000 },
    actionMs: options.actionMs ?? 3_000,
  };
}

function createState(options: SandboxBehaviour, tokens: readonly string[], now: () => number): SandboxState {
  return {
    options,
    clock: createClock(now),
    access: createAccounts(tokens, options.order === 'ascending' ? 'tail' : 'head'),
    transfers: new Map(),
    imageIds: createCounter(240_000_000),
    actionIds: createCounter(2_900_000_000),
    transferIds: createCounter(1_000),
  };
}
