import type { TestBed } from './test-bed.ts';

import { BASELINE, FIXED, GATEWAY } from './contenders.ts';
import { percentile, printTable } from './statistics.ts';
import { WORKLOADS } from './workloads.ts';

/** Longer than a list is fresh, so that each list becomes stale once meanwhile. */
const SECONDS = 16;
const CONTENDERS = [GATEWAY, BASELINE, FIXED];
const SHARES = [0.5, 0.99, 0.999];

/** Milliseconds of the median, p99 and p99.9 of one long run. */
export async function measureTail(bed: TestBed, warmUpSeconds: number): Promise<string> {
  const rows: string[][] = [];
  for (const workload of WORKLOADS.filter(({ name }) => name === 'W6' || name === 'W7')) {
    const row = [`${workload.name}: ${workload.title}`];
    for (const contender of CONTENDERS) {
      await bed.measure(contender, workload, warmUpSeconds);
      const { latencies } = await bed.measure(contender, workload, SECONDS);
      row.push(SHARES.map((share) => (percentile(latencies, share) / 1_000).toFixed(1)).join(' / '));
    }
    rows.push(row);
  }
  return printTable([[`over ${SECONDS} s`, ...CONTENDERS.map(({ name }) => name)], ...rows]);
}
