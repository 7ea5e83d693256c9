import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';

import autocannon from 'autocannon';

import { measureGrowth } from './growth.ts';
import { ROOT, Running } from './processes.ts';
import { LONGEST_WAY, type Target, type Workload, WORKLOADS } from './workloads.ts';

const WARM_UP_SECONDS = 0.6;
/** Hundreds of functions have a part in the longest way, and an engine compiles what is worth it for seconds. */
const LONG_WARM_UP_SECONDS = 10;
const SECONDS = 0.3;
/** Each figure is the middle one of so many. */
const ROUNDS = 7;
/** Autocannon looks at its clock so often, and ends no sooner. */
const CLOCK_MS = 100;
const CONNECTIONS = 32;
const PAGE = join(ROOT, 'docs/performance.md');

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
  {
    name: 'the same with two workers',
    isGateway: true,
    env: { ANSWER_CACHE_MAX_BYTES: '0', WORKERS: '2' },
  },
  { name: 'gateway, nothing shared', isGateway: true, env: { LIST_TTL_MS: '0' } },
  { name: 'fixed buffer (floor)', script: 'bench/servers/fixed.ts' },
  { name: 'raw passthrough', script: 'bench/servers/passthrough.ts' },
  { name: BASELINE, script: 'bench/servers/mercurius.ts' },
  { name: 'yoga + DataLoader + undici', script: 'bench/servers/naive-yoga.ts' },
];

interface Figure {
  readonly perMs: number;
  readonly cpuMicros: number;
  readonly callsPerOperation: number;
  readonly p99: number;
  readonly failed: number;
}

interface ComparedFigure extends Omit<Figure, 'perMs'> {
  /** Requests a second, relative to the baseline of the same round. */
  readonly relative: number;
}

const upstream = await Running.start('bench/upstream.ts', {});
const cursors = await readCursors();
const answersFile = join(tmpdir(), `bench-answers-${process.pid}.json`);
writeFileSync(answersFile, JSON.stringify(await readAnswers()));

const servers = new Map<Contender, Running>();
for (const contender of CONTENDERS) {
  const server = await Running.start(contender.script ?? null, {
    UPSTREAM: upstream.url,
    DIGITALOCEAN_API_URL: upstream.url,
    ANSWERS: answersFile,
    ...contender.env,
  });
  servers.set(contender, server);
}

/** No two requests of a run are the same where a workload says so. */
let count = 0;
const figures = new Map<string, Map<string, ComparedFigure>>();
for (const [place, workload] of WORKLOADS.entries()) {
  const warmUp = workload === LONGEST_WAY ? LONG_WARM_UP_SECONDS : WARM_UP_SECONDS;
  for (const [contender, server] of servers) await load(server, workload, targetOf(contender), warmUp);
  const rounds = new Map(CONTENDERS.map((contender) => [contender, [] as Figure[]]));
  for (let round = 0; round < ROUNDS; round += 1) {
    // One contender after the other, so that what is compared is of the same moments, and each time another one first.
    const first = (place + ROUNDS * round) % servers.size;
    const inTurn = [...servers].slice(first).concat([...servers].slice(0, first));
    for (const [contender, server] of inTurn)
      rounds.get(contender)?.push(await measure(server, workload, targetOf(contender)));
  }
  const baseline = [...rounds].find(([{ name }]) => name === BASELINE)?.[1] ?? [];
  for (const [{ name }, measured] of rounds) {
    const row = figures.get(name) ?? new Map<string, ComparedFigure>();
    figures.set(name, row.set(workload.name, middleOf(measured, baseline)));
  }
  process.stdout.write(`${workload.name}\n`);
}
const peaks = new Map(Array.from(servers, ([{ name }, server]) => [name, server.peakMegabytes()]));
await Promise.all([upstream, ...servers.values()].map((server) => server.stop()));

const table = `${print()}\n${await measureGrowth()}\n`;
process.stdout.write(`\n${table}\n`);
const page = readFileSync(PAGE, 'utf8');
writeFileSync(PAGE, page.replace(/(<!-- figures -->\n)[^]*(<!-- end of figures -->)/, `$1\n${table}\n$2`));

