import type { RequestEnd } from './http/request-end.ts';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import { redact } from './redact.ts';

export interface RequestLogOptions {
  readonly logger: Logger;
  readonly metrics: Pick<Metrics, 'onListRead' | 'onRepeatedAnswer' | 'onRequest'>;
}

const MAX_NAME = 100;

/** Enough to tell tenants apart; the whole of it is a key of caches. */
const TENANT_LENGTH = 8;

/** Logs, counts and traces each request at its end. */
export function createRequestLog({ logger, metrics }: RequestLogOptions): (end: RequestEnd) => void {
  return (end) => {
    const { requestId, operation, tenant, status, codes, served, usage, trace } = end;
    const durationMs = performance.now() - end.startedAt;
    const type = operation?.type;
    const operationName = toLoggedName(operation?.name);
    trace.end({ operation: type, operationName, status, codes });
    metrics.onRequest(type ?? 'none', codes[0] ?? 'ok', durationMs / 1_000);
    if (served === 'cache') {
      metrics.onRepeatedAnswer();
      metrics.onListRead('held', usage?.lists);
    }
    if (served === 'joined') metrics.onListRead('shared', usage?.lists);
    if (!logger.isLevelEnabled('info')) return;
    logger.info(
      {
        requestId,
        operation: type,
        operationName,
        tenant: tenant?.slice(0, TENANT_LENGTH),
        status,
        codes,
        durationMs: Math.round(durationMs * 10) / 10,
        upstreamCalls: usage?.requests ?? 0,
        cached: usage?.cached ?? 0,
      },
      'request',
    );
  };
}

/** Callers choose the names of operations. */
function toLoggedName(name: string | undefined): string | undefined {
  return name === undefined ? undefined : redact(name.slice(0, MAX_NAME));
}
