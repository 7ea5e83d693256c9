import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The peers have a lockfile of their own, so that nothing of theirs is ever resolved for the gateway. */
const folder = fileURLToPath(new URL('.', import.meta.url));
const installed = new URL('node_modules/.package-lock.json', import.meta.url);
const stamp = new URL('node_modules/.installed-lock', import.meta.url);

const lock = createHash('sha256')
  .update(readFileSync(new URL('package-lock.json', import.meta.url)))
  .digest('hex');

if (!existsSync(installed) || !existsSync(stamp) || readFileSync(stamp, 'utf8') !== lock) {
  const { status } = spawnSync('npm', ['ci', '--prefix', folder, '--no-audit', '--no-fund'], {
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
  writeFileSync(stamp, lock);
}
