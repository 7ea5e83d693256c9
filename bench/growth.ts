import { setTimeout } from 'node:timers/promises';

import { Running } from './processes.ts';

const TENANTS = 15;
const TIMES = 200;
/** So long is rested after a list was read, which leaves some to the collector: that is none of the question that follows. */
const REST_MS = 50;
const IDS = Array.from({ length: 100 }, (_, index) => `do:image:${100_000 + 2 * index}`);

/** What is asked over a list that is held: of its head, and of what has to be made of the whole of it first. */
const QUESTIONS: Readonly<Record<string, object>> = {
  'the first 20': { query: '{ images(first: 20) { nodes { id name slug status type } } }' },
  '`nodes` of 100 ids': {
    query: 'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Image { id name } } }',
    variables: { ids: IDS },
  },
  facets: {
    query:
      '{ images(first: 1) { nodes { id } facets { types { value count } distributions { value count } regions { value count } } } }',
  },
  'an order': {
    query: '{ images(first: 20, orderBy: { field: NAME, direction: DESC }) { nodes { id name } } }',
  },
};

/**
 * CPU microseconds of one answer over lists of two lengths: at the first time, rendered again, and given again. One is
 * asked for after the other, so that each bears what many at a time share.
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
      const before = gateway.cpuMicros();
      for (let time = 0; time < times; time += 1) await gateway.ask(body(time), token);
      return (gateway.cpuMicros() - before) / times;
    };
    const holdList = (token?: string) =>
      gateway.ask({ query: '{ images(last: 1) { nodes { id } } }' }, token);
    // What is compiled at its first use says nothing of lists.
    await holdList();
    for (const body of Object.values(QUESTIONS)) await microsOf(TIMES, neverTheSame(body));
    const cells: string[] = [];
    for (const body of Object.values(QUESTIONS)) {
      let first = 0;
      for (let tenant = 0; tenant < TENANTS; tenant += 1) {
        const token = `${cells.length}-${tenant}`;
        await holdList(token);
        await setTimeout(REST_MS);
        first += await microsOf(1, () => body, token);
      }
      const rendered = await microsOf(TIMES, neverTheSame(body));
      await microsOf(3, () => body);
      const repeated = await microsOf(TIMES, () => body);
      cells.push([first / TENANTS, rendered, repeated].map((micros) => Math.round(micros)).join(' / '));
    }
    columns.push(cells);
    await gateway.stop();
    await upstream.stop();
  }
  const rows = Object.keys(QUESTIONS).map((name, row) => [
    name,
    ...columns.map((column) => column[row] ?? ''),
  ]);
  return [['', 'over 300 images', 'over 2,000'], ['---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

function neverTheSame(body: object): (time: number) => object {
  return (time) => ({ ...body, extensions: { time } });
}
