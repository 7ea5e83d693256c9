import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';

import { GatewayProcess, type StressAnswer } from './gateway.ts';
import { ownerOf, startUpstream } from './upstream.ts';

/** One figure, what it may be, and whether it is. */
interface Figure {
  readonly name: string;
  readonly value: number;
  readonly bound: string;
  readonly holds: boolean;
}

const figures: Figure[] = [];
const SCENARIOS = {
  isolation,
  storms,
  outage,
  overload,
  flood,
  tenants,
  shutdown,
  deadCollector,
  rolling,
  dribble,
};

for (const [name, run] of Object.entries(SCENARIOS)) {
  if (process.argv.length > 2 && !process.argv.includes(name)) continue;
  process.stdout.write(`${name} …\n`);
  await run();
}
for (const { name, value, bound, holds } of figures) {
  process.stdout.write(
    `${holds ? 'ok  ' : 'FAIL'}  ${name}: ${Math.round(value * 1_000) / 1_000} (${bound})\n`,
  );
}
process.exitCode = figures.every(({ holds }) => holds) ? 0 : 1;

function atMost(name: string, value: number, bound: number): void {
  figures.push({ name, value, bound: `at most ${bound}`, holds: value <= bound });
}

function atLeast(name: string, value: number, bound: number): void {
  figures.push({ name, value, bound: `at least ${bound}`, holds: value >= bound });
}

/** Five tenants, two of them with tokens one letter apart, 20,000 requests in turn. */
async function isolation(): Promise<void> {
  const upstream = await startUpstream();
  const gateway = await GatewayProcess.start(upstream.url);
  const tokens = ['tenant-a', 'tenant-b', 'Tenant-a', 'tenant-a1', 'another'];
  const owners = tokens.map((token) => ownerOf(`Bearer ${token}`));
  const queries = [
    '{ images(first: 20) { nodes { name } } }',
    '{ images(last: 5, orderBy: { field: CREATED_AT, direction: ASC }) { nodes { name } } }',
    image(7),
    '{ nodes(ids: ["do:image:1", "do:image:2", "do:image:3"]) { ... on Image { name } } }',
  ];
  let foreign = 0;
  let failed = 0;
  await inParallel(20_000, 64, async (index) => {
    const tenant = index % tokens.length;
    const { text, code } = await gateway.ask(
      queries[(index >> 3) % queries.length] ?? '',
      tokens[tenant] ?? '',
    );
    if (code !== 'ok') failed += 1;
    if (!text.includes(owners[tenant] ?? '')) failed += 1;
    if (owners.some((owner, other) => other !== tenant && text.includes(owner))) foreign += 1;
  });
  atMost('answers of 20,000 with a byte of another tenant', foreign, 0);
  atMost('answers of 20,000 that failed', failed, 0);
  await stop(gateway, upstream);
}

/** The API answers nothing but 503, breaks connections, or 429; and is back. */
async function storms(): Promise<void> {
  for (const [name, fault, bound] of [
    ['503', 503, 1.25],
    ['reset', 0, 1.25],
    ['429', 429, 1.1],
  ] as const) {
    const upstream = await startUpstream();
    const gateway = await GatewayProcess.start(upstream.url);
    upstream.behaviour.fault = fault;
    await inParallel(1_000, 32, (index) => gateway.ask(image(index + 1), `tenant-${index % 200}`));
    atMost(`calls for each of 1,000 requests in a storm of ${name}`, upstream.takeCount() / 1_000, bound);
    upstream.behaviour.fault = undefined;
    const backAt = performance.now();
    while ((await gateway.ask(image(1), 'newcomer')).code !== 'ok') await setTimeout(20);
    atMost(`seconds to recover from it`, (performance.now() - backAt) / 1_000, 5);
    await stop(gateway, upstream);
  }
}

