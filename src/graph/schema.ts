import type { GraphQLSchema } from 'graphql';

import { builder } from './builder.ts';
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
import { createSubgraphSchema } from './subgraph.ts';

builder.queryType({ description: 'Everything that can be asked of the images API.' });
builder.mutationType({
  description:
    'Everything that can be changed in the images API. A field is null where the API failed at it; what the fields before it did stands.',
});

/** What clients and GraphiQL see. */
export const apiSchema: GraphQLSchema = builder.toSchema();

/** What a supergraph's router sees. */
export const subgraphSchema: GraphQLSchema = createSubgraphSchema(apiSchema);
