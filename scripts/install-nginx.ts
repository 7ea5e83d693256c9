import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync } from 'node:fs';

import { findNginx, NGINX_FOLDER } from './nginx.ts';

/**
 * Unpacks Debian's nginx for the test that subscribes behind it. Nothing is installed: no service starts, and only a
 * machine that has never fetched its list of packages needs root. Where it cannot be had that one test is skipped.
 */
if (findNginx() === null && !unpack() && run('apt-get', 'update')) unpack();

function unpack(): boolean {
  mkdirSync(NGINX_FOLDER, { recursive: true });
  if (!run('apt-get', 'download', 'nginx')) return false;
  const packages = globSync('nginx_*.deb', { cwd: NGINX_FOLDER });
  return packages.some((file) => run('dpkg-deb', '--extract', file, '.'));
}

/** Whether the command has succeeded, within a minute. */
function run(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args, { cwd: NGINX_FOLDER, timeout: 60_000, stdio: 'ignore' }).status === 0;
}
