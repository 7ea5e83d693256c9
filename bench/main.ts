import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import autocannon from 'autocannon';

import { startArguments } from '../scripts/start-arguments.ts';
import { type Target, type Workload, WORKLOADS } from './workloads.ts';

const SECONDS = 2;
const CONNECTIONS = 32;
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = join(ROOT, 'docs/performance.md');
const TICKS_PER_SECOND = 100;

interface Contender {
  readonly name: string;
  /** Of the gateway it is what `npm start` starts. */
  readonly script?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The gateway goes by cursors. */
  readonly isGateway?: true;
}

const BASELINE = 'mercurius + JIT';

const CONTENDERS: readonly Contender[] = [
  { name: 'gateway', isGateway: true },
  {
    name: 'gateway, each answer rendered',
    isGateway: true,
    env: { ANSWER_CACHE_MAX_BYTES: '0' },
  },
  { name: 'gateway, nothing shared', isGateway: true, env: { LIST_TTL_MS: '0' } },
  { name: 'fixed buffer (floor)', script: 'bench/servers/fixed.ts' },
  { name: 'raw passthrough', script: 'bench/servers/passthrough.ts' },
  { name: BASELINE, script: 'bench/servers/mercurius.ts' },
  { name: 'yoga + DataLoader + undici', script: 'bench/servers/naive-yoga.ts' },
];

interface Figure {
  readonly perSecond: number;
  readonly cpuMicros: number;
  readonly callsPerOperation: number;
  readonly p99: number;
  readonly failed: number;
}

interface Running {
  readonly pid: number;
  readonly url: string;
  stop(): Promise<void>;
}

const upstream = await start({ name: 'upstream', script: 'bench/upstream.ts' }, {});
const cursors = await readCursors();
const answersFile = join(tmpdir(), `bench-answers-${process.pid}.json`);
writeFileSync(answersFile, JSON.stringify(await readAnswers()));

const figures = new Map<string, Map<string, Figure>>();
const peaks = new Map<string, number>();
for (const contender of CONTENDERS) {
  const server = await start(contender, {
    UPSTREAM: upstream.url,
    DIGITALOCEAN_API_URL: upstream.url,
    ANSWERS: answersFile,
  });
  const row = new Map<string, Figure>();
  for (const workload of WORKLOADS)
    row.set(workload.name, await measure(server, workload, targetOf(contender)));
  figures.set(contender.name, row);
  peaks.set(contender.name, peakMegabytes(server.pid));
  await server.stop();
  process.stdout.write(`${contender.name}\n`);
}
await upstream.stop();

const table = print();
process.stdout.write(`\n${table}\n`);
const page = readFileSync(PAGE, 'utf8');
writeFileSync(PAGE, page.replace(/(<!-- figures -->\n)[^]*(<!-- end of figures -->)/, `$1\n${table}\n$2`));

/** Starts a server on a free port and waits until it answers. */
async function start({ script, env = {} }: Contender, more: Record<string, string>): Promise<Running> {
  const port = await freePort();
  const child = spawn(process.execPath, script === undefined ? startArguments() : [script], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'] ?? '', PORT: String(port), ...more, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const url = `http://127.0.0.1:${port}`;
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error(`${script ?? 'the gateway'} ended at its start`);
    await setTimeout(20);
  }
  return { pid: child.pid ?? 0, url, stop: () => stop(child) };
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function targetOf({ isGateway }: Contender): Target {
  return { cursorAt: (position) => (isGateway ? (cursors[position] ?? '') : null) };
}

/** One workload for some seconds, after a moment to warm up. */
async function measure(server: Running, workload: Workload, target: Target): Promise<Figure> {
  let n = 0;
  const load = (duration: number) =>
    autocannon({
      url: `${server.url}/graphql`,
      connections: CONNECTIONS,
      duration,
      requests: [
        {
          method: 'POST',
          setupRequest(request) {
            const { token, body } = workload.request(n++, target);
            const headers = {
              'content-type': 'application/json',
              authorization: `Bearer ${token}`,
              'x-workload': workload.name,
            };
            return { ...request, headers, body: JSON.stringify(body) };
          },
        },
      ],
    });
  await load(1);
  await takeCount();
  const before = cpuTicks(server.pid);
  const { requests, latency, duration, errors, non2xx } = await load(SECONDS);
  const ticks = cpuTicks(server.pid) - before;
  return {
    perSecond: requests.total / duration,
    cpuMicros: (ticks / TICKS_PER_SECOND / requests.total) * 1e6,
    callsPerOperation: (await takeCount()) / requests.total,
    p99: latency.p99,
    failed: errors + non2xx,
  };
}

async function takeCount(): Promise<number> {
  return Number(await (await fetch(`${upstream.url}/count`)).text());
}

/** User and system time of a process, in ticks. */
function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

function peakMegabytes(pid: number): number {
  return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024;
}

/** The gateway's cursor behind each image of the list. */
async function readCursors(): Promise<string[]> {
  const gateway = await start({ name: 'gateway', isGateway: true }, { DIGITALOCEAN_API_URL: upstream.url });
  const found = [''];
  for (let after: string | null = null; found.length < 300; after = found.at(-1) ?? null) {
    const { images } = await ask(gateway.url, {
      query: 'query ($after: String) { images(first: 150, after: $after) { edges { cursor } } }',
      variables: { after },
    });
    found.push(...images.edges.map(({ cursor }: { cursor: string }) => cursor));
  }
  await gateway.stop();
  return found;
}

/** What the gateway answers to each workload, for the server that only sends it. */
async function readAnswers(): Promise<Record<string, string>> {
  const gateway = await start({ name: 'gateway', isGateway: true }, { DIGITALOCEAN_API_URL: upstream.url });
  const target: Target = { cursorAt: (position) => cursors[position] ?? '' };
  const found = await Promise.all(
    WORKLOADS.map(async (workload) => {
      const data = await ask(gateway.url, workload.request(0, target).body);
      return [workload.name, JSON.stringify({ data })] as const;
    }),
  );
  await gateway.stop();
  return Object.fromEntries(found);
}

async function ask(url: string, body: object) {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer bench' },
    body: JSON.stringify(body),
  });
  const { data, errors } = await response.json();
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
}

/** Requests a second relative to the baseline / CPU microseconds / upstream calls, of each operation. */
function print(): string {
  const baseline = figures.get(BASELINE);
  const head = ['', ...WORKLOADS.map(({ name, title }) => `${name}: ${title}`), 'p99 of W1', 'peak memory'];
  const rows = CONTENDERS.map(({ name }) => {
    const row = figures.get(name);
    const cells = WORKLOADS.map((workload) => {
      const figure = row?.get(workload.name);
      const base = baseline?.get(workload.name);
      if (figure === undefined || base === undefined) return '';
      const { perSecond, cpuMicros, callsPerOperation, failed } = figure;
      const ratio = (perSecond / base.perSecond).toFixed(2);
      const calls = Math.round(callsPerOperation * 100) / 100;
      return `${ratio} / ${Math.round(cpuMicros)} / ${calls}${failed > 0 ? ` (${failed} failed)` : ''}`;
    });
    return [name, ...cells, `${row?.get('W1')?.p99} ms`, `${Math.round(peaks.get(name) ?? 0)} MB`];
  });
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const machine = `${cpus().length} cores of ${cpus()[0]?.model.trim()}, Node ${process.version}`;
  const day = new Date().toISOString().slice(0, 10);
  return `${day}, ${machine}, ${CONNECTIONS} connections, ${SECONDS} s each.\n\n${lines.join('\n')}\n`;
}
