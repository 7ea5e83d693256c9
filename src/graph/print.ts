import { printSubgraphSchema } from '@apollo/subgraph';
import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql';

/** The SDL that clients and their code generators read; sorted, so that a diff shows changes and no moves. */
export function printApi(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}

/** The SDL that a supergraph composes: `schema/subgraph.graphql` and the answer to `_service { sdl }`. */
export function printSubgraph(schema: GraphQLSchema): string {
  return `${printSubgraphSchema(lexicographicSortSchema(schema)).trim()}\n`;
}
