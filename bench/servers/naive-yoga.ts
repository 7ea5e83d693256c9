import { createServer } from 'node:http';

import DataLoader from 'dataloader';
import { createSchema, createYoga } from 'graphql-yoga';

import { getJson, IMAGE_RESOLVERS, listWindow, type Row, SDL } from './api.ts';

/** Yoga, DataLoader and undici as a first version has them: pages once a request, nothing between requests. */
interface Context {
  readonly pages: DataLoader<string, readonly Row[]>;
  readonly authorization: string | undefined;
}

const yoga = createYoga<object, Context>({
  schema: createSchema<Context>({
    typeDefs: SDL,
    resolvers: {
      Query: {
        images: async (
          _root: unknown,
          { first, offset }: { first: number; offset: number },
          { pages }: Context,
        ) => ({
          nodes: await listWindow(offset, first, (page, perPage) =>
            pages.load(`page=${page}&per_page=${perPage}`),
          ),
        }),
        image: async (
          _root: unknown,
          { imageId }: { imageId: string },
          { authorization }: Context,
        ): Promise<Row> => {
          const { image } = await getJson(`/v2/images/${imageId}`, authorization);
          return image;
        },
      },
      Image: IMAGE_RESOLVERS,
    },
  }),
  context({ request }) {
    const authorization = request.headers.get('authorization') ?? undefined;
    const pages = new DataLoader<string, readonly Row[]>((queries) =>
      Promise.all(
        queries.map(async (query) => {
          const { images } = await getJson(`/v2/images?${query}`, authorization);
          return images;
        }),
      ),
    );
    return { pages, authorization };
  },
  logging: false,
});

createServer((request, response) => void yoga(request, response)).listen(
  Number(process.env['PORT']),
  '127.0.0.1',
);
