import { createYoga } from 'graphql-yoga';

import { parseConfig } from '../../src/config.ts';
import { openProcessLog } from '../../src/logger.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { createGateway } from '../../src/server.ts';
import { compose } from './composition.ts';
import { createDropletsSchema } from './droplets.ts';
import { introspect } from './introspect.ts';
import { createRegionsSchema } from './regions.ts';
import { createRouter } from './router.ts';
import { serve } from './serve.ts';

const DEFAULT_PORT = '4100';

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}

async function main(): Promise<void> {
  const { port } = parseConfig({ PORT: process.env['PORT'] || DEFAULT_PORT });
  const { logger } = openProcessLog('info');
  const sandbox = await startSandbox();
  // The sandbox's token serves whoever sends none, so that GraphiQL answers at once.
  const config = { ...parseConfig({ DIGITALOCEAN_TOKEN: 'sandbox' }), apiUrl: sandbox.url };

  const images = await serve(createGateway({ config, logger }).listener);
  const droplets = await serve(createYoga({ schema: createDropletsSchema(), logging: false }));
  const regions = await serve(createYoga({ schema: createRegionsSchema(), logging: false }));
  const subgraphs = await Promise.all([
    introspect('images', images.url),
    introspect('droplets', droplets.url),
    introspect('regions', regions.url),
  ]);
  for (const { name, url } of subgraphs) logger.info(`subgraph ${name} at ${url}`);

  const router = await serve(createRouter(compose(subgraphs)), port);
  logger.info(`supergraph with GraphiQL at ${router.url}`);
}
