import { mapAsyncIterator } from '@graphql-tools/utils';
import { type GraphQLResolveInfo, locatedError, responsePathAsArray } from 'graphql';

import { builder } from './builder.ts';
import { upstreamCost } from './directives.ts';
import { decodeImageId, parseNumericId } from './global-id.ts';
import { Image } from './image.ts';
import { ImageAction } from './image-action.ts';

builder.subscriptionType({ description: 'What can be watched as it changes, over server-sent events.' });

builder.subscriptionFields((t) => ({
  imageStatus: t.field({
    type: Image,
    directives: [upstreamCost(1)],
    description:
      'An image as it is now and then at each change, until it is available, deleted or retired: follows an import to its end, and gives the reason of one that fails, which no list shows. However many watch an image with one token, the API is asked for it once at a time.',
    args: { id: t.arg.id({ required: true, description: 'The global id of the image.' }) },
    subscribe: (_root, { id }, context, info) => withPlace(info, context.watchImage(decodeImageId('id', id))),
    resolve: (image) => image,
  }),
  imageAction: t.field({
    type: ImageAction,
    directives: [upstreamCost(1)],
    description: 'An action as it is now and then at each change, until it is completed or has failed.',
    args: {
      imageId: t.arg.id({ required: true, description: 'The global id of the image.' }),
      actionId: t.arg.id({ required: true, description: 'The `actionId` of the action.' }),
    },
    subscribe: (_root, { imageId, actionId }, context, info) =>
      withPlace(
        info,
        context.watchAction(decodeImageId('imageId', imageId), String(parseNumericId('actionId', actionId))),
      ),
    resolve: (action) => action,
  }),
}));

/** Gives an error of the source the path and location of its field. The executor does so for resolvers only. */
function withPlace<T>({ fieldNodes, path }: GraphQLResolveInfo, source: AsyncIterable<T>): AsyncIterable<T> {
  return mapAsyncIterator(
    source,
    (value) => value,
    (error: unknown) => {
      throw locatedError(error, fieldNodes, responsePathAsArray(path));
    },
  );
}
