import { parseArgs } from 'node:util';

import { WORKLOADS } from './workloads.ts';

/** What is measured beside the workloads. */
const EXTRAS = ['tail', 'growth', 'start', 'memory'] as const;

export interface Options {
  readonly isFull: boolean;
  readonly only: ReadonlySet<string>;
  /** Each figure is the median of so many. */
  readonly rounds: number;
  /** The length of a round. */
  readonly seconds: number;
  /** Load before the first round. */
  readonly warmUpSeconds: number;
}

/**
 * `--only W1,W8,growth --rounds 3 --seconds 0.3 --warm-up 1`
 * @throws Error for a name or number that means nothing
 */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      'warm-up': { type: 'string' },
    },
  });
  const all = [...WORKLOADS.map(({ name }) => name), ...EXTRAS];
  const only = values.only?.split(',') ?? all;
  const unknown = only.filter((name) => !all.includes(name));
  if (unknown.length > 0) throw new Error(`--only takes ${all.join(', ')}, not ${unknown.join(', ')}.`);
  return {
    isFull: Object.keys(values).length === 0,
    only: new Set(only),
    rounds: toNumber(values.rounds ?? '7'),
    seconds: toNumber(values.seconds ?? '0.6'),
    warmUpSeconds: toNumber(values['warm-up'] ?? '2'),
  };
}

function toNumber(text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new Error(`${text} is not a number greater than zero.`);
  return number;
}
