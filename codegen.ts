import type { CodegenConfig } from '@graphql-codegen/cli';

import { printApi } from './src/graph/print.ts';
import { apiSchema } from './src/graph/schema.ts';
import { printSubgraph } from './src/graph/subgraph.ts';

/** Our own plugins: each prints one schema. Every other plugin is a package. */
const PRINTERS = new Map([
  ['@graphql-codegen/print-api', { plugin: () => printApi(apiSchema) }],
  ['@graphql-codegen/print-subgraph', { plugin: () => printSubgraph(apiSchema) }],
]);

/** Prints both schemas and generates typed documents; `--check` fails where a file is stale. */
const config: CodegenConfig = {
  schema: printApi(apiSchema),
  documents: ['src/graphiql/presets/*.graphql', 'test/operations/*.graphql'],
  pluginLoader: async (name) => PRINTERS.get(name) ?? import(name),
  generates: {
    'schema/api.graphql': { plugins: ['print-api'] },
    'schema/subgraph.graphql': { plugins: ['print-subgraph'] },
    // Its gql.ts looks documents up by an `any`, which is the preset's own way.
    'test/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false, persistedDocuments: { hashAlgorithm: 'sha256' } },
      config: { importExtension: '.ts', documentMode: 'string', useTypeImports: true, enumsAsConst: true },
    },
  },
};

export default config;
