import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { allowsBreaking, findSchemaChanges } from './schema-changes.ts';

const FILES = ['schema/api.graphql', 'schema/subgraph.graphql'];

process.exitCode = await main(process.argv[2] ?? findBase());

/** Compares the printed schemas of the working tree with those of a commit; 1 where a change breaks without its version. */
async function main(base: string | undefined): Promise<number> {
  if (base === undefined) {
    print(
      'There is no earlier commit to compare the schemas with. Accepted: the name of one, as v1.0.0 or origin/main.',
    );
    return 0;
  }
  const versionBefore = versionOf(show(base, 'package.json') ?? '{}');
  const version = versionOf(readFileSync('package.json', 'utf8'));
  let broken = 0;
  for (const file of FILES) {
    const before = show(base, file);
    const changes = before === undefined ? [] : await findSchemaChanges(before, readFileSync(file, 'utf8'));
    print(
      `${file}: ${changes.length} changes since ${/^[0-9a-f]{40}$/.test(base) ? base.slice(0, 12) : base}`,
    );
    for (const { message, breaking } of changes) print(`  ${breaking ? 'BREAKING ' : ''}${message}`);
    broken += changes.filter(({ breaking }) => breaking).length;
  }
  if (broken === 0 || allowsBreaking(versionBefore, version)) return 0;
  print(
    `${broken} changes break clients or supergraphs. Take them back, or raise the version ${version} in package.json to the next ${version.startsWith('0.') ? 'minor' : 'major'} one.`,
  );
  return 1;
}

/** The last release; before the first one, where this branch left the main one, or the commit before this one. */
function findBase(): string | undefined {
  const head = git('rev-parse', 'HEAD');
  const candidates = [
    git('describe', '--tags', '--abbrev=0', '--match', 'v[0-9]*', 'HEAD^'),
    git('merge-base', 'HEAD', 'origin/main'),
    git('rev-parse', '--verify', 'HEAD^'),
  ];
  return candidates.find((commit) => commit !== undefined && commit !== head);
}

function show(commit: string, file: string): string | undefined {
  return git('show', `${commit}:${file}`);
}

/** What git prints, or undefined where it fails. */
function git(...args: string[]): string | undefined {
  const { status, stdout } = spawnSync('git', args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  return status === 0 ? stdout.trim() : undefined;
}

function versionOf(packageJson: string): string {
  return String(JSON.parse(packageJson).version ?? '0.0.0');
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
