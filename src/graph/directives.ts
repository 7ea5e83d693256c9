/**
 * What the schema says of itself to composers and routers, by Federation's directives: `schema/subgraph.graphql`
 * has them, `schema/api.graphql` has not.
 */
export type FederationDirectives = {
  key: { locations: 'OBJECT'; args: { fields: string; resolvable?: boolean } };
  shareable: { locations: 'OBJECT'; args: Record<string, never> };
  tag: { locations: 'FIELD_DEFINITION'; args: { name: string } };
  cost: { locations: 'FIELD_DEFINITION'; args: { weight: number } };
  listSize: {
    locations: 'FIELD_DEFINITION';
    args: {
      assumedSize?: number;
      slicingArguments?: readonly string[];
      sizedFields?: readonly string[];
      requireOneSlicingArgument?: boolean;
    };
  };
};

/** A field by which an entity is found: one of them is enough. */
export const key = (fields: string) => ({ name: 'key', args: { fields } }) as const;

/** The key of an entity of which this subgraph knows nothing else: it refers to it and does not resolve it. */
export const reference = (fields: string) => ({ name: 'key', args: { fields, resolvable: false } }) as const;

/** A type that other subgraphs may have as well. */
export const SHAREABLE = { name: 'shareable', args: {} } as const;

/** Marks what changes something, so that a contract of the supergraph can leave it out. */
export const WRITE = { name: 'tag', args: { name: 'write' } } as const;

/** Marks what is for operators and not for front ends. */
export const INTERNAL = { name: 'tag', args: { name: 'internal' } } as const;

/**
 * What demand control counts for a field that costs calls to the images API, at the most: ten for each, since
 * routers count a mutation as ten and an object as one.
 */
export const upstreamCost = (calls: number) => ({ name: 'cost', args: { weight: calls * 10 } }) as const;

/** What demand control counts for the length of a list that takes no arguments. */
export const assumedSize = (size: number) => ({ name: 'listSize', args: { assumedSize: size } }) as const;

/** What demand control counts for a connection: as many items as are asked for. */
export const CONNECTION_SIZE = {
  name: 'listSize',
  args: {
    assumedSize: 20,
    slicingArguments: ['first', 'last'],
    sizedFields: ['edges', 'nodes'],
    requireOneSlicingArgument: false,
  },
} as const;
