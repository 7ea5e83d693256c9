import { hash, randomUUID } from 'node:crypto';

import type { Context } from './context.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import type { RequestRecord } from './plugins/use-request-record.ts';
import type { RequestTrace } from './tracing.ts';

export interface RequestLogOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly traceOf: (request: Request) => RequestTrace;
}

/** Tenants are told apart within one process, and not known again in another's log. */
const SALT = randomUUID();

/** What is told of each request: a line in the log, a count, the end of its trace. */
export function createRequestLog({ logger, metrics, traceOf }: RequestLogOptions) {
  return (record: RequestRecord<Context>): void => {
    const { request, requestId, operation, operationName, context, status, codes, durationMs } = record;
    metrics.onRequest(operation ?? 'none', codes[0] ?? 'ok', durationMs / 1_000);
    traceOf(request).end(
      [operation ?? 'GraphQL', operationName].filter(Boolean).join(' '),
      { 'http.response.status_code': status, 'graphql.error_codes': [...codes] },
      codes.length > 0,
    );
    if (!logger.isLevelEnabled('info')) return;
    const cost = context?.cost;
    const tenant = context?.tenant ?? null;
    logger.info(
      {
        requestId,
        operation,
        operationName,
        tenant: tenant === null ? undefined : hash('sha256', `${SALT} ${tenant}`).slice(0, 8),
        status,
        codes,
        durationMs: Math.round(durationMs * 10) / 10,
        upstreamCalls: cost?.requests ?? 0,
        cached: cost?.cached ?? 0,
      },
      'request',
    );
  };
}
