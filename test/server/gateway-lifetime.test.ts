import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { queryObjects, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import { pino } from 'pino';
import { Gauge, Registry } from 'prom-client';
import { Pool } from 'undici';
import { expect, it } from 'vitest';

import { parseConfig } from '../../src/config.ts';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { createGateway } from '../../src/server.ts';

setFlagsFromString('--expose-gc');
const collect: unknown = runInNewContext('gc');

const DelayMonitor: unknown = monitorEventLoopDelay().constructor;

/** What there is in the process of whatever a gateway makes that could outlive it. */
async function census() {
  // Sockets that have just been closed are not gone at once.
  for (let turn = 0; turn < 3; turn += 1) {
    await setTimeout(50);
    if (typeof collect === 'function') collect();
  }
  const countOf = (kind: unknown) =>
    typeof kind === 'function' ? queryObjects(kind, { format: 'count' }) : 0;
  return {
    pools: countOf(Pool),
    registries: countOf(Registry),
    gauges: countOf(Gauge),
    observers: countOf(PerformanceObserver),
    delayMonitors: countOf(DelayMonitor),
    listeners: process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0),
    timers: process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length,
    heap: process.memoryUsage().heapUsed,
  };
}

/** A gateway that has responded, is scraped, and is closed while somebody subscribes and a call is under way. */
async function live({ url, control }: Sandbox): Promise<void> {
  const config = { ...parseConfig({ DIGITALOCEAN_API_URL: url.origin }), apiUrl: url };
  const gateway = createGateway({ config, logger: pino({ level: 'silent' }) });
  const ask = async (query: string, accept = 'application/json') => {
    const headers = { accept, 'content-type': 'application/json', authorization: 'Bearer sandbox' };
    const init = { method: 'POST', headers, body: JSON.stringify({ query }) };
    return (await gateway.fetch(new Request('http://gateway.test/graphql', init))).text();
  };
  expect(await ask('{ images(first: 3) { totalCount } }')).toContain('80');
  await (await gateway.fetch(new Request('http://gateway.test/metrics'))).text();
  control.addFault({ latencyMs: 20 });
  control.clearRequests();
  const others = [
    ask('subscription { imageStatus(id: "do:image:195932981") { id } }', 'text/event-stream'),
    ask('{ image(imageId: "7") { id } }'),
  ];
  // Not by `expect.poll`, which holds what it looks at until the test ends.
  while (control.requests().count < 2) await setTimeout(5);
  await gateway.close();
  await gateway.close();
  await Promise.all(others);
  control.clearFaults();
}

it(
  'leaves nothing behind of a gateway that was closed, however many there were',
  { timeout: 60_000 },
  async () => {
    const sandbox = await startSandbox({ limits: { perHour: 1_000_000, perMinute: 1_000_000 } });
    for (let turn = 0; turn < 5; turn += 1) await live(sandbox);
    const { heap, ...before } = await census();
    for (let turn = 0; turn < 10; turn += 1) await live(sandbox);
    const { heap: heapAfter, ...after } = await census();
    await sandbox.close();
    expect(after).toEqual(before);
    // What all gateways of a process have in common is bounded, and keeps a little of each query.
    expect((heapAfter - heap) / 10).toBeLessThan(100_000);
  },
);
