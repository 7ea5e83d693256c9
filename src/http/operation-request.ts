import { startDeadline } from '../deadline.ts';
import { acceptsEvents } from '../lib/response-types.ts';
import type { Deadline } from '../lib/waiter.ts';
import type { Caller, OperationRequest } from '../operations/execute-operation.ts';
import type { RequestTrace } from '../tracing.ts';

export interface OperationRequestOptions {
  readonly params: unknown;
  readonly caller: Caller | null;
  readonly requestId: string;
  readonly trace: RequestTrace;
  readonly isReadOnly: boolean;
  readonly explains: boolean;
  /** The `Accept` of the request. */
  readonly accept: string | null | undefined;
  /** By `performance.now()`. */
  readonly startedAt: number;
  readonly timeoutMs: number;
  /** Aborted when the client goes away; asked for where there is something to wait for. */
  readonly signal: () => AbortSignal;
}

/** A GraphQL request that came by HTTP. */
export class HttpOperationRequest implements OperationRequest {
  readonly params: unknown;
  readonly caller: Caller | null;
  readonly requestId: string;
  readonly trace: RequestTrace;
  readonly isReadOnly: boolean;
  readonly explains: boolean;
  readonly startedAt: number;
  readonly #accept: string | null | undefined;
  readonly #timeoutMs: number;
  readonly #signal: () => AbortSignal;
  #deadline: Deadline | undefined;

  constructor(options: OperationRequestOptions) {
    this.params = options.params;
    this.caller = options.caller;
    this.requestId = options.requestId;
    this.trace = options.trace;
    this.isReadOnly = options.isReadOnly;
    this.explains = options.explains;
    this.#accept = options.accept;
    this.startedAt = options.startedAt;
    this.#timeoutMs = options.timeoutMs;
    this.#signal = options.signal;
  }

  get acceptsEvents(): boolean {
    return acceptsEvents(this.#accept);
  }

  get signal(): AbortSignal {
    return this.#signal();
  }

  get deadline(): Deadline {
    return (this.#deadline ??= this.createDeadline());
  }

  createDeadline(): Deadline {
    return startDeadline(this.#signal(), this.#timeoutMs);
  }
}
