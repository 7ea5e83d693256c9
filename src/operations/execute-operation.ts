import { execute, subscribe } from '@graphql-tools/executor';
import { isAsyncIterable, mapAsyncIterator } from '@graphql-tools/utils';
import { GraphQLError, OperationTypeNode } from 'graphql';

import { codesOf, type ErrorTable, type Result, toCodedResult } from './coded-result.ts';
import type { Deadline } from '../lib/waiter.ts';
import { InFlight, type Joined, type Untouched } from './in-flight.ts';
import { ComplexityError } from './limits.ts';
import type { OperationStore } from './operation-store.ts';
import type { PersistedQueries } from './persisted-queries.ts';
import type { CoercedVariables, PreparedOperation } from './prepared-operation.ts';
import { parseRequestParams } from './request-params.ts';
import { type ResponseBody, type ResponseCache, toResponseKey, type UsedLists } from './response-cache.ts';

/** Whose token a request acts with. */
export interface Caller {
  readonly token: string;
  readonly tenant: string;
}

/** A GraphQL request, whichever transport brought it. */
export interface OperationRequest extends Joined {
  /** Its parameters as they came, before any check. */
  readonly params: unknown;
  /** Null where it sends no usable token. */
  readonly caller: Caller | null;
  readonly requestId: string;
  /** A GET, which must not write. */
  readonly isReadOnly: boolean;
  /** Whether the response says what the request cost in upstream calls. */
  readonly explains: boolean;
  /** Whether the client accepts the events of a subscription. */
  readonly acceptsEvents: boolean;
  /** A deadline that starts now: each event of a subscription has one of its own. */
  createDeadline(): Deadline;
}

/** What the pipeline itself uses of a request's context; resolvers use the rest. */
export interface OperationContext extends Untouched {
  readonly cost: Usage;
  /** The lists that the result was made of; null where anything else contributed to it. */
  madeOf(): UsedLists | null;
  /** The request has its response: nothing of it waits any more. */
  end(): void;
}

/** Upstream usage of one request. */
export interface Usage {
  /** Calls that were sent for it. */
  readonly requests: number;
  /** Cached lists and images that it was served from. */
  readonly cached: number;
  /** Lists that it looked into, wherever they came from. */
  readonly lists: number;
  /** What the response says if a list in it is stale; null where none is. */
  readonly staleness: Readonly<Record<string, unknown>> | null;
}

/** What became of a request. */
export interface Outcome {
  /** Null where the request selects none that can be executed. */
  readonly operation: PreparedOperation | null;
  readonly result: Result | AsyncIterable<Result>;
  /** The JSON of the result, where all requests with the same response share it. */
  readonly body: ResponseBody | null;
  readonly codes: readonly string[];
  readonly served: 'execution' | 'joined' | 'cache';
  /** Null where nothing was executed for this request. */
  readonly usage: Pick<Usage, 'cached' | 'lists' | 'requests'> | null;
}

export interface PipelineOptions<Request extends OperationRequest, Context extends OperationContext> {
  readonly documents: PersistedQueries;
  readonly store: OperationStore;
  readonly responses: ResponseCache<InFlight<Context, Executed>>;
  readonly errors: ErrorTable;
  /** The limit that an operation with these variables is over; null where it is within all. */
  readonly exceededBy: (
    operation: PreparedOperation,
    variables: CoercedVariables,
  ) => { readonly limit: string; readonly maximum: number } | null;
  readonly createMissingTokenError: () => Error;
  /** For a subscription whose events the client does not accept. */
  readonly createNotAcceptableError: () => Error;
  /** Whether a request of the tenant is executed where no cached response serves it. */
  readonly admits: (tenant: string | null) => boolean;
  /** For a request that is not admitted. */
  readonly createOverloadError: () => Error;
  readonly createContext: (request: Request, startDeadline: () => Deadline) => Context;
  /** What resolvers work with for a request that stops waiting for an execution it shares with others. */
  readonly joinContext: (context: Context, deadline: Deadline) => object;
  /** What a response says of its cost. */
  readonly explain: (context: Context) => Promise<Readonly<Record<string, unknown>>>;
  /** Called for an exception that nobody foresaw. */
  readonly onUnexpected: (error: unknown, requestId: string) => void;
}

/** The result of one execution, for all requests that joined it. */
interface Executed {
  readonly raw: Result;
  readonly body: ResponseBody | null;
}

/** An operation with the variables of a request, as they came and coerced. */
interface Execution {
  readonly operation: PreparedOperation;
  readonly variables: CoercedVariables;
  readonly given: Readonly<Record<string, unknown>>;
}

