import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { allowsBreaking, findSchemaChanges } from '../../scripts/schema-changes.ts';

const SCRIPT = fileURLToPath(new URL('../../scripts/schema-diff.ts', import.meta.url));

const API = 'type Query {\n  image: Image\n}\n\ntype Image {\n  id: ID!\n  name: String!\n}\n';
const SUBGRAPH = `schema @link(url: "https://specs.apollo.dev/federation/v2.9") {\n  query: Query\n}\n\n${API.replace(
  'type Image',
  'type Image @key(fields: "id") @key(fields: "name") @shareable',
).replace('name: String!', 'name: String! @tag(name: "write")')}`;

/** A repository with one commit of the two schemas. */
class Repository implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'schema-diff-'));

  constructor() {
    mkdirSync(join(this.#folder, 'schema'));
    this.git('init', '--quiet', '--initial-branch', 'main');
    this.write('package.json', '{ "version": "1.4.0" }');
    this.write('schema/api.graphql', API);
    this.write('schema/subgraph.graphql', SUBGRAPH);
    this.commit();
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.#folder, file), text);
  }

  commit(): void {
    this.git('add', '.');
    this.git(
      '-c',
      'user.name=test',
      '-c',
      'user.email=test@example.com',
      'commit',
      '--quiet',
      '-m',
      'change',
    );
  }

  git(...args: string[]): void {
    const { status, stderr } = spawnSync('git', args, { cwd: this.#folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  }

  diff(...args: string[]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, ...args], {
      cwd: this.#folder,
      encoding: 'utf8',
    });
    return { status, stdout, stderr };
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true });
  }
}

describe('the schema diff', () => {
  it('passes what only adds, and names it', () => {
    using repository = new Repository();
    repository.write('schema/api.graphql', API.replace('name:', 'slug: String\n  name:'));
    repository.commit();
    const { status, stdout } = repository.diff();
    expect(status).toBe(0);
    expect(stdout).toContain("Field 'slug' was added to object type 'Image'");
  });

  it.each([
    ['schema/api.graphql', API.replace('  name: String!\n', '')],
    ['schema/subgraph.graphql', SUBGRAPH.replace(' @key(fields: "name")', '')],
  ])('fails where %s has lost something since the commit before', (file, text) => {
    using repository = new Repository();
    repository.write(file, text);
    repository.commit();
    const { status, stdout } = repository.diff();
    expect(status).toBe(1);
    expect(stdout).toMatch(/BREAKING .*Image.*\n(.*\n)*1 changes break clients or supergraphs/);
  });

  it('compares with the last release, however many commits ago', () => {
    using repository = new Repository();
    repository.git('tag', 'v1.4.0');
    repository.write('schema/api.graphql', API.replace('name: String!', 'name: String'));
    repository.commit();
    repository.write('unrelated.txt', '');
    repository.commit();
    expect(repository.diff().status).toBe(1);
    expect(repository.diff('v1.4.0')).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('since v1.4.0'),
    });
    expect(repository.diff('HEAD^').status).toBe(0);
  });

  it('compares with the commit of the version where nothing was released yet', () => {
    using repository = new Repository();
    repository.write('schema/api.graphql', API.replace('name: String!', 'name: String'));
    repository.commit();
    repository.write('unrelated.txt', '');
    repository.commit();
    expect(repository.diff().status).toBe(1);
  });

  it.each(['nonexistent', '--help', ''])('compares with nothing that is no commit: "%s"', (given) => {
    using repository = new Repository();
    expect(repository.diff(given)).toMatchObject({
      status: 1,
      stderr: expect.stringContaining(`"${given}" is no commit of this repository`),
    });
  });

  it('says which file a commit lacks', () => {
    using repository = new Repository();
    repository.git('rm', '--quiet', 'schema/api.graphql');
    repository.commit();
    repository.write('schema/api.graphql', API);
    repository.commit();
    expect(repository.diff('HEAD^')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('has no schema/api.graphql'),
    });
  });

  it('passes a break that the version tells', () => {
    using repository = new Repository();
    repository.write('schema/api.graphql', API.replace('  name: String!\n', ''));
    repository.write('package.json', '{ "version": "2.0.0" }');
    repository.commit();
    expect(repository.diff()).toMatchObject({ status: 0, stdout: expect.stringContaining('BREAKING') });
  });

  it('says so where there is nothing to compare with', () => {
    using repository = new Repository();
    expect(repository.diff()).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('no earlier commit'),
    });
  });

  it.each([
    [' @shareable', ''],
    ['@key(fields: "name")', '@key(fields: "slug")'],
    ['@key(fields: "id")', '@key(fields: "id", resolvable: false)'],
    [' @tag(name: "write")', ''],
    ['id: ID!', 'id: ID! @inaccessible'],
    [' @link(url: "https://specs.apollo.dev/federation/v2.9")', ''],
  ])('counts a supergraph that no longer composes or resolves as broken: "%s" to "%s"', async (from, to) => {
    const changes = await findSchemaChanges(SUBGRAPH, SUBGRAPH.replace(from, to));
    expect(changes.filter(({ breaking }) => breaking)).not.toEqual([]);
  });

  it.each([
    ['1.4.0', '1.5.0', false],
    ['1.4.0', '2.0.0', true],
    ['0.1.3', '0.1.4', false],
    ['0.1.3', '0.2.0', true],
    ['0.9.0', '1.0.0', true],
    ['2.0.0', '1.9.0', false],
  ])('takes %s to %s for a version that allows breaks: %s', (before, after, allowed) => {
    expect(allowsBreaking(before, after)).toBe(allowed);
  });
});
