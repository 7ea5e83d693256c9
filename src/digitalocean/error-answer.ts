import { header, isJson, readJson, toApiError } from './body.ts';
import {
  type ApiError,
  IntermediaryError,
  PayloadError,
  RateLimitError,
  type Scope,
  StatusError,
} from './errors.ts';
import type { RawAnswer } from './exchange.ts';
import { type ErrorBody, parseErrorBody, parseToken } from './payloads.ts';
import { parseRetryAfter } from './rate-limit.ts';

/** Where a 429 gives no usable time. */
const DEFAULT_RETRY_AFTER_S = 60;

/**
 * What a 4xx says of the token, the image or the input counts only where the API says it: its errors are JSON with an id
 * and a message. A page of an edge or a proxy has the same statuses for reasons of its own. A 429 and a 5xx mean the
 * same from either: wait.
 */
export async function readError(
  call: string,
  answer: RawAnswer,
  scopes: readonly Scope[],
): Promise<ApiError> {
  const { status, headers } = answer;
  const body = await readErrorBody(call, answer);
  const requestId =
    (body instanceof Error ? undefined : body.requestId) ?? parseToken(header(headers['x-request-id']));
  const retryAfter = header(headers['retry-after']);
  const nowMs = Date.now();
  if (status === 429) {
    const rateLimitReset = header(headers['ratelimit-reset']);
    const seconds = parseRetryAfter({ retryAfter, rateLimitReset, nowMs }) ?? DEFAULT_RETRY_AFTER_S;
    return new RateLimitError(call, { requestId, retryAfter: seconds });
  }
  const error = { status, requestId, retryAfter: parseRetryAfter({ retryAfter, nowMs }) };
  if (!(body instanceof Error)) {
    const complaint = [400, 409, 422].includes(status) ? body.message : undefined;
    return new StatusError(call, { ...error, id: body.id, complaint, scopes });
  }
  if (status >= 500) return new StatusError(call, error);
  return body instanceof PayloadError ? new IntermediaryError(call, { ...error, reason: body.reason }) : body;
}

/** What the API says of an error, or what shows that the body is not the API's. */
async function readErrorBody(call: string, answer: RawAnswer): Promise<ErrorBody | ApiError> {
  try {
    // JSON without a type is still the API's; a page always has one.
    if (answer.headers['content-type'] !== undefined && !isJson(answer.headers))
      throw new PayloadError(call, 'CONTENT_TYPE', 'the error is not JSON');
    const { body } = await readJson(call, answer);
    const error = parseErrorBody(body);
    if (error === null) throw new PayloadError(call, 'SHAPE', 'the error has no id and message');
    return error;
  } catch (error) {
    return toApiError(call, error);
  }
}
