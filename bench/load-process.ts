import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';

import type { Load, LoadResult } from './load-generator.ts';

import { LoadConnection } from './load-connection.ts';
import { type Cursors, OFFSETS, type Target, type Workload, WORKLOADS, withCursors } from './workloads.ts';

const cursors: Cursors = JSON.parse(readFileSync(process.env['CURSORS'] ?? '', 'utf8'));
const gateway = withCursors(cursors);

/** The number of the next request: none is sent twice. */
let next = 0;

process.on('message', (load: Load) => void run(load).then((result) => process.send?.(result)));
process.on('disconnect', () => process.exit());

async function run(load: Load): Promise<LoadResult> {
  const { port, workload: name, takesCursors, seconds, connections, minBytes } = load;
  const workload = WORKLOADS.find((one) => one.name === name);
  if (workload === undefined) throw new Error(`There is no workload ${name}.`);
  const target = takesCursors ? gateway : OFFSETS;
  const latencies: number[] = [];
  let failed = 0;
  const startedAtMs = performance.now();
  const clients = Array.from(
    { length: connections },
    () =>
      new LoadConnection({
        port,
        nextRequest: () => toHttp(workload, next++, target),
        onResponse(status, bodyBytes, micros) {
          latencies.push(micros);
          if (status !== 200 || bodyBytes < minBytes) failed += 1;
        },
        onLost: () => (failed += 1),
      }),
  );
  await setTimeout(seconds * 1_000);
  const elapsedMs = performance.now() - startedAtMs;
  for (const client of clients) client.close();
  return { elapsedMs, failed, latencies: Uint32Array.from(latencies) };
}

function toHttp(workload: Workload, n: number, target: Target): string {
  const { token, body, traceparent } = workload.request(n, target);
  const text = JSON.stringify(body);
  const trace = traceparent === undefined ? '' : `traceparent: ${traceparent}\r\n`;
  return (
    'POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\naccept: application/json\r\ncontent-type: application/json\r\n' +
    `authorization: Bearer ${token}\r\nx-workload: ${workload.name}\r\n${trace}content-length: ${text.length}\r\n\r\n${text}`
  );
}