/** The API fails for a thousand tenants with one call each: it answers 503, breaks connections, or hangs; and is back. */
async function outage(): Promise<void> {
  for (const [name, behaviour] of [
    ['503', { fault: 503 }],
    ['reset', { fault: 0 }],
    ['hang', { latencyMs: 20_000 }],
  ] as const) {
    const upstream = await startUpstream();
    const gateway = await GatewayProcess.start(upstream.url);
    Object.assign(upstream.behaviour, behaviour);
    let circuit = 0;
    await inParallel(1_000, 32, async (index) => {
      const { text } = await gateway.ask(image(index + 1), `tenant-${index}`);
      if (text.includes('"circuit":"open"')) circuit += 1;
    });
    atMost(`calls for 1,000 tenants in an outage (${name})`, upstream.takeCount(), 100);
    atLeast('requests of them that an open circuit refuses', circuit, 900);
    Object.assign(upstream.behaviour, { fault: undefined, latencyMs: 0 });
    const backAt = performance.now();
    while ((await gateway.ask(image(1), 'newcomer')).code !== 'ok') await setTimeout(20);
    atMost('seconds to recover from it', (performance.now() - backAt) / 1_000, 15);
    const after: Promise<boolean>[] = [];
    await inParallel(1_000, 32, async (index) => {
      const asked = isAnswered(gateway.ask(image(index + 1), `tenant-${index}`));
      after.push(asked);
      await asked;
    });
    atMost('requests of 1,000 tenants lost after it', await countLost(after), 0);
    await stop(gateway, upstream);
  }
}

/** Five times as much as was answered of what does not overload it, for five seconds. */
async function overload(): Promise<void> {
  const upstream = await startUpstream();
  const gateway = await GatewayProcess.start(upstream.url);
  upstream.behaviour.latencyMs = 200;
  const measuredAt = performance.now();
  await inParallel(1_000, 80, (index) => gateway.ask(image(index + 1), `tenant-${index % 4}`));
  const capacity = 1_000 / ((performance.now() - measuredAt) / 1_000);
  const seconds = 5;
  const asked: Promise<StressAnswer>[] = [];
  const startedAt = performance.now();
  for (let sent = 0; sent < seconds * 5 * capacity; sent += 16) {
    const due = startedAt + (sent / (5 * capacity)) * 1_000;
    if (due > performance.now()) await setTimeout(due - performance.now());
    for (let index = 0; index < 16; index += 1) {
      asked.push(gateway.ask(image(1_000 + sent + index), `tenant-${index % 4}`));
    }
  }
  const answers = await Promise.all(asked);
  const elapsed = (performance.now() - startedAt) / 1_000;
  const served = answers.filter(({ code }) => code === 'ok');
  const shed = answers.filter(({ code }) => code === 'OVERLOADED').map(({ ms }) => ms);
  atLeast(
    'answered in a second of what is without overload, at five times that',
    served.length / elapsed / capacity,
    0.9,
  );
  atMost('milliseconds until the half of refused requests know', median(shed), 100);
  atMost('requests with any other end', answers.length - served.length - shed.length, 0);
  await stop(gateway, upstream);
}

/** Three hundred connections of one tenant, each of which asks again as soon as it is refused, beside another tenant. */
async function flood(): Promise<void> {
  const upstream = await startUpstream();
  const gateway = await GatewayProcess.start(upstream.url);
  const list = '{ images(first: 20) { nodes { name } } }';
  for (let time = 0; time < 3; time += 1) await gateway.ask(list, 'tenant-b');
  upstream.behaviour.latencyMs = 200;
  const over = new AbortController();
  let asked = 0;
  let refused = 0;
  const flooding = inParallel(300, 300, async () => {
    while (!over.signal.aborted) {
      asked += 1;
      if ((await gateway.ask(image(asked), 'tenant-a')).code !== 'ok') refused += 1;
    }
  });
  await setTimeout(1_000);
  const calls: Promise<boolean>[] = [];
  const cached: Promise<boolean>[] = [];
  // A few at a time, and then more than find a slot at once.
  for (const width of [6, 24]) {
    await inParallel(60, width, async (index) => {
      const call = isAnswered(gateway.ask(image(width * 100 + index), 'tenant-b'));
      const read = isAnswered(gateway.ask(list, 'tenant-b'));
      calls.push(call);
      cached.push(read);
      await Promise.all([call, read]);
    });
  }
  over.abort();
  await flooding;
  process.stdout.write(`  ${asked} requests of the flood, ${refused} of them refused\n`);
  atLeast("requests of a tenant's flood that are refused, as it should be", refused, 1_000);
  atMost('calls of 120 of another tenant that fail beside it', await countLost(calls), 2);
  atMost('requests of 120 for a cached list that fail beside it', await countLost(cached), 0);
  await stop(gateway, upstream);
}

