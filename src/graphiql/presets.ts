import { readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('presets/', import.meta.url);

/** The operations that GraphiQL opens with, one a tab, in the order of their files' names. */
export function readPresets(): { query: string }[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.graphql'))
    .sort()
    .map((name) => ({ query: readFileSync(new URL(name, FOLDER), 'utf8') }));
}
