import { buildSubgraphSchema } from '@apollo/subgraph';
import { type GraphQLSchema, parse } from 'graphql';

const NAMES: Readonly<Record<string, string>> = {
  ams3: 'Amsterdam 3',
  atl1: 'Atlanta 1',
  blr1: 'Bangalore 1',
  fra1: 'Frankfurt 1',
  lon1: 'London 1',
  nyc1: 'New York 1',
  nyc3: 'New York 3',
  sfo3: 'San Francisco 3',
  sgp1: 'Singapore 1',
  syd1: 'Sydney 1',
  tor1: 'Toronto 1',
};

/** The subgraph that owns regions: it adds a name to the slugs that all others have. */
export const REGIONS_SDL = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])

  type Query {
    regions: [Region!]!
  }

  type Region @key(fields: "slug") {
    slug: ID!
    "For display; null for a region that is not open any more."
    name: String
  }
`;

interface Region {
  readonly slug: string;
}

export function createRegionsSchema(): GraphQLSchema {
  return buildSubgraphSchema({
    typeDefs: parse(REGIONS_SDL),
    resolvers: {
      Query: { regions: () => Object.keys(NAMES).map((slug) => ({ slug })) },
      Region: {
        name: ({ slug }: Region) => NAMES[slug] ?? null,
        __resolveReference: ({ slug }: Region) => ({ slug }),
      },
    },
  });
}
