import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { bundleInto } from '../scripts/bundle.ts';
import { digestSources } from '../src/source-digest.mjs';
import { startProcess } from './support/start-process.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'start-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('the start', () => {
  const run = () =>
    execFileSync(process.execPath, [join(folder, 'src/start.mjs')], { encoding: 'utf8' }).trim();

  beforeEach(() => {
    for (const name of ['src/relay', 'dist', 'node_modules', 'scripts'])
      mkdirSync(join(folder, name), { recursive: true });
    for (const name of ['start.mjs', 'source-digest.mjs']) {
      copyFileSync(new URL(`../src/${name}`, import.meta.url), join(folder, 'src', name));
    }
    writeFileSync(join(folder, 'node_modules/.package-lock.json'), '{}');
    writeFileSync(join(folder, 'scripts/bundle.ts'), '');
    writeFileSync(join(folder, 'src/main.ts'), `const of: string = 'sources'; console.log(of);`);
    writeFileSync(join(folder, 'src/relay/window.ts'), '');
    writeFileSync(join(folder, 'dist/main.mjs'), `console.log('built')`);
    writeFileSync(join(folder, 'dist/sources'), digestSources(pathToFileURL(`${folder}/`)));
  });

  it('runs what was built of just these sources', () => {
    writeFileSync(join(folder, 'src/.DS_Store'), 'no source');
    expect(run()).toBe('built');
  });

  it.each([
    ['another source', () => writeFileSync(join(folder, 'src/relay/window.ts'), '// changed')],
    ['one more source', () => writeFileSync(join(folder, 'src/relay/page.ts'), '')],
    ['a source less', () => rmSync(join(folder, 'src/relay/window.ts'))],
    ['something else installed', () => writeFileSync(join(folder, 'node_modules/.package-lock.json'), '[]')],
    ['another way to bundle', () => writeFileSync(join(folder, 'scripts/bundle.ts'), '// changed')],
    ['nothing built', () => rmSync(join(folder, 'dist'), { recursive: true })],
    ['a build that did not end', () => rmSync(join(folder, 'dist/sources'))],
  ])('runs the sources where there is %s', (_, change) => {
    change();
    expect(run()).toBe('sources');
  });
});

describe('what is built', () => {
  it('needs nothing beside it, and answers all that the sources do', async () => {
    const stamp = join(folder, 'sources');
    writeFileSync(stamp, 'of an earlier one');
    const bundled = bundleInto(folder);
    expect(existsSync(stamp)).toBe(false);
    await bundled;
    expect(readFileSync(stamp, 'utf8')).toBe(digestSources(new URL('../', import.meta.url)));
    const { child, output, ready } = startProcess(
      { WORKERS: '2' },
      { args: ['main.mjs'], cwd: pathToFileURL(`${folder}/`), detached: true },
    );
    try {
      const url = await ready();
      const get = async (path: string, accept = '*/*') =>
        (await fetch(new URL(path, url), { headers: { accept, 'x-requested-with': 'test' } })).text();
      expect(await get('/graphql?query={images(first:1){totalCount}}', 'application/json')).toBe(
        '{"data":{"images":{"totalCount":80}}}',
      );
      // Loaded when it is asked for, with the files beside it.
      expect(await get('/graphql', 'text/html')).toContain('query FirstPage');
      expect(await get('/metrics')).toContain('images_gateway_requests_total{');
      expect(output.stderr).toBe('');
    } finally {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    }
  });
});
