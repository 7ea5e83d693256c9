import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

import { LRUCache } from 'lru-cache';

import type { ImageList } from './lists/image-list.ts';

/** The lists that an answer was made of, by their filters, and what the request was. */
export interface AnswerOrigin {
  readonly lists: ReadonlyMap<string, ImageList>;
  readonly operation: string;
  readonly operationName: string | undefined;
}

interface Answer extends Omit<AnswerOrigin, 'lists'> {
  /** Weakly: an answer keeps no list that the store has let go. */
  readonly lists: readonly (readonly [filter: string, list: WeakRef<ImageList>])[];
  readonly headers: Readonly<Record<string, string>>;
  /** A text, and no bytes of its own outside the heap, which would be let go late. */
  readonly body: string;
}

/** A request whose answer was at hand. */
export interface MemoHit extends Omit<AnswerOrigin, 'lists'> {
  /** Of how many lists. */
  readonly lists: number;
  readonly requestId: string;
  readonly tenant: string;
  readonly durationMs: number;
}

export interface AnswerMemoOptions {
  /** Bound on all kept answers and their requests together. */
  readonly maxBytes: number;
  /** The tenant of a request; null where it brings no usable token. */
  readonly tenantOf: (authorization: string | undefined) => string | null;
  /** Whether a list is what a new reading under this filter would answer from, without a call. */
  readonly isCurrent: (tenant: string, filter: string, list: ImageList) => boolean;
  /** What an answer that has just been sent was made of; null where something else than lists had a part in it. */
  readonly originOf: (response: ServerResponse) => AnswerOrigin | null;
  readonly requestIdOf: (given: string | undefined) => string;
  readonly onHit: (hit: MemoHit) => void;
}

/** Longer requests are read by the server itself. */
const MAX_REQUEST_BYTES = 4_096;
/** Headers of an answer that are of one request and not of the answer. */
const PER_REQUEST = new Set([
  'x-request-id',
  'date',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
]);

/**
 * The same request of the same tenant over the same lists has the same answer, to the byte: a door in front of the
 * server that gives it again without looking at the document.
 *
 * A request is the same where tenant, body, `Accept`, `Content-Type` and `Origin` are; no other header has a part in
 * an answer, but those that turn the door off (`X-Explain`, `traceparent`). An answer counts for as long as each list
 * that it was made of is the one that would be read now and is fresh, so that it never outlives what it says: a write,
 * a refused token, a new reading or age end it. Only a query without errors whose data is of lists alone is kept.
 */
export function createAnswerMemo(options: AnswerMemoOptions, next: RequestListener): RequestListener {
  const { tenantOf, isCurrent, originOf, requestIdOf, onHit } = options;
  const answers = new LRUCache<string, Answer>({
    maxSize: options.maxBytes,
    sizeCalculation: ({ body }, key) => body.length + 2 * key.length,
  });

  const findCurrent = (key: string, tenant: string): Answer | undefined => {
    const answer = answers.get(key);
    if (answer === undefined) return undefined;
    for (const [filter, list] of answer.lists) {
      const held = list.deref();
      if (held !== undefined && isCurrent(tenant, filter, held)) continue;
      answers.delete(key);
      return undefined;
    }
    return answer;
  };

  return (request, response) => {
    const tenant = isCandidate(request) ? tenantOf(request.headers.authorization) : null;
    if (tenant === null) {
      next(request, response);
      return;
    }
    const startedAt = performance.now();
    readBody(request, (body) => {
      const { accept, origin, 'content-type': type, 'x-request-id': given } = request.headers;
      const key = [tenant, accept, type, origin, body].join('\n');
      const answer = findCurrent(key, tenant);
      if (answer === undefined) {
        keepAnswer(response, originOf, (kept) => answers.set(key, kept));
        // The server reads a body from here where something before it has read the stream.
        next(Object.assign(request, { body }), response);
        return;
      }
      const requestId = requestIdOf(typeof given === 'string' ? given : undefined);
      response.writeHead(200, { ...answer.headers, 'x-request-id': requestId }).end(answer.body);
      const { operation, operationName } = answer;
      const lists = answer.lists.length;
      onHit({
        lists,
        operation,
        operationName,
        requestId,
        tenant,
        durationMs: performance.now() - startedAt,
      });
    });
  };
}

function isCandidate({ method, url, headers }: IncomingMessage): boolean {
  const length = Number(headers['content-length']);
  return (
    method === 'POST' &&
    url === '/graphql' &&
    length > 0 &&
    length <= MAX_REQUEST_BYTES &&
    headers['content-type']?.startsWith('application/json') === true &&
    headers['content-encoding'] === undefined &&
    headers['x-explain'] === undefined &&
    headers['traceparent'] === undefined &&
    !/event-stream|multipart/.test(headers.accept ?? '')
  );
}

function readBody(request: IncomingMessage, done: (body: string) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => done(Buffer.concat(chunks).toString('utf8')));
}

/** Looks at an answer on its way out; it is as it would be without. */
function keepAnswer(
  response: ServerResponse,
  originOf: AnswerMemoOptions['originOf'],
  keep: (answer: Answer) => void,
): void {
  let body = '';
  const write = response.write.bind(response);
  const end = response.end.bind(response);
  const look = (chunk: unknown) => {
    if (typeof chunk === 'string') body += chunk;
    else if (chunk instanceof Uint8Array) body += Buffer.from(chunk).toString('utf8');
  };
  response.write = (chunk: unknown, ...rest: never[]) => {
    look(chunk);
    return write(chunk, ...rest);
  };
  response.end = (chunk?: unknown, ...rest: never[]) => {
    look(chunk);
    const origin = response.statusCode === 200 ? originOf(response) : null;
    if (origin !== null) {
      const headers = Object.fromEntries(
        Object.entries(response.getHeaders()).flatMap(([name, value]) =>
          PER_REQUEST.has(name) ? [] : [[name, String(value)]],
        ),
      );
      const lists = Array.from(origin.lists, ([filter, list]) => [filter, new WeakRef(list)] as const);
      keep({
        ...origin,
        lists,
        headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
        body,
      });
    }
    return end(chunk, ...rest);
  };
}
