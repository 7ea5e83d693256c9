import fastify from 'fastify';
import mercurius, { type MercuriusContext } from 'mercurius';

import { getJson, IMAGE_RESOLVERS, listWindow, type Row, SDL } from './api.ts';

/** mercurius with its JIT, and resolvers as they are written by hand: a call for each field. */
const app = fastify();

declare module 'mercurius' {
  interface MercuriusContext {
    authorization?: string | undefined;
  }
}

await app.register(mercurius, {
  schema: SDL,
  jit: 1,
  context: ({ headers }) => ({ authorization: headers.authorization }),
  resolvers: {
    Query: {
      images: async (
        _root: unknown,
        { first, offset }: { first: number; offset: number },
        { authorization }: MercuriusContext,
      ) => ({
        nodes: await listWindow(offset, first, async (page, perPage) => {
          const { images } = await getJson(`/v2/images?page=${page}&per_page=${perPage}`, authorization);
          return images;
        }),
      }),
      image: async (
        _root: unknown,
        { imageId }: { imageId: string },
        { authorization }: MercuriusContext,
      ): Promise<Row> => {
        const { image } = await getJson(`/v2/images/${imageId}`, authorization);
        return image;
      },
    },
    Image: IMAGE_RESOLVERS,
  },
});
await app.listen({ port: Number(process.env['PORT']), host: '127.0.0.1' });
