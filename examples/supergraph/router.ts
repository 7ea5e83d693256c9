import { buildHTTPExecutor } from '@graphql-tools/executor-http';
import { getStitchedSchemaFromSupergraphSdl } from '@graphql-tools/federation';
import type { ExecutionRequest } from '@graphql-tools/utils';
import { renderGraphiQL } from '@graphql-yoga/render-graphiql';
import { createYoga, type YogaInitialContext } from 'graphql-yoga';

/** What of a caller's request goes on to the subgraphs: whose it is, and its id. */
const PASSED_ON = ['authorization', 'x-request-id'] as const;

const QUERY = `{
  droplets {
    name
    image {
      name
      distribution
      sizeGigabytes
    }
    region {
      name
    }
  }
}
`;

/** A router in front of the subgraphs that a supergraph's SDL names, as a request handler. */
export function createRouter(supergraphSdl: string) {
  const schema = getStitchedSchemaFromSupergraphSdl({
    supergraphSdl,
    onSubschemaConfig(subgraph) {
      subgraph.executor = buildHTTPExecutor({ endpoint: subgraph.endpoint, headers: passOn });
    },
  });
  return createYoga({
    schema,
    graphiql: { title: 'Supergraph', defaultQuery: QUERY },
    renderGraphiQL,
    landingPage: false,
    logging: false,
    // Errors of subgraphs have passed their own masks.
    maskedErrors: false,
  });
}

function passOn(toSubgraph?: ExecutionRequest): Record<string, string> {
  const context: YogaInitialContext | undefined = toSubgraph?.context;
  const headers = context?.request.headers;
  return Object.fromEntries(
    PASSED_ON.flatMap((name) => {
      const value = headers?.get(name);
      return value == null ? [] : [[name, value]];
    }),
  );
}
