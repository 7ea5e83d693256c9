import { setTimeout } from 'node:timers/promises';

import { Account } from './accounts.ts';
import { Running } from './processes.ts';
import { printTable } from './statistics.ts';
import { TOKEN } from './workloads.ts';

const TENANTS = 15;
const TIMES = 200;
/** After a list was fetched some of it is left to the garbage collector, which the query that follows should not pay. */
const REST_MS = 50;

/** Queries over a cached list: of its head, and of what needs the whole list. */
const QUERIES: Readonly<Record<string, (token: string) => object>> = {
  'the first 20': () => ({ query: '{ images(first: 20) { nodes { id name slug status type } } }' }),
  '`nodes` of 100 ids': (token) => {
    const account = new Account(token);
    const ids = Array.from({ length: 100 }, (_, index) => `do:image:${account.idAt(2 * index)}`);
    return {
      query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Image { id name } } }',
      variables: { ids },
    };
  },
  facets: () => ({
    query:
      '{ images(first: 1) { nodes { id } facets { types { value count } distributions { value count } regions { value count } } } }',
  }),
  'an order': () => ({
    query: '{ images(first: 20, orderBy: { field: NAME, direction: DESC }) { nodes { id name } } }',
  }),
};

/**
 * CPU microseconds of a response over lists of two lengths: the first of a tenant, executed again, and from the cache.
 * One request follows the other, so that none shares its cost with others at the same time.
 */
export async function measureGrowth(): Promise<string> {
  const columns: string[][] = [];
  for (const total of [300, 2_000]) {
    const upstream = await Running.start('bench/upstream.ts', { TOTAL: String(total) });
    const gateway = await Running.start(null, {
      DIGITALOCEAN_API_URL: upstream.url,
      LIST_TTL_MS: '600000',
      CACHE_MAX_BYTES: '100000000',
    });
    const microsOf = async (times: number, body: (time: number) => object, token?: string) => {
      const before = totalMicros(gateway);
      for (let time = 0; time < times; time += 1) await gateway.ask(body(time), token);
      return (totalMicros(gateway) - before) / times;
    };
    const cacheList = (token?: string) =>
      gateway.ask({ query: '{ images(last: 1) { nodes { id } } }' }, token);
    await cacheList();
    // What is compiled at its first use says nothing of lists.
    for (const toBody of Object.values(QUERIES)) await microsOf(TIMES, neverTheSame(toBody(TOKEN)));
    const cells: string[] = [];
    for (const toBody of Object.values(QUERIES)) {
      let first = 0;
      for (let tenant = 0; tenant < TENANTS; tenant += 1) {
        const token = `${cells.length}-${tenant}`;
        await cacheList(token);
        await setTimeout(REST_MS);
        first += await microsOf(1, () => toBody(token), token);
      }
      const body = toBody(TOKEN);
      const executed = await microsOf(TIMES, neverTheSame(body));
      await microsOf(3, () => body);
      const cached = await microsOf(TIMES, () => body);
      cells.push([first / TENANTS, executed, cached].map((micros) => Math.round(micros)).join(' / '));
    }
    columns.push(cells);
    await gateway.stop();
    await upstream.stop();
  }
  const rows = Object.keys(QUERIES).map((name, row) => [name, ...columns.map((column) => column[row] ?? '')]);
  return printTable([['', 'over 300 images', 'over 2,000'], ...rows]);
}

function totalMicros(gateway: Running): number {
  return gateway.cpuMicros().reduce((sum, micros) => sum + micros, 0);
}

function neverTheSame(body: object): (time: number) => object {
  return (time) => ({ ...body, extensions: { time } });
}
