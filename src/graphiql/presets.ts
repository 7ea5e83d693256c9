import { existsSync, readdirSync, readFileSync } from 'node:fs';

const FOLDER = new URL('presets/', import.meta.url);

interface Preset {
  readonly query: string;
  readonly variables?: string;
}

/** The operations that GraphiQL opens with, one a tab, in the order of their files' names. */
export function readPresets(): Preset[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.graphql'))
    .toSorted()
    .map((name) => {
      const variables = new URL(name.replace(/graphql$/, 'variables.json'), FOLDER);
      return {
        query: readFileSync(new URL(name, FOLDER), 'utf8'),
        ...(existsSync(variables) && { variables: readFileSync(variables, 'utf8') }),
      };
    });
}