/** Ten thousand tenants with lists of a hundred images each. */
async function tenants(): Promise<void> {
  const upstream = await startUpstream();
  const gateway = await GatewayProcess.start(upstream.url);
  let failed = 0;
  await inParallel(10_000, 32, async (index) => {
    const { code } = await gateway.ask('{ images(last: 100) { nodes { id name } } }', `tenant-${index}`);
    if (code !== 'ok') failed += 1;
  });
  atMost('requests of 10,000 tenants that failed', failed, 0);
  atMost('megabytes at the most, with 10,000 tenants', gateway.peakMegabytes(), 256);
  await stop(gateway, upstream);
}

/** SIGTERM with forty requests under way. */
async function shutdown(): Promise<void> {
  const upstream = await startUpstream();
  const gateway = await GatewayProcess.start(upstream.url);
  upstream.behaviour.latencyMs = 1_000;
  const asked = Array.from({ length: 40 }, (_, index) =>
    isAnswered(gateway.ask(image(index + 1), `tenant-${index}`)),
  );
  while (upstream.takeCount() === 0) await setTimeout(10);
  await setTimeout(100);
  gateway.terminate();
  atMost('requests of 40 lost at SIGTERM', await countLost(asked), 0);
  atMost('exit code after it', await gateway.ended(), 0);
  upstream.close();
}

/** A trace collector at a closed port, and one that accepts connections and never responds. */
async function deadCollector(): Promise<void> {
  const silent = createServer((socket) => void socket.resume().on('error', () => {}));
  await once(silent.listen(0, '127.0.0.1'), 'listening');
  const address = silent.address();
  const port = typeof address === 'object' ? address?.port : 0;
  for (const [name, OTEL_EXPORTER_OTLP_ENDPOINT] of [
    ['at a closed port', 'http://127.0.0.1:9'],
    ['that never responds', `http://127.0.0.1:${port}`],
  ] as const) {
    for (const WORKERS of ['1', '2']) {
      const upstream = await startUpstream();
      const gateway = await GatewayProcess.start(upstream.url, { OTEL_EXPORTER_OTLP_ENDPOINT, WORKERS });
      const asked: Promise<boolean>[] = [];
      await inParallel(5_000, 32, async (index) => {
        const one = isAnswered(gateway.ask(image((index % 100) + 1), `tenant-${index % 10}`));
        asked.push(one);
        await one;
      });
      atMost(
        `requests of 5,000 lost beside a collector ${name}, WORKERS=${WORKERS}`,
        await countLost(asked),
        0,
      );
      const stoppedAt = performance.now();
      gateway.terminate();
      atMost('exit code after SIGTERM', await gateway.ended(), 0);
      atMost('seconds until then', (performance.now() - stoppedAt) / 1_000, 10.3);
      upstream.close();
    }
  }
  silent.close();
}

