import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

import { LRUCache } from 'lru-cache';

import type { AnswerMemo, KeptAnswer } from './answer-memo.ts';
import {
  Execution,
  type ExecutionOptions,
  type Executions,
  type Untouchable,
  type Waiting,
} from './executions.ts';
import type { Context } from '../context.ts';
import type { Deadline } from '../lib/waiter.ts';
import type { ImageList } from '../lists/image-list.ts';
import { coerceQuery, type CoercedQuery, runCoerced } from '../execution/planned-execution.ts';
import { KnownQueries, type KnownQuery, type KnownRequest } from './known-queries.ts';
import { Outbox } from './outbox.ts';
import { plainTypeOf, type PlainPost, readPlainPost, toHeadersKey } from './plain-post.ts';
import type { CallerOf } from '../tenant.ts';
import type { RequestTrace } from '../tracing.ts';

type Cost = Context['cost'];

/** What the lane itself looks at of a request's context; the server has it in a plain form, P. */
export interface LaneContext<P> extends Untouchable, Pick<Context, 'cost'> {
  /** The lists that what was answered is made of, by their filters; null where anything else has a part in it. */
  madeOf(): ReadonlyMap<string, ImageList> | null;
  asPlain(): P;
}

/** What a request has with it from its beginning to its end. */
export interface Begun<C> {
  readonly context: C;
  readonly trace: RequestTrace;
  readonly requestId: string;
  /** By `performance.now()`. */
  readonly startedAt: number;
}

export interface FastLaneOptions<P> {
  /** Answers given before; null where none are kept. */
  readonly memo: AnswerMemo | null;
  /** What is being answered. */
  readonly executions: Executions;
  readonly callerOf: CallerOf;
  readonly requestIdOf: (given: string | undefined) => string;
  readonly traceOf: (traceparent: string | null) => RequestTrace;
  readonly startDeadline: ExecutionOptions['startDeadline'];
  readonly createContext: (start: {
    readonly token: string;
    readonly tenant: string;
    readonly requestId: string;
    readonly trace: RequestTrace;
    /** Its properties are asked for where there is something to wait for. */
    readonly deadline: Deadline;
  }) => LaneContext<P>;
  /** The context of a request that shares what another one has read and reads, until its own deadline. */
  readonly joinContext: (context: P, deadline: Deadline, cost: Cost) => P;
  /** Whether the operation costs no more than the limits allow. */
  readonly isAffordable: (
    operation: Pick<KnownQuery, 'schema' | 'document' | 'operationName'> & {
      readonly coercedVariables: CoercedQuery['variableValues'];
    },
  ) => boolean;
  readonly onAnswered: (answered: {
    readonly requestId: string;
    readonly tenant: string;
    readonly startedAt: number;
    readonly operationName: string | undefined;
    readonly cost: Cost;
    readonly trace: RequestTrace;
    /** Whether nobody waits for it any more. */
    readonly isGone: boolean;
  }) => void;
  /** Told of a request that broke off before it was read. */
  readonly onBroken: (broken: { readonly requestId: string; readonly startedAt: number }) => void;
  /** Told of what nobody foresaw. */
  readonly onUnexpected: (error: unknown, requestId: string | undefined) => void;
  /** Told of each request that gets what was read for another, with the number of lists in it. */
  readonly onShared: (lists: number) => void;
  readonly onRepeated: (repeated: {
    readonly requestId: string;
    readonly tenant: string;
    readonly startedAt: number;
    readonly operationName: string | undefined;
    readonly lists: number;
    readonly trace: RequestTrace;
  }) => void;
}

export interface FastLane<P> {
  readonly listener: RequestListener;
  /** Learns of a query that the server is answering on this response, without an error. */
  learn(response: ServerResponse, query: KnownQuery): void;
  /** What a request has with it that comes to the server from here. */
  begunOf(request: IncomingMessage): Begun<P> | undefined;
}

