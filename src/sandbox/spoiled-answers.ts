import { gzipSync } from 'node:zlib';

import type { Fault } from './faults.ts';

import { apiError, toErrorBody } from './api-errors.ts';
import { oddPage } from './odd-pages.ts';

/** An answer as it goes over the wire. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

export interface AnswerSource {
  /** The answer that the request would get without a fault; asking for it does what the request asks for. */
  readonly real: () => Answer;
  /** What every answer of the API has. */
  readonly headers: Readonly<Record<string, string>>;
  readonly requestId: string;
  /** Where a redirect leads: an origin that is not the one that was asked. */
  readonly elsewhere: string;
}

const JSON_TYPE = { 'content-type': 'application/json' };
const GZIP = { ...JSON_TYPE, 'content-encoding': 'gzip' };
const BIG_BODY_BYTES = 13 * 1024 * 1024;
const BOMB_BYTES = 50 * 1024 * 1024;
const BIG_HEADER_BYTES = 20 * 1024;

const HTML = `<!DOCTYPE html>
<html><head><title>Error</title></head><body><h1>The web server reported an error</h1></body></html>
`;

let bomb: Buffer | undefined;

/** The answer that a fault makes of a request: one of its own, or the real one spoiled. */
export function spoilAnswer(fault: Fault, source: AnswerSource): Answer {
  const answer = spoil(fault, replaceAnswer(fault, source));
  const headers: Record<string, string> = { ...source.headers, ...answer.headers };
  if (fault.status === 429) headers['ratelimit-remaining'] = '0';
  if (fault.retryAfter !== undefined) headers['retry-after'] = String(fault.retryAfter);
  for (const [name, value] of Object.entries(fault.headers ?? {})) headers[name.toLowerCase()] = value;
  return { ...answer, headers };
}

/** Kinds that need nothing of the real answer go first, so that their request has no effect. */
function replaceAnswer(fault: Fault, { real, requestId, elsewhere }: AnswerSource): Answer {
  const { status, body } = fault;
  switch (fault.kind) {
    case 'html':
      return { status: status ?? 502, headers: { 'content-type': 'text/html' }, body: HTML };
    case 'empty':
      return { status: status ?? 200, headers: JSON_TYPE, body: '' };
    case 'not-json':
      return { status: status ?? 200, headers: JSON_TYPE, body: 'upstream connect error {"images": [' };
    case 'redirect':
      return { status: status ?? 302, headers: { ...JSON_TYPE, location: elsewhere }, body: '{}' };
    case 'gzip-garbage':
      return { status: status ?? 200, headers: GZIP, body: Buffer.from('\u001f this was never compressed') };
    case 'gzip-bomb':
      bomb ??= gzipSync(padded('{}', BOMB_BYTES), { level: 6 });
      return { status: status ?? 200, headers: GZIP, body: bomb };
    default:
  }
  if (body !== undefined) {
    return {
      status: status ?? 200,
      headers: JSON_TYPE,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    };
  }
  if (status !== undefined && status >= 400) {
    return { status, headers: JSON_TYPE, body: JSON.stringify(toErrorBody(apiError(status), requestId)) };
  }
  const answer = real();
  const ofPage = fault.page === undefined ? answer.body : oddPage(String(answer.body), fault.page);
  return { ...answer, body: ofPage, status: status ?? answer.status };
}

function spoil({ kind }: Fault, answer: Answer): Answer {
  const { headers, body } = answer;
  switch (kind) {
    case 'wrong-type':
      return { ...answer, headers: { ...headers, 'content-type': 'text/plain' } };
    case 'truncate':
      return { ...answer, headers: { ...headers, connection: 'close' }, body: firstHalf(body) };
    case 'gzip':
      return { ...answer, headers: { ...headers, 'content-encoding': 'gzip' }, body: gzipSync(body) };
    case 'big-body':
      return { ...answer, body: padded(String(body), BIG_BODY_BYTES) };
    case 'big-headers':
      return { ...answer, headers: { ...headers, 'x-padding': 'x'.repeat(BIG_HEADER_BYTES) } };
    default:
      return answer;
  }
}

export function firstHalf(body: string | Buffer): Buffer {
  const bytes = Buffer.from(body);
  return bytes.subarray(0, Math.floor(bytes.length / 2));
}

/** A JSON object that stays one, with a member that has nothing in it but length. */
function padded(json: string, bytes: number): string {
  const start = json.trimEnd().replace(/\}$/, '');
  return `${start}${start === '{' ? '' : ','}"padding":"${' '.repeat(bytes)}"}`;
}
