import { describe, expect, it } from 'vitest';

import { TestGateway } from '../support/test-gateway.ts';

/** The value of a series, as `name{label="value"}`. */
async function read(gateway: TestGateway, series: string): Promise<number | undefined> {
  const text = await (await gateway.fetch('/metrics')).text();
  const line = text.split('\n').find((one) => one.startsWith(`images_gateway_${series} `));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ')));
}

const LIST = '{ images { totalCount } }';

describe('/metrics', () => {
  it('counts requests by their code, and calls by what came of them', async () => {
    await using gateway = await TestGateway.start();
    await gateway.query(LIST);
    await gateway.query(LIST);
    await gateway.query('{ image(imageId: "1") { id } }');
    gateway.sandbox.control.addFault({ status: 503 });
    await gateway.query('{ image(imageId: "2") { id } }');
    await gateway.query('{ nothing }');
    expect(await read(gateway, 'requests_total{operation="query",code="ok"}')).toBe(3);
    expect(await read(gateway, 'requests_total{operation="query",code="UPSTREAM_UNAVAILABLE"}')).toBe(1);
    expect(await read(gateway, 'requests_total{operation="none",code="GRAPHQL_VALIDATION_FAILED"}')).toBe(1);
    expect(await read(gateway, 'request_duration_seconds_count{operation="query"}')).toBe(4);
    expect(await read(gateway, 'upstream_calls_total{endpoint="GET /v2/images",outcome="200"}')).toBe(1);
    expect(await read(gateway, 'upstream_calls_total{endpoint="GET /v2/images/:id",outcome="404"}')).toBe(1);
    expect(await read(gateway, 'upstream_calls_total{endpoint="GET /v2/images/:id",outcome="503"}')).toBe(2);
    expect(await read(gateway, 'upstream_retries_total')).toBe(1);
    // Not of the image that there is not.
    expect(await read(gateway, 'list_reads_total{origin="read"}')).toBe(1);
    expect(await read(gateway, 'list_reads_total{origin="held"}')).toBe(1);
  });

  it('has what is held, what is watched, and what is left of budgets', async () => {
    await using gateway = await TestGateway.start({
      sandbox: { limits: { perHour: 100, perMinute: 100 } },
    });
    await gateway.query(LIST);
    expect(await read(gateway, 'lists')).toBe(1);
    expect(await read(gateway, 'list_bytes')).toBeGreaterThan(100);
    expect(await read(gateway, 'watches')).toBe(0);
    expect(await read(gateway, 'circuits_open')).toBe(0);
    expect(await read(gateway, 'origin_circuit_open')).toBe(0);
    expect(await read(gateway, 'rate_budget_tenants')).toBe(1);
    expect(await read(gateway, 'rate_budget_low_tenants')).toBe(0);
    expect(await read(gateway, 'rate_budget_lowest_ratio')).toBe(0.99);
  });

  it('counts rows that cannot be read, and names values that it does not know, a few of them', async () => {
    await using gateway = await TestGateway.start();
    const row = { name: 'x', distribution: 'Ubuntu', type: 'base', status: 'available' };
    const images = [
      { id: null, ...row },
      { id: 1, ...row, type: 'hologram' },
      { id: 2, ...row, status: 'x'.repeat(60) },
      ...Array.from({ length: 60 }, (_, index) => ({ id: index + 3, ...row, distribution: `OS ${index}` })),
    ];
    gateway.sandbox.control.addFault({ body: JSON.stringify({ images, meta: { total: images.length } }) });
    await gateway.query('{ images(first: 200) { nodes { id } } }');
    expect(await read(gateway, 'dropped_rows_total')).toBe(1);
    expect(await read(gateway, 'unknown_values_total{field="type",value="hologram"}')).toBe(1);
    expect(await read(gateway, `unknown_values_total{field="status",value="${'x'.repeat(50)}"}`)).toBe(1);
    expect(await read(gateway, 'unknown_values_total{field="distribution",value="others"}')).toBe(12);
  });

  it('has no token, tenant, name or id of anybody in it', async () => {
    await using gateway = await TestGateway.start();
    await gateway.query(
      'query Secret { image(imageId: "195932981") { id } images(first: 1) { nodes { name } } }',
    );
    const text = await (await gateway.fetch('/metrics')).text();
    expect(text).not.toMatch(/sandbox|Secret|195932981/);
  });
});
