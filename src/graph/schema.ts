import { filterSchema } from '@graphql-tools/utils';
import type { GraphQLSchema } from 'graphql';

import { builder } from './builder.ts';
import { resolveEntities } from './entities.ts';
import './scalars.ts';
import './image.ts';
import './image-connection.ts';
import './account-transfer-mutations.ts';
import './image-action.ts';
import './image-action-mutations.ts';
import './image-mutations.ts';
import './node.ts';
import './rate-limit.ts';
import './subscriptions.ts';
import { printSubgraph } from './print.ts';

builder.queryType({ description: 'Everything that can be asked of the images API.' });
builder.mutationType({ description: 'Everything that can be changed in the images API.' });

/** What clients and GraphiQL see. */
export const apiSchema: GraphQLSchema = builder.toSchema();

/**
 * What a supergraph composes: the API schema with entities and without `node` and `nodes`, which in a
 * supergraph are the router's.
 */
export const subgraphSchema: GraphQLSchema = createSubgraphSchema();

function createSubgraphSchema(): GraphQLSchema {
  const schema = filterSchema({
    schema: builder.toSubGraphSchema({
      linkUrl: 'https://specs.apollo.dev/federation/v2.6',
      federationDirectives: ['@key', '@shareable'],
    }),
    rootFieldFilter: (_operation, name) => name !== 'node' && name !== 'nodes',
  });
  const sdl = printSubgraph(schema);
  const { _service, _entities } = schema.getQueryType()?.getFields() ?? {};
  if (_service) _service.resolve = () => ({ sdl });
  if (_entities) _entities.resolve = resolveEntities;
  return schema;
}
