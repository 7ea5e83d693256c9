import type { Measurement, TestBed } from './test-bed.ts';
import type { Workload } from './workloads.ts';

import { BASELINE, type Contender, CONTENDERS } from './contenders.ts';
import { median, percentile } from './statistics.ts';

export interface RoundOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

/** Medians over the rounds of one workload. */
export interface Figure {
  /** Requests a second relative to the baseline, in the same round. */
  readonly relative: number;
  readonly cpuMicros: number;
  /** CPU of the busiest process for each request to all of them. */
  readonly busiestMicros: number;
  readonly callsPerRequest: number;
  readonly p99Ms: number;
  /** In all rounds together. */
  readonly failed: number;
}

/** Workloads with a long way are warmed up for so many times as long as the others. */
const LONG_WARM_UP = 4;

/** Each round goes through all contenders, each time with another one first. */
export async function compare(
  bed: TestBed,
  workload: Workload,
  { rounds, seconds, warmUpSeconds }: RoundOptions,
): Promise<ReadonlyMap<Contender, Figure>> {
  for (const contender of CONTENDERS) {
    await bed.measure(contender, workload, warmUpSeconds * (workload.isLong === true ? LONG_WARM_UP : 1));
  }
  const measured = new Map(CONTENDERS.map((contender) => [contender, [] as Measurement[]]));
  for (let round = 0; round < rounds; round += 1) {
    const first = round % CONTENDERS.length;
    for (const contender of [...CONTENDERS.slice(first), ...CONTENDERS.slice(0, first)]) {
      measured.get(contender)?.push(await bed.measure(contender, workload, seconds));
    }
  }
  const baseline = measured.get(BASELINE) ?? [];
  return new Map(Array.from(measured, ([contender, some]) => [contender, summarize(some, baseline)]));
}

function summarize(measured: readonly Measurement[], baseline: readonly Measurement[]): Figure {
  const of = (read: (measurement: Measurement, round: number) => number) => median(measured.map(read));
  return {
    relative: of((one, round) => ratePerMs(one) / ratePerMs(baseline[round])),
    cpuMicros: of(({ cpuMicros, latencies }) => cpuMicros.reduce((a, b) => a + b, 0) / latencies.length),
    busiestMicros: of(({ cpuMicros, latencies }) => Math.max(...cpuMicros) / latencies.length),
    callsPerRequest: of(({ upstreamCalls, latencies }) => upstreamCalls / latencies.length),
    p99Ms: of(({ latencies }) => percentile(latencies, 0.99) / 1_000),
    failed: measured.reduce((sum, { failed }) => sum + failed, 0),
  };
}

function ratePerMs(measurement: Measurement | undefined): number {
  return measurement === undefined ? NaN : measurement.latencies.length / measurement.elapsedMs;
}
