import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Installs folders with a package.json and a lockfile of their own, where they are not as their lockfile has it: what
 * the tests meet and what the bench measures are never resolved for the gateway.
 */
for (const folder of process.argv.slice(2)) {
  const stamp = join(folder, 'node_modules/.installed-lock');
  const isComplete = existsSync(join(folder, 'node_modules/.package-lock.json')) && existsSync(stamp);
  const lock = createHash('sha256')
    .update(readFileSync(join(folder, 'package-lock.json')))
    .digest('hex');
  if (isComplete && readFileSync(stamp, 'utf8') === lock) continue;
  const { status } = spawnSync('npm', ['ci', '--prefix', folder, '--no-audit', '--no-fund'], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(stamp, lock);
}