/**
 * The one way from a GraphQL request to its response: prepare, authenticate, look into the cache, execute. Transports
 * bring requests and write responses; whatever is decided here holds for all of them.
 */
export class OperationPipeline<Request extends OperationRequest, Context extends OperationContext> {
  readonly #options: PipelineOptions<Request, Context>;

  constructor(options: PipelineOptions<Request, Context>) {
    this.#options = options;
  }

  /** Never throws: what is refused has errors in its result. A cached response comes at once, without a promise. */
  execute(request: Request): Outcome | Promise<Outcome> {
    const { documents, store } = this.#options;
    const { caller } = request;
    let operation: PreparedOperation | null = null;
    try {
      const params = parseRequestParams(request.params);
      const { text, registerAs } = documents.select(params, caller?.tenant ?? null);
      operation = store.prepare(text, params.operationName);
      this.#authorize(operation, request);
      if (registerAs !== null && caller !== null) documents.register(caller.tenant, registerAs, text);
      const variables = operation.coerce(params.variables);
      this.#checkLimits(operation, variables);
      const execution = { operation, variables, given: params.variables };
      const outcome = this.#start(execution, request);
      return outcome instanceof Promise
        ? outcome.catch((error: unknown) => this.#refuse(error, execution.operation, request))
        : outcome;
    } catch (error) {
      return this.#refuse(error, operation, request);
    }
  }

  #authorize(operation: PreparedOperation, { caller, isReadOnly }: Request): void {
    if (isReadOnly && operation.type === OperationTypeNode.MUTATION) throw createReadOnlyError();
    if (operation.needsToken && caller === null) throw this.#options.createMissingTokenError();
  }

