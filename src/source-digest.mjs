import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';

/**
 * A digest of all that the gateway is built from: its sources, and which versions of what it stands on.
 *
 * @param {URL} root The folder that has them.
 */
export function digestSources(root) {
  const sources = new URL('src/', root);
  const digest = createHash('sha256').update(readFileSync(new URL('package-lock.json', root)));
  for (const name of readdirSync(sources, { recursive: true, encoding: 'utf8' }).toSorted()) {
    // Folders have no dot in their names, files have.
    if (name.includes('.')) digest.update(`\n${name}\n`).update(readFileSync(new URL(name, sources)));
  }
  return digest.digest('hex');
}
