import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { composeWithEach, type Subgraph } from './composition.ts';
import { printDroplets } from './droplets.ts';
import { REGIONS_SDL } from './regions.ts';

const USAGE = `Composes schema/subgraph.graphql with other subgraphs, by each composer in use.

  --subgraph name=path  the SDL file of another subgraph, as often as needed; where left out, the example's own
  --url name=url        where a subgraph answers; http://127.0.0.1:4000/graphql and the ports after it where left out
  --out path            writes the supergraph's SDL
`;

try {
  process.exitCode = compose(readArguments());
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  process.exitCode = 1;
}

function readArguments() {
  const { values } = parseArgs({
    options: {
      subgraph: { type: 'string', multiple: true, default: [] },
      url: { type: 'string', multiple: true, default: [] },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  return values;
}

/** The exit code: 0 where each composer makes a supergraph of the subgraphs. */
function compose({ subgraph, url, out, help }: ReturnType<typeof readArguments>): number {
  if (help) return print(USAGE);
  const compositions = composeWithEach(readSubgraphs(subgraph, url));
  for (const { composer, supergraphSdl, errors } of compositions) {
    print(`${composer}: ${supergraphSdl === undefined ? 'does not compose' : 'composes'}\n`);
    for (const { message } of errors) print(`  ${message}\n`);
  }
  const composed = compositions.map(({ supergraphSdl }) => supergraphSdl).filter((sdl) => sdl !== undefined);
  if (composed.length < compositions.length) return 1;
  if (out !== undefined) {
    writeFileSync(out, composed[0] ?? '');
    print(`${out}: the supergraph\n`);
  }
  return 0;
}

function readSubgraphs(files: readonly string[], locations: readonly string[]): Subgraph[] {
  const urls = new Map(locations.map(toPair));
  for (const url of urls.values()) {
    if (!URL.canParse(url)) throw new Error(`"${url}" is not accepted. Accepted: a URL.`);
  }
  const images = readFileSync(new URL('../../schema/subgraph.graphql', import.meta.url), 'utf8');
  const others =
    files.length > 0
      ? files.map(toPair).map(([name, path]) => [name, readFileSync(path, 'utf8')] as const)
      : ([
          ['droplets', printDroplets()],
          ['regions', REGIONS_SDL],
        ] as const);
  const subgraphs = [['images', images] as const, ...others];
  const names = new Set<string>(subgraphs.map(([name]) => name));
  const unknown = [...urls.keys()].find((name) => !names.has(name));
  if (unknown !== undefined) throw new Error(`There is no subgraph "${unknown}" to have a URL.`);
  return subgraphs.map(([name, sdl], index) => ({
    name,
    sdl,
    url: urls.get(name) ?? `http://127.0.0.1:${4_000 + index}/graphql`,
  }));
}

/** `name=value` as a pair. */
function toPair(text: string): [name: string, value: string] {
  const [, name, value] = /^([\w-]+)=(.+)$/.exec(text) ?? [];
  if (name !== undefined && value !== undefined) return [name, value];
  throw new Error(
    `"${text}" is not accepted. Accepted: a name of letters, digits, "-" and "_", then "=" and a value, as reviews=schema.graphql.`,
  );
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}