  #checkLimits(operation: PreparedOperation, variables: CoercedVariables): void {
    const exceeded = this.#options.exceededBy(operation, variables);
    if (exceeded !== null) throw new ComplexityError(exceeded.limit, exceeded.maximum);
  }

  /** Load is shed where it arises: a request that costs nothing is served whatever its tenant does. */
  #admit({ caller }: Request): void {
    if (!this.#options.admits(caller?.tenant ?? null)) throw this.#options.createOverloadError();
  }

  #start(execution: Execution, request: Request): Outcome | Promise<Outcome> {
    const { operation, variables } = execution;
    if (operation.type === OperationTypeNode.SUBSCRIPTION) {
      if (!request.acceptsEvents) throw this.#options.createNotAcceptableError();
      this.#admit(request);
      return this.#subscribe(execution, request);
    }
    const { caller, explains } = request;
    const isShared = operation.type === OperationTypeNode.QUERY && caller !== null && !explains;
    const text = isShared ? operation.toKey(variables) : null;
    if (caller === null || text === null) {
      this.#admit(request);
      return this.#executeAlone(execution, request);
    }
    return this.#executeShared(execution, request, toResponseKey(caller.tenant, operation.id, text));
  }

  /** Serves a query from a cached response, or from the execution that another request began, or executes it. */
  #executeShared(execution: Execution, request: Request, key: string): Outcome | Promise<Outcome> {
    const { responses } = this.#options;
    const { operation } = execution;
    const cached = responses.find(key);
    if (cached !== undefined) {
      const { body, lists } = cached;
      const usage = { requests: 0, cached: lists, lists };
      return { operation, result: {}, body, codes: [], served: 'cache', usage };
    }
    const joined = responses.findInFlight(key);
    if (joined === undefined) this.#admit(request);
    else joined.add(request);
    const flight = joined ?? this.#launch(execution, request, key);
    return this.#land(flight, { execution, request, served: joined === undefined ? 'execution' : 'joined' });
  }

  #launch(execution: Execution, request: Request, key: string): InFlight<Context, Executed> {
    const { responses, createContext } = this.#options;
    const flight = new InFlight<Context, Executed>(request, (startDeadline) =>
      createContext(request, startDeadline),
    );
    const { context } = flight;
    const run = async (): Promise<Executed> => {
      try {
        const raw = await this.#run(execution, context, request.requestId);
        const { staleness } = context.cost;
        if (raw.errors !== undefined) return { raw, body: null };
        const body = toBody(
          staleness === null ? { data: raw.data } : { data: raw.data, extensions: staleness },
        );
        const lists = staleness === null ? context.madeOf() : null;
        if (lists !== null) responses.add(key, body, lists);
        return { raw, body };
      } finally {
        responses.end(key, flight);
        context.end();
      }
    };
    responses.start(key, flight);
    flight.begin(run());
    return flight;
  }

  async #land(
    flight: InFlight<Context, Executed>,
    {
      execution,
      request,
      served,
    }: { readonly execution: Execution; readonly request: Request; readonly served: 'execution' | 'joined' },
  ): Promise<Outcome> {
    const executed = await flight.waitFor(request);
    const { context } = flight;
    // Its time is over while others still wait: it gets what has arrived, and an error for each field that has not.
    const { raw, body } = executed ?? {
      raw: await this.#run(
        execution,
        this.#options.joinContext(context, request.deadline),
        request.requestId,
      ),
      body: null,
    };
    const { lists, staleness } = context.cost;
    const usage = served === 'execution' ? context.cost : { requests: 0, cached: 0, lists };
    const result = this.#toCoded(
      staleness === null ? raw : { ...raw, extensions: staleness },
      execution,
      request,
    );
    return { operation: execution.operation, result, body, codes: codesOf(result), served, usage };
  }

  async #executeAlone(execution: Execution, request: Request): Promise<Outcome> {
    const { createContext, explain } = this.#options;
    const context = createContext(request, () => request.deadline);
    try {
      const raw = await this.#run(execution, context, request.requestId);
      const extensions = request.explains ? await explain(context) : context.cost.staleness;
      const result = this.#toCoded(extensions === null ? raw : { ...raw, extensions }, execution, request);
      const { cost: usage } = context;
      return {
        operation: execution.operation,
        result,
        body: null,
        codes: codesOf(result),
        served: 'execution',
        usage,
      };
    } finally {
      context.end();
    }
  }

  /**
   * Runs the compiled plan, which knows results without errors only; what fails there runs in the reference executor,
   * with the same context, so that nothing is fetched twice.
   */
  async #run(
    { operation, variables, given }: Execution,
    context: object,
    requestId: string,
  ): Promise<Result> {
    const input = { rootValue: undefined, contextValue: context };
    try {
      const data = await operation.planFor(variables)?.run({ ...input, variableValues: variables });
      if (data != null) return { data };
    } catch (error) {
      this.#options.onUnexpected(error, requestId);
    }
    const { schema, document, operationName } = operation;
    const result = await execute({ ...input, schema, document, operationName, variableValues: given });
    if (isAsyncIterable(result) || 'initialResult' in result) throw new Error('one result was expected');
    return result;
  }

  async #subscribe({ operation, given }: Execution, request: Request): Promise<Outcome> {
    const context = this.#options.createContext(request, () => request.createDeadline());
    const { schema, document, operationName } = operation;
    const toCoded = (result: Result) => this.#toCoded(result, { operation }, request);
    const events = await subscribe({
      schema,
      document,
      operationName,
      variableValues: given,
      contextValue: context,
    });
    const { cost: usage } = context;
    if (!isAsyncIterable(events)) {
      const result = toCoded('initialResult' in events ? {} : events);
      return { operation, result, body: null, codes: codesOf(result), served: 'execution', usage };
    }
    const result = mapAsyncIterator(
      events,
      (event: Result) => toCoded(event),
      (error: unknown) => {
        if (isAbort(error)) throw error;
        return toCoded({ errors: toGraphQLErrors(error) });
      },
    );
    return { operation, result, body: null, codes: [], served: 'execution', usage };
  }

  #refuse(error: unknown, operation: PreparedOperation | null, request: Request): Outcome {
    const result = this.#toCoded({ errors: toGraphQLErrors(error) }, { operation }, request);
    return { operation, result, body: null, codes: codesOf(result), served: 'execution', usage: null };
  }

  #toCoded(
    result: Result,
    { operation }: { readonly operation: PreparedOperation | null },
    { requestId }: Request,
  ): Result {
    const isMutation = operation?.type === OperationTypeNode.MUTATION;
    return toCodedResult(this.#options.errors, result, { requestId, isMutation });
  }
}

function toBody(result: object): ResponseBody {
  const text = JSON.stringify(result);
  return { text, bytes: Buffer.byteLength(text) };
}

function toGraphQLErrors(error: unknown): readonly GraphQLError[] {
  if (error instanceof AggregateError) return error.errors.flatMap(toGraphQLErrors);
  if (error instanceof GraphQLError) return [error];
  const originalError = error instanceof Error ? error : new Error(String(error));
  return [new GraphQLError(originalError.message, { originalError })];
}

function createReadOnlyError(): GraphQLError {
  return new GraphQLError('A mutation is sent by a POST request.', {
    extensions: { code: 'BAD_REQUEST', http: { status: 405, headers: { allow: 'POST' } } },
  });
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
