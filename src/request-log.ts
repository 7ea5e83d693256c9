import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import type { QueryCost } from './query-cost.ts';
import { redact } from './redact.ts';
import type { RequestTrace } from './tracing.ts';

export interface RequestLogOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
}

const MAX_NAME = 100;

/** As many tell tenants apart; all of them would be a key of what is held. */
const TENANT_LENGTH = 8;

/** What the log and the metrics have of a request. */
export interface ToldRequest {
  readonly requestId: string;
  readonly operation: string | undefined;
  readonly operationName: string | undefined;
  readonly tenant: string | null;
  readonly status: number;
  readonly codes: readonly string[];
  readonly durationMs: number;
  readonly upstreamCalls: number;
  readonly cached: number;
}

/** A request with its trace, and with what it cost where it was executed. */
export interface ExecutedRequest extends Omit<ToldRequest, 'upstreamCalls' | 'cached'> {
  readonly trace: RequestTrace;
  readonly cost: QueryCost | undefined;
}

const NOT_READ = {
  operation: undefined,
  operationName: undefined,
  tenant: null,
  upstreamCalls: 0,
  cached: 0,
} as const;

/** What is told of a request that was not even read. */
export const REFUSED: Omit<ToldRequest, 'requestId'> = {
  ...NOT_READ,
  status: 503,
  codes: ['OVERLOADED'],
  durationMs: 0,
};

/** What is told of a request whose caller went away before its answer. */
export const GONE = { status: 499, codes: ['CLIENT_CLOSED_REQUEST'] } as const;

/** What is told of a request that broke off before it was read. */
export const BROKEN: Omit<ToldRequest, 'requestId' | 'durationMs'> = { ...NOT_READ, ...GONE };

/** An operation's name as it is told: callers choose it. */
export function toToldName(name: string | undefined): string | undefined {
  return name === undefined ? undefined : redact(name.slice(0, MAX_NAME));
}

/** What is told of every query that was answered without an error. */
export const ANSWERED = { operation: 'query', status: 200, codes: [] } as const;

export type RequestLog = ReturnType<typeof createRequestLog>;

/**
 * What is told of each request: a line in the log, a count, the end of its trace. Each part goes by its name, since the
 * engine takes a third of a line's time to copy the rest of an object.
 */
export function createRequestLog({ logger, metrics }: RequestLogOptions) {
  const tell = (told: ToldRequest): void => {
    const { requestId, operation, operationName, tenant, status, codes, durationMs, upstreamCalls, cached } =
      told;
    metrics.onRequest(operation ?? 'none', codes[0] ?? 'ok', durationMs / 1_000);
    if (!logger.isLevelEnabled('info')) return;
    logger.info(
      {
        requestId,
        operation,
        operationName,
        tenant: tenant?.slice(0, TENANT_LENGTH),
        status,
        codes,
        durationMs: Math.round(durationMs * 10) / 10,
        upstreamCalls,
        cached,
      },
      'request',
    );
  };
  const tellExecuted = (executed: ExecutedRequest): void => {
    const { requestId, operation, operationName, tenant, status, codes, durationMs, cost, trace } = executed;
    trace.end(executed);
    const { requests: upstreamCalls = 0, cached = 0 } = cost ?? {};
    tell({ requestId, operation, operationName, tenant, status, codes, durationMs, upstreamCalls, cached });
  };
  return { tell, tellExecuted };
}
