import { Running } from './processes.ts';
import { median } from './statistics.ts';

const TENANTS = 10_000;
const IMAGES = 100;
const AT_ONCE = 32;
const RUNS = 3;
const BODY = { query: `{ images(last: ${IMAGES}) { nodes { id name } } }` };

/** Peak memory once each of many tenants has read its list. */
export async function measureMemory(): Promise<string> {
  const upstream = await Running.start('bench/upstream.ts', { TOTAL: String(IMAGES) });
  const peaks: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const gateway = await Running.start(null, { DIGITALOCEAN_API_URL: upstream.url });
    let next = 0;
    const client = async () => {
      while (next < TENANTS) await gateway.ask(BODY, `tenant-${next++}`);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, client));
    peaks.push(gateway.peakMegabytes());
    await gateway.stop();
  }
  await upstream.stop();
  return `Peak memory with ${TENANTS} tenants of ${IMAGES} images each: ${Math.round(median(peaks))} MB, the median of ${RUNS}.`;
}
