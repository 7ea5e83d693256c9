import type { Figure } from './comparison.ts';
import type { TestBed } from './test-bed.ts';
import type { Workload } from './workloads.ts';

import { type Contender, CONTENDERS, GATEWAY, TWO_WORKERS } from './contenders.ts';
import { printTable } from './statistics.ts';

export type Comparison = Map<Workload, ReadonlyMap<Contender, Figure>>;

/** Requests a second relative to the baseline / CPU microseconds / upstream calls / p99 in ms. */
export function printComparison(comparison: Comparison, bed: TestBed): string {
  const titles = Array.from(comparison.keys(), ({ name, title }) => `${name}: ${title}`);
  const rows = CONTENDERS.map((contender) => [
    contender.name,
    ...Array.from(comparison.values(), (figures) => printFigure(figures.get(contender))),
    `${Math.round(bed.peakMegabytes(contender))} MB`,
  ]);
  return printTable([['', ...titles, 'peak memory'], ...rows]);
}

function printFigure(figure: Figure | undefined): string {
  if (figure === undefined) return '';
  const { relative, cpuMicros, callsPerRequest, p99Ms, failed } = figure;
  const calls = Math.round(callsPerRequest * 100) / 100;
  const failures = failed > 0 ? ` (${failed} failed)` : '';
  return `${relative.toFixed(2)} / ${Math.round(cpuMicros)} / ${calls} / ${p99Ms.toFixed(1)}${failures}`;
}

/** Two workers relative to one process. */
export function printWorkers(comparison: Comparison): string {
  const ratios = (read: (one: Figure, two: Figure) => number) =>
    Array.from(comparison.values(), (figures) => {
      const [one, two] = [figures.get(GATEWAY), figures.get(TWO_WORKERS)];
      return one === undefined || two === undefined ? '' : read(one, two).toFixed(2);
    });
  return printTable([
    ['two workers', ...Array.from(comparison.keys(), ({ name }) => name)],
    ['requests a second', ...ratios((one, two) => two.relative / one.relative)],
    ['by the CPU of the busier one', ...ratios((one, two) => one.busiestMicros / two.busiestMicros)],
  ]);
}
