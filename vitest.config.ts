import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/.recipes/**'],
    reporters: ['default', './test/support/totals-reporter.ts'],
    testTimeout: 20_000,
    expect: { poll: { timeout: 10_000 } },
    // Node itself loads every module, as it does in production: one copy of graphql, and types stripped by Node.
    experimental: { viteModuleRunner: false },
  },
});
