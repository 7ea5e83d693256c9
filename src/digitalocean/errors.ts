/**
 * What can go wrong in a call to the images API, as a small family. A message says what was asked and what
 * came of it; it never holds a token, a host or a body, so that it may be logged as it is.
 */
export abstract class ApiError extends Error {
  /** The call, as `GET /v2/images`. */
  readonly call: string;

  constructor(call: string, outcome: string, options?: ErrorOptions) {
    super(`${call}: ${outcome}`, options);
    this.call = call;
  }
}

/** What a token needs for a request, in the API's own words. */
export type Scope =
  | 'image:read'
  | 'image:create'
  | 'image:update'
  | 'image:delete'
  | 'tag:read'
  | 'tag:create';

/** The API itself refused the call or failed at it (4xx), or something did (429 and 5xx). */
export class StatusError extends ApiError {
  override readonly name: string = 'StatusError';
  readonly status: number;
  /** The API's own word for the error (`not_found`), lower case; undefined where the body gave none. */
  readonly id: string | undefined;
  /** What the API says is wrong with the input; only of 400, 409 and 422, without what could be a secret. */
  readonly complaint: string | undefined;
  /** The API's request id, to quote to its support. */
  readonly requestId: string | undefined;
  /** Whole seconds to wait, 1 to 3,600, where the answer named them. */
  readonly retryAfter: number | undefined;
  /** What the call needs of the token. */
  readonly scopes: readonly Scope[];

  constructor(
    call: string,
    answer: {
      status: number;
      id?: string | undefined;
      complaint?: string | undefined;
      requestId?: string | undefined;
      retryAfter?: number | undefined;
      scopes?: readonly Scope[];
    },
  ) {
    super(call, `answered ${answer.status}`);
    this.status = answer.status;
    this.id = answer.id;
    this.complaint = answer.complaint;
    this.requestId = answer.requestId;
    this.retryAfter = answer.retryAfter;
    this.scopes = answer.scopes ?? [];
  }
}

/** 429: this token's budget is spent. `retryAfter` is always known here. */
export class RateLimitError extends StatusError {
  override readonly name = 'RateLimitError';
  override readonly retryAfter: number;

  constructor(call: string, answer: { requestId: string | undefined; retryAfter: number }) {
    super(call, { status: 429, id: 'too_many_requests', ...answer });
    this.retryAfter = answer.retryAfter;
  }
}

/**
 * A 4xx that is not the API's own: an edge or a proxy answered in its place (an intermediary, RFC 9110 section 3.7). It
 * says nothing of the token, the image or the input.
 */
export class IntermediaryError extends ApiError {
  override readonly name = 'IntermediaryError';
  readonly status: number;
  /** What shows that it is not the API's. */
  readonly reason: PayloadProblem;
  readonly requestId: string | undefined;
  /** Whole seconds to wait, 1 to 3,600, where the answer named them. */
  readonly retryAfter: number | undefined;

  constructor(
    call: string,
    answer: {
      status: number;
      reason: PayloadProblem;
      requestId: string | undefined;
      retryAfter: number | undefined;
    },
  ) {
    super(call, `answered ${answer.status}, and not by the API`);
    this.status = answer.status;
    this.reason = answer.reason;
    this.requestId = answer.requestId;
    this.retryAfter = answer.retryAfter;
  }
}

/** No complete answer within `timeoutMs`. */
export class TimeoutError extends ApiError {
  override readonly name = 'TimeoutError';
  /** Whole milliseconds that the last attempt had. */
  readonly timeoutMs: number;
  /** Whether the request may have reached the API. */
  readonly wasSent: boolean;

  constructor(call: string, timeoutMs: number, { wasSent }: { readonly wasSent: boolean }) {
    super(call, `no complete answer within ${timeoutMs} ms`);
    this.timeoutMs = timeoutMs;
    this.wasSent = wasSent;
  }
}

/** No connection, or one that broke before the answer was complete. The reason is in `cause`. */
export class NetworkError extends ApiError {
  override readonly name = 'NetworkError';
  /** Whether the request may have reached the API. */
  readonly wasSent: boolean;

  constructor(call: string, cause: unknown, { wasSent }: { readonly wasSent: boolean }) {
    super(call, 'the connection failed', { cause });
    this.wasSent = wasSent;
  }
}

/** Why an answer of the API could not be used: a closed list, so that a client may act on it. */
export type PayloadProblem =
  | 'CONTENT_TYPE'
  | 'ENCODING'
  | 'NOT_JSON'
  | 'SHAPE'
  | 'STATUS'
  | 'TOO_LARGE'
  | 'WRONG_ACTION'
  | 'WRONG_IMAGE';

/** A whole answer arrived, and it is not one that this API gives. */
export class PayloadError extends ApiError {
  override readonly name = 'PayloadError';
  readonly reason: PayloadProblem;

  constructor(call: string, reason: PayloadProblem, detail: string) {
    super(call, detail);
    this.reason = reason;
  }
}

/**
 * Whether the API may have carried out a write without saying so. A refusal (4xx) is certain, and so is a request that
 * never left; everything else is not.
 */
export function isOutcomeUnknown(error: unknown): boolean {
  // A 408 comes from something in between, which may have passed the request on.
  if (error instanceof StatusError) return error.status >= 500 || error.status === 408;
  if (error instanceof NetworkError || error instanceof TimeoutError) return error.wasSent;
  return error instanceof IntermediaryError || error instanceof PayloadError;
}
