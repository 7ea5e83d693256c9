import { isJson, type JsonBody, readJson } from './body.ts';
import { readError } from './error-answer.ts';
import { PayloadError, type Scope } from './errors.ts';
import type { RawAnswer } from './exchange.ts';

export interface ApiAnswer extends JsonBody {
  /** What was asked, for errors about the body: `GET /v2/images`. */
  readonly call: string;
}

/** What a call needs of the token and of the response. */
export interface ExpectedAnswer {
  readonly scopes: readonly Scope[];
  /** Whether a success needs no body. */
  readonly isEmpty?: boolean;
}

const NOTHING: JsonBody = { body: null, bytes: Buffer.alloc(0) };

/**
 * Reads what an answer says: at once, but for what is compressed. Each 2xx that brings what the call needs is a success,
 * whichever of them is documented.
 * @throws StatusError | RateLimitError | IntermediaryError | PayloadError | NetworkError
 */
export function readAnswer(
  call: string,
  answer: RawAnswer,
  { scopes, isEmpty = false }: ExpectedAnswer,
): ApiAnswer | Promise<ApiAnswer> {
  const { status, headers } = answer;
  if (status >= 400) return fail(call, answer, scopes);
  if (status < 200 || status >= 300 || (!isEmpty && hasNoWholeBody(status)))
    throw new PayloadError(call, 'STATUS', `answered ${status}, of which this call has no use`);
  if (!isJson(headers) && !(isEmpty && isBlank(answer)))
    throw new PayloadError(call, 'CONTENT_TYPE', 'the answer is not JSON');
  const json = isEmpty ? NOTHING : readJson(call, answer);
  return json instanceof Promise ? json.then((read) => ({ call, ...read })) : { call, ...json };
}

/** No Content, Reset Content and Partial Content (RFC 9110, section 15.3). */
function hasNoWholeBody(status: number): boolean {
  return status === 204 || status === 205 || status === 206;
}

/** Some frameworks send a space as the body of a response that has none. */
function isBlank({ body }: RawAnswer): boolean {
  return Buffer.isBuffer(body) && body.toString('latin1').trim() === '';
}

async function fail(call: string, answer: RawAnswer, scopes: readonly Scope[]): Promise<never> {
  throw await readError(call, answer, scopes);
}
