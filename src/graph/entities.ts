import type { GraphQLFieldResolver } from 'graphql';

import type { Context } from '../context.ts';
import { ArgumentError } from '../relay/argument-error.ts';
import { parseImageName } from './image.ts';

/**
 * Resolves `_entities`: a promise for each representation, so that one that is malformed or fails stays with
 * its own and repeated ones cost nothing more.
 */
export const resolveEntities: GraphQLFieldResolver<
  unknown,
  Context,
  { readonly representations: readonly unknown[] }
> = (_root, { representations }, { images }) =>
  representations.map(async (representation) => images.load(parseRepresentation(representation)));

/** An image's name from `{ __typename: "Image" }` with one of its keys; numbers count as their digits. */
function parseRepresentation(representation: unknown): string {
  const property = (name: string): unknown =>
    typeof representation === 'object' && representation !== null && Object.hasOwn(representation, name)
      ? Reflect.get(representation, name)
      : undefined;
  const key = (name: string) => {
    const value = property(name);
    return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
  };
  if (property('__typename') !== 'Image') {
    throw new ArgumentError('representations', 'INVALID_VALUE', 'must have the __typename "Image".');
  }
  const [id, imageId, slug] = [key('id'), key('imageId'), key('slug')];
  // Routers may send more than one key of an entity; the first that is there names it.
  if (id !== undefined) return parseImageName({ id });
  return parseImageName(imageId === undefined ? { slug } : { imageId });
}
