import { composeServices as composeWithApollo } from '@apollo/composition';
import { composeServices as composeWithGuild } from '@theguild/federation-composition';
import { type DocumentNode, type GraphQLError, parse } from 'graphql';

/** One subgraph of a supergraph: where it answers, and its SDL. */
export interface Subgraph {
  readonly name: string;
  readonly url: string;
  readonly sdl: string;
}

/** The supergraph's SDL, or why the subgraphs do not fit together. */
export interface Composition {
  readonly composer: string;
  readonly supergraphSdl: string | undefined;
  readonly errors: readonly GraphQLError[];
}

/** What both composers in use make of the subgraphs: that of Hive and that of Apollo. */
export function composeWithEach(subgraphs: readonly Subgraph[]): Composition[] {
  const services = subgraphs.map(({ name, url, sdl }) => ({ name, url, typeDefs: parseSdl(name, sdl) }));
  return [
    { composer: '@theguild/federation-composition', ...composeWithGuild(services) },
    { composer: '@apollo/composition', ...composeWithApollo(services) },
  ].map(({ composer, supergraphSdl, errors = [] }) => ({ composer, supergraphSdl, errors }));
}

function parseSdl(name: string, sdl: string): DocumentNode {
  try {
    return parse(sdl);
  } catch (error) {
    throw new Error(`The SDL of "${name}" is not well-formed: ${String(error)}`, { cause: error });
  }
}

/**
 * The supergraph's SDL.
 * @throws Error with a line for each reason why the subgraphs do not fit together.
 */
export function compose(subgraphs: readonly Subgraph[]): string {
  const [composition] = composeWithEach(subgraphs);
  if (composition?.supergraphSdl !== undefined) return composition.supergraphSdl;
  throw new Error(
    `The subgraphs do not compose:\n${composition?.errors.map(({ message }) => message).join('\n')}`,
  );
}
