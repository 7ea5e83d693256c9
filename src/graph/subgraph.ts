import { filterSchema, MapperKind, mapSchema, printSchemaWithDirectives } from '@graphql-tools/utils';
import {
  type GraphQLFieldConfig,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
  GraphQLUnionType,
  isObjectType,
  lexicographicSortSchema,
} from 'graphql';

import type { Context } from '../context.ts';
import { assumedSize } from './directives.ts';
import { resolveEntities } from './entities.ts';

/** What the subgraph uses of Federation, by the version that has all of it. */
const LINK = {
  url: 'https://specs.apollo.dev/federation/v2.9',
  import: ['@cost', '@key', '@listSize', '@shareable', '@tag'],
};

/**
 * The SDL that a supergraph composes: `schema/subgraph.graphql` and the answer to `_service { sdl }`. It is the
 * API schema with its directives, without `node` and `nodes`, which in a supergraph are the router's. Sorted, so
 * that a diff shows changes and no moves.
 */
export function printSubgraph(apiSchema: GraphQLSchema): string {
  const sorted = lexicographicSortSchema(withoutRouterFields(apiSchema)).toConfig();
  const linked = new GraphQLSchema({
    ...sorted,
    extensions: { ...sorted.extensions, directives: { link: LINK } },
  });
  return `${printSchemaWithDirectives(linked)}\n`;
}

/**
 * The schema that answers a supergraph's router: that of the SDL, and what the Federation specification asks of
 * each subgraph (https://www.apollographql.com/docs/graphos/schema-design/federated-schemas/reference/subgraph-spec).
 */
export function createSubgraphSchema(apiSchema: GraphQLSchema): GraphQLSchema {
  // Printed when a router first asks for it, and not at every start.
  let printed: string | undefined;
  const sdl = () => (printed ??= printSubgraph(apiSchema));
  return mapSchema(withoutRouterFields(apiSchema), {
    [MapperKind.QUERY](query, schema) {
      const config = query.toConfig();
      const fields = { ...config.fields, _entities: entitiesField(schema), _service: serviceField(sdl) };
      return new GraphQLObjectType({ ...config, fields });
    },
  });
}

function withoutRouterFields(apiSchema: GraphQLSchema): GraphQLSchema {
  return filterSchema({
    schema: apiSchema,
    rootFieldFilter: (_operation, name) => name !== 'node' && name !== 'nodes',
  });
}

/** The SDL counts for two thousand values: it is as long as so many. */
function serviceField(sdl: () => string): GraphQLFieldConfig<unknown, Context> {
  const type = new GraphQLObjectType({
    name: '_Service',
    description: 'What this subgraph says of itself.',
    fields: {
      sdl: {
        type: GraphQLString,
        description: 'Its schema, for a composer.',
        extensions: { directives: { listSize: [assumedSize(2_000).args] } },
      },
    },
  });
  return {
    type: new GraphQLNonNull(type),
    description: 'For a router: what this subgraph says of itself.',
    resolve: () => ({ sdl: sdl() }),
  };
}

function entitiesField(schema: GraphQLSchema): GraphQLFieldConfig<unknown, Context> {
  const entity = new GraphQLUnionType({
    name: '_Entity',
    description: 'Whatever has a key.',
    types: [schema.getType('Image')].filter(isObjectType),
    resolveType: () => 'Image',
  });
  const representation = new GraphQLScalarType({
    name: '_Any',
    description: 'An object with its `__typename` and the fields of one of its keys.',
  });
  const representations = new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(representation)));
  return {
    type: new GraphQLNonNull(new GraphQLList(entity)),
    description: 'For a router: the entities with these keys, in their order; null where there is none.',
    args: {
      representations: {
        type: representations,
        description:
          'Keys of up to 1,000 entities in one operation. One that is repeated costs nothing more.',
      },
    },
    // No cost of its own: a router sends one such field for each fetch that it batches, and all of them load together.
    resolve: resolveEntities,
  };
}
