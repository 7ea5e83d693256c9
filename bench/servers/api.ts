import { Pool } from 'undici';

const pool = new Pool(process.env['UPSTREAM'] ?? '', { connections: 64 });

/** The bytes of one answer of the API. */
export async function getBytes(path: string, authorization: string | undefined): Promise<Buffer> {
  const { body } = await pool.request({
    path,
    method: 'GET',
    headers: { authorization: authorization ?? '' },
  });
  return Buffer.from(await body.arrayBuffer());
}

export async function getJson(path: string, authorization: string | undefined) {
  return JSON.parse((await getBytes(path, authorization)).toString());
}

export interface Row {
  readonly id: number;
  readonly [name: string]: unknown;
}

/** A window by page numbers, as a hand-written gateway has it: the pages that cover it. */
export async function listWindow(
  offset: number,
  first: number,
  readPage: (page: number, perPage: number) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  const from = Math.floor(offset / first);
  const to = Math.floor((offset + first - 1) / first);
  const pages = await Promise.all(
    Array.from({ length: to - from + 1 }, (_, index) => readPage(from + index + 1, first)),
  );
  return pages.flat().slice(offset - from * first, offset - from * first + first);
}

export const SDL = `
  type Query {
    images(first: Int = 20, offset: Int = 0): ImageConnection!
    image(imageId: ID!): Image
  }
  type ImageConnection { nodes: [Image!]! }
  type Region { slug: ID! }
  type Image {
    id: ID! imageId: ID! name: String! slug: String description: String distributionName: String
    type: String! status: String! public: Boolean! regions: [Region!]! tags: [String!]!
    minDiskSize: Int sizeGigabytes: Float createdAt: String errorMessage: String
  }
`;

export const IMAGE_RESOLVERS = {
  id: ({ id }: Row) => `do:image:${id}`,
  imageId: ({ id }: Row) => id,
  distributionName: ({ distribution }: Row) => distribution,
  type: ({ type }: Row) => String(type).toUpperCase(),
  status: ({ status }: Row) => String(status).toUpperCase(),
  regions: ({ regions }: Row) => (Array.isArray(regions) ? regions.map((slug) => ({ slug })) : []),
  minDiskSize: (row: Row) => row['min_disk_size'],
  sizeGigabytes: (row: Row) => row['size_gigabytes'],
  createdAt: (row: Row) => row['created_at'],
  errorMessage: (row: Row) => row['error_message'] || null,
};
