import { globSync, readFileSync } from 'node:fs';

import { defineConfig } from 'vitest/config';

/** Clients, browsers and routers only speak to a socket. */
const SOCKET_ONLY = /^test\/(?:peers|examples)\//;

/** Tests that reach the gateway by HTTP. They run twice: by the socket that `npm start` serves, and by `fetch`. */
const byHttp = globSync('test/**/*.test.ts', { exclude: ['**/node_modules/**'] }).filter(
  (file) => !SOCKET_ONLY.test(file) && readFileSync(file, 'utf8').includes('support/test-gateway.ts'),
);

export default defineConfig({
  test: {
    reporters: ['default', './test/support/totals-reporter.ts'],
    testTimeout: 20_000,
    expect: { poll: { timeout: 10_000 } },
    // Node itself loads every module, as it does in production: one copy of graphql, and types stripped by Node.
    experimental: { viteModuleRunner: false },
    projects: [
      {
        extends: true,
        test: {
          name: 'socket',
          include: ['test/**/*.test.ts'],
          exclude: ['**/node_modules/**', '**/.recipes/**'],
          provide: { transport: 'socket' },
        },
      },
      { extends: true, test: { name: 'fetch', include: byHttp, provide: { transport: 'fetch' } } },
    ],
  },
});
