import { readFileSync } from 'node:fs';

/** What `npm start` gives to Node: what is measured is started in the same way. */
export function startArguments(): string[] {
  const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return String(scripts.start).split(' ').slice(1);
}
