import { parseArgs } from 'node:util';

/** Bundles the gateway into dist/, which `npm start` then runs; without a bundler, where it may, it leaves it. */
const { values } = parseArgs({ options: { optional: { type: 'boolean', default: false } } });
try {
  const { bundleInto } = await import('./bundle.ts');
  await bundleInto(new URL('../dist/', import.meta.url));
} catch (error) {
  const isMissing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND';
  if (!values.optional || !isMissing) throw error;
  process.stderr.write(
    'Not built, since rolldown is not installed: `npm start` runs the sources, and takes longer.\n',
  );
}
