import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';

import { compare } from './comparison.ts';
import { type Comparison, printComparison, printWorkers } from './comparison-table.ts';
import { measureGrowth } from './growth.ts';
import { measureMemory } from './memory.ts';
import { readOptions } from './options.ts';
import { ROOT } from './processes.ts';
import { measureStart } from './start.ts';
import { measureTail } from './tail.ts';
import { CONNECTIONS, TestBed } from './test-bed.ts';
import { WORKLOADS } from './workloads.ts';

const PAGE = join(ROOT, 'docs/performance.md');

const options = readOptions(process.argv.slice(2));
const { only } = options;
const sections: string[] = [];

add(describeConditions());
await measureServers();
if (only.has('growth')) add(await measureGrowth());
if (only.has('start')) add(await measureStart());
if (only.has('memory')) add(await measureMemory());
if (options.isFull) {
  const page = readFileSync(PAGE, 'utf8');
  const figures = sections.join('\n\n');
  writeFileSync(
    PAGE,
    page.replace(/(<!-- figures -->\n)[^]*(<!-- end of figures -->)/, `$1\n${figures}\n\n$2`),
  );
}

function add(section: string): void {
  sections.push(section);
  process.stdout.write(`\n${section}\n`);
}

function describeConditions(): string {
  const machine = `${cpus().length} cores of ${cpus()[0]?.model.trim()}, Node ${process.version}`;
  const day = new Date().toISOString().slice(0, 10);
  const { rounds, seconds } = options;
  return `${day}, ${machine}, ${CONNECTIONS} connections, ${rounds} rounds of ${seconds} s each.`;
}

/** Everything that is compared with other servers. */
async function measureServers(): Promise<void> {
  const workloads = WORKLOADS.filter(({ name }) => only.has(name));
  if (workloads.length === 0 && !only.has('tail')) return;
  const bed = await TestBed.start();
  const comparison: Comparison = new Map();
  for (const workload of workloads) {
    comparison.set(workload, await compare(bed, workload, options));
    process.stdout.write(`${workload.name}\n`);
  }
  if (workloads.length > 0) {
    add(printComparison(comparison, bed));
    add(printWorkers(comparison));
  }
  if (only.has('tail')) add(await measureTail(bed, options.warmUpSeconds));
  await bed.stop();
}
