import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { type Contender, CONTENDERS } from './contenders.ts';
import { LoadGenerator, type LoadResult } from './load-generator.ts';
import { Running } from './processes.ts';
import { type Cursors, OFFSETS, TOKEN, TOKENS, type Workload, WORKLOADS, withCursors } from './workloads.ts';

export const CONNECTIONS = 32;
const IMAGES = 300;

export interface Measurement extends LoadResult {
  readonly upstreamCalls: number;
  /** Of each process of the server. */
  readonly cpuMicros: readonly number[];
}

/** The servers, the upstream and the load, each a process of its own. */
export class TestBed {
  readonly #upstream: Running;
  readonly #servers: ReadonlyMap<Contender, Running>;
  readonly #load: LoadGenerator;
  /** The gateway's data for each workload, as JSON. */
  readonly #data: ReadonlyMap<Workload, string>;

  private constructor(
    upstream: Running,
    servers: ReadonlyMap<Contender, Running>,
    load: LoadGenerator,
    data: ReadonlyMap<Workload, string>,
  ) {
    this.#upstream = upstream;
    this.#servers = servers;
    this.#load = load;
    this.#data = data;
  }

  /** @throws Error where a server responds to a workload differently from the gateway */
  static async start(): Promise<TestBed> {
    const folder = mkdtempSync(join(tmpdir(), 'bench-'));
    process.once('exit', () => rmSync(folder, { recursive: true }));
    const cursorsFile = join(folder, 'cursors.json');
    const responsesFile = join(folder, 'responses.json');

    const upstream = await Running.start('bench/upstream.ts', { TOTAL: String(IMAGES) });
    const gateway = await Running.start(null, { DIGITALOCEAN_API_URL: upstream.url });
    const cursors: Record<string, readonly string[]> = {};
    for (const token of [TOKEN, ...TOKENS]) cursors[token] = await readCursors(gateway, token);
    writeFileSync(cursorsFile, JSON.stringify(cursors));
    const data = await readData(gateway, cursors);
    const responses = Array.from(data, ([{ name }, json]) => [name, `{"data":${json}}`]);
    writeFileSync(responsesFile, JSON.stringify(Object.fromEntries(responses)));
    await gateway.stop();

    const servers = new Map<Contender, Running>();
    for (const contender of CONTENDERS) {
      const server = await Running.start(contender.script ?? null, {
        UPSTREAM: upstream.url,
        DIGITALOCEAN_API_URL: upstream.url,
        RESPONSES: responsesFile,
        ...contender.env,
      });
      servers.set(contender, server);
      if (contender.isFloor !== true) await checkData(contender, server, cursors, data);
    }
    return new TestBed(upstream, servers, new LoadGenerator(cursorsFile), data);
  }

  /** Sends a workload to a server for a while. */
  async measure(contender: Contender, workload: Workload, seconds: number): Promise<Measurement> {
    const server = this.#server(contender);
    await this.#takeCallCount();
    const before = server.cpuMicros();
    const result = await this.#load.run({
      port: Number(new URL(server.url).port),
      workload: workload.name,
      takesCursors: contender.script === undefined,
      seconds,
      connections: CONNECTIONS,
      minBytes: (this.#data.get(workload)?.length ?? 0) / 2,
    });
    const cpuMicros = server.cpuMicros().map((micros, index) => micros - (before[index] ?? 0));
    return { ...result, cpuMicros, upstreamCalls: await this.#takeCallCount() };
  }

  peakMegabytes(contender: Contender): number {
    return this.#server(contender).peakMegabytes();
  }

  async stop(): Promise<void> {
    this.#load.stop();
    await Promise.all([this.#upstream, ...this.#servers.values()].map((server) => server.stop()));
  }

  #server(contender: Contender): Running {
    const server = this.#servers.get(contender);
    if (server === undefined) throw new Error(`${contender.name} does not run.`);
    return server;
  }

  /** How many calls the upstream has had since the last time. */
  async #takeCallCount(): Promise<number> {
    return Number(await (await fetch(`${this.#upstream.url}/count`)).text());
  }
}

async function readCursors(gateway: Running, token: string): Promise<readonly string[]> {
  const found: string[] = [];
  while (found.length < IMAGES) {
    const { images } = await gateway.ask(
      {
        query: 'query ($after: String) { images(first: 150, after: $after) { edges { cursor } } }',
        variables: { after: found.at(-1) ?? null },
      },
      token,
    );
    found.push(...images.edges.map(({ cursor }: { cursor: string }) => cursor));
  }
  return found;
}

async function readData(gateway: Running, cursors: Cursors): Promise<ReadonlyMap<Workload, string>> {
  const data = new Map<Workload, string>();
  for (const workload of WORKLOADS) {
    const { body, token } = workload.request(0, withCursors(cursors));
    data.set(workload, JSON.stringify(await gateway.ask(body, token)));
  }
  return data;
}

/** Servers that do not do the same work cannot be compared. */
async function checkData(
  { name, script }: Contender,
  server: Running,
  cursors: Cursors,
  expectedData: ReadonlyMap<Workload, string>,
): Promise<void> {
  for (const [workload, expected] of expectedData) {
    const target = script === undefined ? withCursors(cursors) : OFFSETS;
    const { body, token } = workload.request(0, target);
    const data = JSON.stringify(await server.ask(body, token));
    try {
      assert.deepEqual(parseData(data), parseData(expected));
    } catch (cause) {
      throw new Error(`${name} does not respond to ${workload.name} as the gateway does.`, { cause });
    }
  }
}

/** With times as numbers: servers may write them in different ways. */
function parseData(text: string): unknown {
  return JSON.parse(text, (key, value) => (key === 'createdAt' ? Date.parse(value) : value));
}
