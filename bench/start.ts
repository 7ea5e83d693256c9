import { Running } from './processes.ts';
import { median } from './statistics.ts';

const STARTS = 7;

/** Milliseconds from the start of the process until it is ready. */
export async function measureStart(): Promise<string> {
  const times: number[] = [];
  for (let start = 0; start < STARTS; start += 1) {
    const gateway = await Running.start(null, { DIGITALOCEAN_API_URL: 'http://127.0.0.1:9' });
    times.push(gateway.startMs);
    await gateway.stop();
  }
  return `Start to ready: ${Math.round(median(times))} ms, the median of ${STARTS}.`;
}
