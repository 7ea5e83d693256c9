import { describe, expect, it } from 'vitest';

import { type Gauges, Metrics } from '../src/metrics.ts';

const GAUGES: Gauges = {
  running: 1,
  waiting: 2,
  openCircuits: { origin: true, tenants: 2 },
  lists: 3,
  listBytes: 4,
  watches: 5,
  budgets: { tenants: 6, low: 7, lowestRatio: 0.5 },
};

function count() {
  let reads = 0;
  const metrics = new Metrics(() => {
    reads += 1;
    return GAUGES;
  });
  return { metrics, reads: () => reads };
}

describe('a scrape', () => {
  it('reads the gauges once, however many there are, and not before', async () => {
    const { metrics, reads } = count();
    expect(reads()).toBe(0);
    const text = await metrics.print();
    expect(reads()).toBe(1);
    expect(text).toContain('\nimages_gateway_watches 5\n');
    expect(text).toContain('\nimages_gateway_circuits_open 3\n');
    expect(text).toContain('\nimages_gateway_origin_circuit_open 1\n');
    expect(text).toContain('\nimages_gateway_rate_budget_lowest_ratio 0.5\n');
    await metrics.print();
    expect(reads()).toBe(2);
  });

  it('of several processes reads them once as well', async () => {
    const { metrics, reads } = count();
    const text = await metrics.printSum([await metrics.report(), await metrics.report()]);
    expect(reads()).toBe(2);
    expect(text).toContain('\nimages_gateway_watches 10\n');
    expect(text).toContain('\nimages_gateway_circuits_open 6\n');
    expect(text).toContain('\nimages_gateway_origin_circuit_open 1\n');
    expect(text).toContain('\nimages_gateway_rate_budget_lowest_ratio 0.5\n');
  });

  it('has the metrics of the process, in each of its gateways', async () => {
    for (const { metrics } of [count(), count()]) {
      expect(await metrics.print()).toMatch(/^nodejs_eventloop_lag_seconds \d/m);
    }
  });
});
