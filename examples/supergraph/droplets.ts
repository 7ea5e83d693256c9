import { buildSubgraphSchema } from '@apollo/subgraph';
import { type GraphQLSchema, parse } from 'graphql';

/** A Droplet as this subgraph stores it: of its image and its region it knows the keys only. */
export interface Droplet {
  readonly id: string;
  readonly name: string;
  readonly image: ImageReference;
  readonly regionSlug: string;
}

/** An image by the key that the REST API gave for it. */
export type ImageReference = { readonly imageId: string } | { readonly slug: string };

/** Which of the images gateway's keys the subgraph refers by. */
export type ImageKey = 'imageId' | 'slug';

const DROPLETS: readonly Droplet[] = [
  { id: '3164444', name: 'web-01', image: { imageId: '195932981' }, regionSlug: 'nyc3' },
  { id: '3164450', name: 'web-02', image: { imageId: '195932981' }, regionSlug: 'fra1' },
  { id: '3164459', name: 'db-01', image: { imageId: '230000044' }, regionSlug: 'fra1' },
];

/** The SDL of the subgraph. Whatever else an image or a region has comes from the subgraphs that own them. */
export function printDroplets(imageKey: ImageKey = 'imageId'): string {
  const type = imageKey === 'imageId' ? 'ID!' : 'String';
  return `
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])

    type Query {
      droplets: [Droplet!]!
    }

    type Droplet @key(fields: "id") {
      id: ID!
      name: String!
      "The image that it was made of; null where that is gone."
      image: Image
      region: Region
    }

    type Image @key(fields: "${imageKey}", resolvable: false) {
      ${imageKey}: ${type}
    }

    type Region @key(fields: "slug", resolvable: false) {
      slug: ID!
    }
  `;
}

/** A subgraph of these Droplets. */
export function createDropletsSchema(
  droplets: readonly Droplet[] = DROPLETS,
  imageKey: ImageKey = 'imageId',
): GraphQLSchema {
  return buildSubgraphSchema({
    typeDefs: parse(printDroplets(imageKey)),
    resolvers: {
      Query: { droplets: () => droplets },
      Droplet: {
        region: ({ regionSlug }: Droplet) => ({ slug: regionSlug }),
        __resolveReference: ({ id }: Droplet) => droplets.find((droplet) => droplet.id === id) ?? null,
      },
    },
  });
}
