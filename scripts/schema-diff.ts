import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { allowsBreaking, findSchemaChanges } from './schema-changes.ts';

const FILES = ['schema/api.graphql', 'schema/subgraph.graphql'];

const USAGE = `Compares the printed schemas with those of a commit: npm run schema:diff -- v1.0.0
Without one, with the last release; before the first, with where this branch left the main one, or with the commit
that gave the package its version.`;

try {
  process.exitCode = await main(process.argv[2]);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`);
  process.exitCode = 1;
}

/** The exit code: 1 where a change breaks clients or supergraphs and the version does not tell of it. */
async function main(given: string | undefined): Promise<number> {
  const base =
    given === undefined ? findBase() : git('rev-parse', '--verify', '--quiet', `${given}^{commit}`);
  if (base === undefined && given !== undefined)
    throw new Error(`"${given}" is no commit of this repository.`);
  if (base === undefined) {
    print(
      'There is no earlier commit here to compare the schemas with: a checkout needs its history for that.',
    );
    return 0;
  }
  const versionBefore = versionOf(show(base, 'package.json'));
  const version = versionOf(readFileSync('package.json', 'utf8'));
  let broken = 0;
  for (const file of FILES) {
    const changes = await findSchemaChanges(show(base, file), readFileSync(file, 'utf8'));
    print(`${file}: ${changes.length} changes since ${given ?? base.slice(0, 12)}`);
    for (const { message, breaking } of changes) print(`  ${breaking ? 'BREAKING ' : ''}${message}`);
    broken += changes.filter(({ breaking }) => breaking).length;
  }
  if (broken === 0 || allowsBreaking(versionBefore, version)) return 0;
  const next = version.startsWith('0.') ? 'minor' : 'major';
  print(
    `${broken} changes break clients or supergraphs. Take them back, or raise the version ${version} in package.json to the next ${next} one.`,
  );
  return 1;
}

function findBase(): string | undefined {
  const head = git('rev-parse', 'HEAD');
  const release = git('describe', '--tags', '--abbrev=0', '--match', 'v[0-9]*', 'HEAD^');
  const candidates = [
    release && git('rev-parse', `${release}^{commit}`),
    git('merge-base', 'HEAD', 'origin/main'),
    git('log', '-1', '--format=%H', '-G"version":', '--', 'package.json'),
    git('rev-parse', '--verify', '--quiet', 'HEAD^'),
  ];
  return candidates.find((commit) => commit && commit !== head);
}

function show(commit: string, file: string): string {
  const text = git('show', `${commit}:./${file}`);
  if (text === undefined) throw new Error(`${commit} has no ${file}.`);
  return text;
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
