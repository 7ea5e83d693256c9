import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';

import { pino } from 'pino';
import { inject } from 'vitest';

import { parseConfig } from '../../src/config.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts';
import { createGateway } from '../../src/server.ts';
import type { TrustedDocuments } from '../../src/operations/trusted-documents.ts';
import type { RequestTracer } from '../../src/tracing.ts';
import type { TypedDocumentString } from '../generated/graphql.ts';

export interface Answer<Data = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly data: Data | null | undefined;
  readonly errors: readonly AnswerError[];
  readonly extensions: Readonly<Record<string, unknown>> | undefined;
}

export interface AnswerError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: Readonly<Record<string, unknown>>;
}

export interface Asking {
  /** `null` sends no `Authorization`. */
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly [name: string]: unknown;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** How a test's requests reach the gateway. */
    transport: 'fetch' | 'socket';
  }
}

/** As pino counts. */
const ERROR = 50;

/** A gateway that listens. */
interface Listening {
  readonly port: number;
  readonly close: () => void;
}

/** A gateway and its own sandbox, fresh for one test. Requests reach it by the transport of the test's project. */
export class TestGateway implements AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly clock: { nowMs: number };
  /** What the gateway has logged, from `info` on. */
  readonly log: readonly LogLine[];
  readonly #gateway: ReturnType<typeof createGateway>;
  readonly #bugs: string[];
  /** Undefined before the first request, and where requests go by `fetch`. */
  #listening: Promise<Listening> | undefined;

  private constructor(parts: {
    sandbox: Sandbox;
    clock: { nowMs: number };
    gateway: ReturnType<typeof createGateway>;
    bugs: string[];
    log: LogLine[];
  }) {
    this.log = parts.log;
    this.sandbox = parts.sandbox;
    this.clock = parts.clock;
    this.#gateway = parts.gateway;
    this.#bugs = parts.bugs;
  }

  /** `env` goes through the real configuration; the clock moves by hand. */
  static async start({
    env = {},
    sandbox: options = {},
    trustedDocuments = null,
    tracer = null,
    apiUrl,
  }: {
    env?: Record<string, string>;
    sandbox?: SandboxOptions;
    trustedDocuments?: TrustedDocuments | null;
    tracer?: RequestTracer | null;
    /** Another upstream than the sandbox. */
    apiUrl?: string;
  } = {}): Promise<TestGateway> {
    const clock = { nowMs: Date.now() };
    const sandbox = await startSandbox({ limits: { perHour: 1_000_000, perMinute: 1_000_000 }, ...options });
    const log: LogLine[] = [];
    const bugs: string[] = [];
    const write = (line: string) => {
      const entry: LogLine = JSON.parse(line);
      log.push(entry);
      if (entry.level >= ERROR) bugs.push(line);
    };
    const logger = pino({ level: 'info' }, { write });
    const config = parseConfig({ DIGITALOCEAN_API_URL: sandbox.url.origin, ...env });
    const gateway = createGateway({
      config: { ...config, apiUrl: apiUrl === undefined ? sandbox.url : new URL(apiUrl) },
      logger,
      trustedDocuments,
      tracer,
      now: () => clock.nowMs,
      watchTimes: { firstMs: 5, lastMs: 20 },
    });
    return new TestGateway({ sandbox, clock, gateway, bugs, log });
  }

  /** A gateway whose account lists `count` images. */
  static async withImages(count: number, env: Record<string, string> = {}): Promise<TestGateway> {
    const gateway = await TestGateway.start({ env });
    gateway.sandbox.control.fill({ token: 'sandbox', count });
    return gateway;
  }

  /** Runs an operation; `data` is typed where the document is. */
  query<Data, Variables>(
    document: TypedDocumentString<Data, Variables>,
    variables: Variables,
    asking?: Asking,
  ): Promise<Answer<Data>>;
  query(document: string, variables?: Record<string, unknown>, asking?: Asking): Promise<Answer>;
  async query(
    document: { toString(): string },
    variables: unknown = {},
    asking: Asking = {},
  ): Promise<Answer> {
    const { token = 'sandbox', headers, signal } = asking;
    const response = await this.fetch('/graphql', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      body: JSON.stringify({ query: document.toString(), variables }),
      ...(signal === undefined ? {} : { signal }),
    });
    const { data, errors = [], extensions } = await response.json();
    return { status: response.status, headers: response.headers, data, errors, extensions };
  }

  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    if (inject('transport') === 'fetch')
      return this.#gateway.fetch(new Request(new URL(path, 'http://gateway.test'), init));
    const { port } = await (this.#listening ??= this.listen());
    return fetch(new URL(path, `http://127.0.0.1:${port}`), init);
  }

  /** What the upstream was asked since the last look, as `GET /v2/images?page=1&per_page=20`. */
  upstream(): string[] {
    const { requests } = this.sandbox.control.requests();
    this.sandbox.control.clearRequests();
    return requests.map(({ method, url }) => `${method} ${url}`);
  }

  /** Serves on a real socket, until `close`; tells of each request before it is answered. */
  async listen(onRequest: (request: IncomingMessage) => void = () => {}): Promise<Listening> {
    const server = this.#gateway.createServer().prependListener('request', onRequest);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    return {
      port: typeof address === 'object' && address !== null ? address.port : 0,
      close() {
        server.closeAllConnections();
        server.close();
      },
    };
  }

  /** From now on every reading fails in a way that nobody foresaw. */
  breakClock(): void {
    Object.defineProperty(this.clock, 'nowMs', {
      get() {
        throw new Error('the clock is broken');
      },
    });
  }

  /** How many images and actions the gateway watches. */
  get watched(): number {
    return this.#gateway.watched;
  }

  /** Subscribes over server-sent events: their results, until the server or the signal ends them, or the refusal. */
  async *subscribe(
    query: string,
    variables: Record<string, unknown> = {},
    { token = 'sandbox', headers, signal }: Asking = {},
  ): AsyncGenerator<Pick<Answer, 'data' | 'errors'>> {
    const response = await this.fetch('/graphql', {
      method: 'POST',
      headers: {
        accept: 'text/event-stream',
        'content-type': 'application/json',
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      body: JSON.stringify({ query, variables }),
      ...(signal === undefined ? {} : { signal }),
    });
    if (response.headers.get('content-type')?.startsWith('application/json')) {
      yield { data: undefined, errors: [], ...(await response.json()) };
      return;
    }
    let text = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
        const event = text.slice(0, end);
        text = text.slice(end + 2);
        const data = /^data: (\{.*\})$/m.exec(event)?.[1];
        if (data !== undefined) yield { data: undefined, errors: [], ...JSON.parse(data) };
      }
    }
  }

  drain(): void {
    this.#gateway.drain();
  }

  /** Fails where the gateway logged an error that the test did not take. */
  async [Symbol.asyncDispose](): Promise<void> {
    (await this.#listening)?.close();
    await this.#gateway.close();
    await this.sandbox.close();
    if (this.#bugs.length > 0) throw new Error(`the gateway logged errors:\n${this.#bugs.join('')}`);
  }

  /** The error lines of the log so far, which then count as expected. */
  takeBugs(): string[] {
    return this.#bugs.splice(0);
  }
}
