import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = /\.(?:ts|mjs|json|graphql)$/;

/**
 * A digest of all that the gateway is bundled from: its sources, what is installed, and how it is bundled.
 *
 * @param {URL} root The folder that has them.
 */
export function digestSources(root) {
  const folder = fileURLToPath(root);
  const sources = readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((name) => SOURCE.test(name))
    .toSorted()
    .map((name) => join('src', name));
  const digest = createHash('sha256');
  for (const name of ['node_modules/.package-lock.json', 'scripts/bundle.ts', ...sources])
    digest.update(`\n${name}\n`).update(readFileSync(join(folder, name)));
  return digest.digest('hex');
}