function targetOf({ isGateway }: Contender): Target {
  return { cursorAt: (position) => (isGateway ? (cursors[position] ?? '') : null) };
}

function load(server: Running, workload: Workload, target: Target, seconds: number) {
  return autocannon({
    url: `${server.url}/graphql`,
    connections: CONNECTIONS,
    duration: seconds,
    sampleInt: CLOCK_MS,
    requests: [
      {
        method: 'POST',
        setupRequest(request) {
          const { token, body } = workload.request(count++, target);
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
}

async function measure(server: Running, workload: Workload, target: Target): Promise<Figure> {
  await takeCount();
  const before = server.cpuMicros();
  const { requests, latency, start, finish, errors, non2xx } = await load(server, workload, target, SECONDS);
  const cpuMicros = server.cpuMicros() - before;
  return {
    perMs: requests.total / (finish.getTime() - start.getTime()),
    cpuMicros: cpuMicros / requests.total,
    callsPerOperation: (await takeCount()) / requests.total,
    p99: latency.p99,
    failed: errors + non2xx,
  };
}

/** The middle one of each figure; what has failed in any round has failed. */
function middleOf(rounds: readonly Figure[], baseline: readonly Figure[]): ComparedFigure {
  const middle = (read: (figure: Figure, round: number) => number) =>
    rounds.map(read).toSorted((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? NaN;
  return {
    relative: middle(({ perMs }, round) => perMs / (baseline[round]?.perMs ?? NaN)),
    cpuMicros: middle(({ cpuMicros }) => cpuMicros),
    callsPerOperation: middle(({ callsPerOperation }) => callsPerOperation),
    p99: middle(({ p99 }) => p99),
    failed: rounds.reduce((sum, { failed }) => sum + failed, 0),
  };
}

async function takeCount(): Promise<number> {
  return Number(await (await fetch(`${upstream.url}/count`)).text());
}

/** The gateway's cursor behind each image of the list. */
async function readCursors(): Promise<string[]> {
  const gateway = await Running.start(null, { DIGITALOCEAN_API_URL: upstream.url });
  const found = [''];
  for (let after: string | null = null; found.length < 300; after = found.at(-1) ?? null) {
    const { images } = await gateway.ask({
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
  const gateway = await Running.start(null, { DIGITALOCEAN_API_URL: upstream.url });
  const target: Target = { cursorAt: (position) => cursors[position] ?? '' };
  const found = await Promise.all(
    WORKLOADS.map(async (workload) => {
      const data = await gateway.ask(workload.request(0, target).body);
      return [workload.name, JSON.stringify({ data })] as const;
    }),
  );
  await gateway.stop();
  return Object.fromEntries(found);
}

/** Requests a second relative to the baseline / CPU microseconds / upstream calls, of each operation. */
function print(): string {
  const head = ['', ...WORKLOADS.map(({ name, title }) => `${name}: ${title}`), 'p99 of W1', 'peak memory'];
  const rows = CONTENDERS.map(({ name }) => {
    const row = figures.get(name);
    const cells = WORKLOADS.map((workload) => {
      const figure = row?.get(workload.name);
      if (figure === undefined) return '';
      const { relative, cpuMicros, callsPerOperation, failed } = figure;
      const calls = Math.round(callsPerOperation * 100) / 100;
      return `${relative.toFixed(2)} / ${Math.round(cpuMicros)} / ${calls}${failed > 0 ? ` (${failed} failed)` : ''}`;
    });
    return [name, ...cells, `${row?.get('W1')?.p99} ms`, `${Math.round(peaks.get(name) ?? 0)} MB`];
  });
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const machine = `${cpus().length} cores of ${cpus()[0]?.model.trim()}, Node ${process.version}`;
  const day = new Date().toISOString().slice(0, 10);
  return `${day}, ${machine}, ${CONNECTIONS} connections, ${ROUNDS} rounds of ${SECONDS} s each.\n\n${lines.join('\n')}\n`;
}
