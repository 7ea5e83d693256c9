import { cpSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { build } from 'rolldown';

import { digestSources } from '../src/source-digest.mjs';

const ROOT = new URL('../', import.meta.url);

/**
 * Bundles the gateway with all that it stands on: main.mjs in a folder that needs no `node_modules`. It stays readable,
 * so that what goes wrong says where.
 *
 * @param folder Ends in a slash; what is there goes.
 */
export async function bundleInto(folder: URL): Promise<void> {
  // Taken first: what is changed meanwhile is not what was bundled.
  const digest = digestSources(ROOT);
  await build({
    input: { main: fileURLToPath(new URL('src/main.ts', ROOT)) },
    platform: 'node',
    resolve: { mainFields: ['module', 'main'] },
    logLevel: 'warn',
    output: {
      dir: fileURLToPath(folder),
      cleanDir: true,
      format: 'esm',
      entryFileNames: '[name].mjs',
      chunkFileNames: '[name]-[hash].mjs',
      comments: false,
    },
  });
  cpSync(new URL('src/graphiql/presets/', ROOT), new URL('presets/', folder), { recursive: true });
  writeFileSync(new URL('sources', folder), digest);
}
