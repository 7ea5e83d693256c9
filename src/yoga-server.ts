import { createYoga } from 'graphql-yoga';

import type { Config } from './config.ts';
import { createGraphiQLOptions, renderPage } from './graphiql/page.ts';
import { prefersPage } from './lib/response-types.ts';
import type { Logger } from './logger.ts';
import { useBodyLimit } from './plugins/use-body-limit.ts';
import { type OperationPipelineOptions, useOperationPipeline } from './http/use-operation-pipeline.ts';
import { useMediaTypes } from './plugins/use-media-types.ts';
import { useProcessEndpoints } from './plugins/use-process-endpoints.ts';
import { useRefusalBodies } from './plugins/use-refusal-bodies.ts';
import { useRequestCheck } from './plugins/use-request-check.ts';
import { useResponseHeaders } from './plugins/use-response-headers.ts';
import { createRequestError, type RequestRefusal, toRefusal } from './request-errors.ts';
import type { ResponseHeaders } from './response-headers.ts';

export interface YogaServerOptions extends OperationPipelineOptions {
  readonly config: Pick<Config, 'graphiql'>;
  readonly maxBytes: number;
  readonly logger: Logger;
  readonly isReady: () => boolean;
  readonly metrics: { readonly contentType: string; print(): Promise<string> };
  readonly responseHeaders: ResponseHeaders;
}

/** HTTP around the pipeline: GET, event streams, GraphiQL, health and metrics, and whatever has to be refused. */
export function createYogaServer({
  config,
  maxBytes,
  logger,
  isReady,
  metrics,
  responseHeaders,
  ...operations
}: YogaServerOptions) {
  const toGraphiQLOptions = createGraphiQLOptions();
  return createYoga({
    plugins: [
      useProcessEndpoints({
        isReady,
        metrics,
        onMetricsError: (err, requestId) => logger.warn({ err, requestId }, 'the metrics are incomplete'),
        toRefusal: refuse,
      }),
      useResponseHeaders(responseHeaders),
      useOperationPipeline(operations),
      useRefusalBodies({ toRefusal: refuse }),
      useBodyLimit(maxBytes),
      useRequestCheck(createRequestError),
      useMediaTypes(() => createRequestError('NOT_ACCEPTABLE')),
    ],
    // Each error passes through the table of errors once, in useOperationPipeline.
    maskedErrors: false,
    graphiql: (request) =>
      config.graphiql && prefersPage(request.headers.get('accept')) && toGraphiQLOptions(request),
    renderGraphiQL: renderPage,
    // See useResponseHeaders.
    cors: false,
    // See useProcessEndpoints. Yoga's own check serves each URL that ends in this, which none does.
    healthCheckEndpoint: ' ',
    // See useBodyLimit.
    maxRequestBodySize: false,
    multipart: false,
    landingPage: false,
    logging: false,
  });
}

function refuse(refusal: RequestRefusal, requestId: string) {
  return toRefusal(createRequestError(refusal), requestId);
}