/** Two gateways, each replaced in its turn, and a client that sends in turn to those that say they are ready. */
async function rolling(): Promise<void> {
  const upstream = await startUpstream();
  upstream.behaviour.latencyMs = 50;
  const gateways = [await GatewayProcess.start(upstream.url), await GatewayProcess.start(upstream.url)];
  const ready = new Set(gateways);
  const over = AbortSignal.timeout(6_000);
  const watch = async () => {
    for await (const _ of ticks(50, over)) {
      for (const gateway of gateways) {
        if (await gateway.isReady()) ready.add(gateway);
        else ready.delete(gateway);
      }
    }
  };
  let replaced = 0;
  const replace = async () => {
    for (const [index, gateway] of gateways.entries()) {
      await setTimeout(1_000);
      gateway.terminate();
      await gateway.ended();
      gateways[index] = await GatewayProcess.start(upstream.url);
      if (!over.aborted) replaced += 1;
    }
  };
  const asked: Promise<boolean>[] = [];
  const send = async () => {
    for await (const _ of ticks(5, over)) {
      const gateway = [...ready][asked.length % ready.size];
      asked.push(isAnswered(gateway?.ask(image(asked.length + 1), `tenant-${asked.length % 50}`)));
    }
  };
  await Promise.all([watch(), replace(), send()]);
  atLeast('gateways of 2 that were replaced under load', replaced, 2);
  atLeast('requests a second meanwhile', asked.length / 6, 180);
  atMost('of them lost', await countLost(asked), 0);
  for (const gateway of gateways) gateway.terminate();
  for (const gateway of gateways) await gateway.ended();
  upstream.close();
}

/** Two hundred callers that never come to the end of their headers, a byte a second each, beside ordinary ones. */
async function dribble(): Promise<void> {
  const upstream = await startUpstream();
  const gateway = await GatewayProcess.start(upstream.url);
  const over = new AbortController();
  const asked: Promise<boolean>[] = [];
  const send = async () => {
    for await (const _ of ticks(20, over.signal)) {
      asked.push(isAnswered(gateway.ask(image(asked.length + 1), `tenant-${asked.length % 50}`)));
    }
  };
  const sending = send();
  const borne = await Promise.all(Array.from({ length: 200 }, () => dribbleInto(gateway.connect())));
  over.abort();
  await sending;
  atLeast('seconds that the first of 200 slow callers is borne', Math.min(...borne), 9);
  atMost('seconds that the last of them is', Math.max(...borne), 12);
  atMost(`ordinary requests of ${asked.length} lost beside them`, await countLost(asked), 0);
  await stop(gateway, upstream);
}

/** Seconds until the gateway closes the connection; infinite where it still has not after a quarter of a minute. */
async function dribbleInto(socket: Socket): Promise<number> {
  const startedAt = performance.now();
  const over = new AbortController();
  let seconds = Infinity;
  socket.once('close', () => {
    seconds = (performance.now() - startedAt) / 1_000;
    over.abort();
  });
  // A byte for a connection that is closed just now.
  socket.on('error', () => {}).resume();
  socket.write('POST /graphql HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
  for await (const _ of ticks(1_000, AbortSignal.any([over.signal, AbortSignal.timeout(15_000)]))) {
    socket.write('x');
  }
  const borne = seconds;
  socket.destroy();
  return borne;
}

/** Comes every so many milliseconds, and at once for each that was late, until it is over. */
async function* ticks(everyMs: number, over: AbortSignal): AsyncGenerator<void> {
  const startedAt = performance.now();
  for (let count = 0; !over.aborted; count += 1) {
    const dueMs = startedAt + count * everyMs - performance.now();
    if (dueMs > 0) await setTimeout(dueMs);
    yield;
  }
}

async function stop(gateway: GatewayProcess, upstream: { close(): void }): Promise<void> {
  gateway.terminate();
  await gateway.ended();
  upstream.close();
}

/** Whether there is an answer, and the one that was asked for; false as well where there was nobody to ask. */
async function isAnswered(asking: Promise<StressAnswer> | undefined): Promise<boolean> {
  try {
    return (await asking)?.code === 'ok';
  } catch {
    return false;
  }
}

async function countLost(asked: readonly Promise<boolean>[]): Promise<number> {
  return (await Promise.all(asked)).filter((one) => !one).length;
}

/** Runs so many pieces of work, a few at a time. */
async function inParallel(
  count: number,
  width: number,
  work: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const runner = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: width }, runner));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

function image(id: number): string {
  return `{ image(imageId: "${id}") { name } }`;
}
