import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql';

/** The SDL that clients and their code generators read; sorted, so that a diff shows changes and no moves. */
export function printApi(schema: GraphQLSchema): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}
