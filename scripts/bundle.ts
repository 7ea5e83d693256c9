import { cpSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { build } from 'rolldown';

import { digestSources } from '../src/source-digest.mjs';

const ROOT = new URL('../', import.meta.url);

/**
 * Bundles the gateway with all that it stands on: main.mjs in a folder that needs no `node_modules`. It stays readable,
 * so that what goes wrong says where. Its file `sources` has the digest of what it was made of, and is there only where all else is.
 *
 * @param folder What is there goes.
 * @throws where anything that is imported is not found, or a source is changed meanwhile
 */
export async function bundleInto(folder: string): Promise<void> {
  const digest = digestSources(ROOT);
  const stamp = join(folder, 'sources');
  rmSync(stamp, { force: true });
  await build({
    input: { main: fileURLToPath(new URL('src/main.ts', ROOT)) },
    platform: 'node',
    resolve: { mainFields: ['module', 'main'] },
    onLog(level, { message }) {
      if (level === 'warn') throw new Error(message);
    },
    output: {
      dir: folder,
      cleanDir: true,
      format: 'esm',
      entryFileNames: '[name].mjs',
      chunkFileNames: '[name]-[hash].mjs',
      comments: false,
    },
  });
  cpSync(new URL('src/graphiql/presets/', ROOT), join(folder, 'presets'), { recursive: true });
  if (digestSources(ROOT) !== digest) throw new Error('A source was changed while the gateway was bundled.');
  writeFileSync(`${stamp}.new`, digest);
  renameSync(`${stamp}.new`, stamp);
}
