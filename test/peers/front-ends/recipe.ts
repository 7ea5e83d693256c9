import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const PAGE = readFileSync(new URL('../../../docs/front-ends.md', import.meta.url), 'utf8');
const SCHEMA = fileURLToPath(new URL('../../../schema/api.graphql', import.meta.url));

/** Beside the peers' packages, and not below them: Node strips no types there. */
const FOLDER = fileURLToPath(new URL('../.recipes/', import.meta.url));

/** The files that a section of the documentation shows, in a folder of their own next to the API's schema. */
export class Recipe implements Disposable {
  readonly folder: string;

  constructor(heading: string) {
    const [, section = ''] = PAGE.split(`\n## ${heading}\n`);
    const files = [...(section.split('\n## ')[0] ?? '').matchAll(/^```\w+ (\S+)\n(.*?)^```$/gms)];
    if (files.length === 0) throw new Error(`the section "${heading}" shows no file`);
    mkdirSync(FOLDER, { recursive: true });
    this.folder = mkdtempSync(FOLDER);
    for (const [, name = '', code = ''] of files) this.write(name, code);
    cpSync(SCHEMA, join(this.folder, 'api.graphql'));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  write(name: string, text: string): void {
    writeFileSync(this.path(name), text);
  }

  /** Runs a program of Node in the folder. */
  run(...args: string[]): void {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: this.folder,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${args.join(' ')} failed: ${stdout}${stderr}`);
  }

  import(name: string) {
    return import(pathToFileURL(this.path(name)).href);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true });
  }
}
