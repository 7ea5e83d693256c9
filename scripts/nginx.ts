import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Where `install-nginx.ts` unpacks it. */
export const NGINX_FOLDER = 'node_modules/.cache/nginx';

/** An nginx that runs: of this machine, or unpacked; null where there is none. */
export function findNginx(): string | null {
  const candidates = ['nginx', '/usr/sbin/nginx', join(NGINX_FOLDER, 'usr/sbin/nginx')];
  return candidates.find((path) => spawnSync(path, ['-v']).status === 0) ?? null;
}