/** Headers of an answer that are of one request. */
const PER_REQUEST = new Set([
  'x-request-id',
  'date',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
]);

/** For as many combinations of `Accept` and `Origin` headers are known, unless they are longer than any that is meant. */
const MAX_COMBINATIONS = 1_000;
const MAX_COMBINATION_LENGTH = 1_000;

/**
 * A way past the server for what it has answered before: first the same answer again, where the lists that it was made
 * of are still current, or as soon as it is there, where it is being made; else a known query with other variables, of
 * another tenant or over other lists, executed by its plan. It parses and validates nothing, and needs none of what the
 * Fetch API has around a request.
 *
 * It knows what an answer without errors looks like, also a stale one, and learns even its headers from the server.
 * Whatever else comes of a request, the server tells: it gets the request with the context in which it has begun, so that
 * nothing is read twice.
 */
export function createFastLane<P>(options: FastLaneOptions<P>, next: RequestListener): FastLane<P> {
  const { memo, executions, callerOf, requestIdOf, traceOf, isAffordable } = options;
  const { startDeadline, createContext, joinContext } = options;
  const { onAnswered, onShared, onRepeated, onBroken, onUnexpected } = options;
  const queries = new KnownQueries();
  /** Of answers without errors, by what of a request they depend on. */
  const headersOf = new LRUCache<string, KeptAnswer['headers']>({ max: MAX_COMBINATIONS });
  const learning = new WeakMap<ServerResponse, KnownQuery>();
  const begun = new WeakMap<IncomingMessage, Begun<P>>();
  const outbox = new Outbox();
  const idOf = ({ headers }: IncomingMessage) => requestIdOf(headers['x-request-id']?.toString());
  const traceOfRequest = ({ headers }: IncomingMessage) =>
    traceOf(headers['traceparent']?.toString() ?? null);

  function send(response: ServerResponse, { headers, body, encoding }: KeptAnswer, requestId: string): void {
    outbox.add(() => response.writeHead(200, [...headers, 'x-request-id', requestId]).end(body, encoding));
  }

  function passOn(request: IncomingMessage, response: ServerResponse, post: PlainPost): void {
    response.once('finish', () => {
      const query = learning.get(response);
      const isJson = String(response.getHeader('content-type')).startsWith(post.type);
      if (query === undefined || response.statusCode !== 200 || !isJson) return;
      queries.learn(post, query);
      const key = toHeadersKey(post);
      if (key.length <= MAX_COMBINATION_LENGTH) headersOf.set(key, headersToKeep(response));
    });
    // The server reads a body from here where something before it has read the stream.
    next(Object.assign(request, { body: post.body }), response);
  }

  /** Where the plan itself goes wrong, the server does without it. */
  async function runOrTell(known: KnownRequest, contextValue: LaneContext<P>, requestId: string) {
    try {
      const { schema, document, operationName } = known.query;
      known.coerced ??= coerceQuery({ ...known.query, variableValues: known.variables });
      if (typeof known.coerced !== 'string') {
        const { variableValues: coercedVariables } = known.coerced;
        known.isAffordable ??= isAffordable({ schema, document, operationName, coercedVariables });
        if (!known.isAffordable) return null;
      }
      return await runCoerced(known.coerced, { contextValue });
    } catch (error) {
      onUnexpected(error, requestId);
      return null;
    }
  }

  async function execute(first: Waiting, known: KnownRequest, headers: KeptAnswer['headers']): Promise<void> {
    const { post, requestId, trace } = first;
    const { name } = known.query;
    /** The request waits no more: what it has cost. */
    const settle = (waiting: Waiting): Cost => {
      if (waiting === first) return context.cost;
      onShared(context.cost.lists);
      return context.cost.ofShared();
    };
    const tell = (waiting: Waiting, isGone: boolean) =>
      onAnswered({
        requestId: waiting.requestId,
        tenant: post.tenant,
        startedAt: waiting.startedAt,
        operationName: name,
        cost: settle(waiting),
        trace: waiting.trace,
        isGone,
      });
    /** The server answers the request, with all that has been read for it. */
    const giveUp = (waiting: Waiting) => {
      if (waiting.response.destroyed) return tell(waiting, true);
      const deadline = execution.deadlineOf(waiting);
      return passOnBegun(waiting, joinContext(context.asPlain(), deadline, settle(waiting)));
    };
    const execution = new Execution(first, { startDeadline, onLeft: giveUp });
    const context = createContext({
      token: post.token,
      tenant: post.tenant,
      requestId,
      trace,
      deadline: execution,
    });
    executions.add(post, execution, context);
    try {
      const data = await runOrTell(known, context, requestId);
      executions.remove(post, execution);
      if (data === undefined) queries.giveUp(post);
      const { staleness } = context.cost;
      if (data == null) {
        for (const waiting of execution.finish()) giveUp(waiting);
        return;
      }
      const answer = toAnswer({ data, staleness }, headers, name);
      for (const waiting of execution.finish()) {
        send(waiting.response, answer, waiting.requestId);
        tell(waiting, waiting.response.destroyed);
      }
      execution.end();
      const lists = staleness === null ? context.madeOf() : null;
      if (lists !== null && lists.size > 0) memo?.keep(post, answer, lists);
    } catch (error) {
      executions.remove(post, execution);
      onUnexpected(error, requestId);
      for (const { response } of execution.finish()) response.destroy();
    }
  }

  function passOnBegun({ request, response, post, requestId, trace, startedAt }: Waiting, context: P): void {
    begun.set(request, { context, trace, requestId, startedAt });
    request.headers['x-request-id'] = requestId;
    passOn(request, response, post);
  }

  return {
    listener(request, response) {
      const type = plainTypeOf(request);
      const caller = type === null ? null : callerOf(request.headers.authorization ?? null);
      if (type === null || caller === null) {
        next(request, response);
        return;
      }
      const startedAt = performance.now();
      const broken = () => onBroken({ requestId: idOf(request), startedAt });
      const done = (post: PlainPost) => {
        const repeated = memo?.find(post);
        if (repeated !== undefined) {
          const { answer, lists } = repeated;
          const requestId = idOf(request);
          send(response, answer, requestId);
          const { operationName } = answer;
          const trace = traceOfRequest(request);
          onRepeated({ requestId, tenant: post.tenant, startedAt, operationName, lists, trace });
          return;
        }
        const wait = (): Waiting => {
          const [requestId, trace] = [idOf(request), traceOfRequest(request)];
          return { request, response, post, requestId, trace, startedAt };
        };
        const underWay = executions.find(post);
        if (underWay !== undefined) {
          underWay.join(wait());
          return;
        }
        const headers = headersOf.get(toHeadersKey(post));
        const known = headers === undefined ? null : queries.find(post);
        if (headers === undefined || known === null) passOn(request, response, post);
        else void execute(wait(), known, headers);
      };
      readPlainPost(request, { ...caller, type }, { done, broken });
    },
    learn: (response, query) => void learning.set(response, query),
    begunOf: (request) => begun.get(request),
  };
}

function toAnswer(
  { data, staleness }: { readonly data: object; readonly staleness: Cost['staleness'] },
  headers: KeptAnswer['headers'],
  operationName: string | undefined,
): KeptAnswer {
  const body = JSON.stringify(staleness === null ? { data } : { data, extensions: staleness });
  const length = Buffer.byteLength(body);
  return {
    headers: [...headers, 'content-length', String(length)],
    body,
    encoding: length === body.length ? 'latin1' : 'utf8',
    operationName,
  };
}

function headersToKeep(response: ServerResponse): KeptAnswer['headers'] {
  return Object.entries(response.getHeaders()).flatMap(([name, value]) =>
    PER_REQUEST.has(name) ? [] : [name, String(value)],
  );
}
