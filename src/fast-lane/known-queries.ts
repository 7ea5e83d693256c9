import type { DocumentNode, GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';

import type { coerceQuery } from '../execution/planned-execution.ts';
import type { PlainPost } from './plain-post.ts';

/** A query that the server has once answered without an error: it is well-formed, valid and served. */
export interface KnownQuery {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  /** As the request names it. */
  readonly operationName: string | null | undefined;
  /** As the document has it and the log tells it. */
  readonly name: string | undefined;
}

/** A request for a known query, and what follows from it, whoever sends it. */
export interface KnownRequest {
  readonly query: KnownQuery;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Undefined before anybody has asked. */
  isAffordable?: boolean;
  coerced?: ReturnType<typeof coerceQuery>;
}

const MAX_QUERIES = 1_000;
/** Of all their texts together; what is kept of a document weighs some twenty times its text. */
const MAX_CHARACTERS = 1_000_000;
/** As many bodies are remembered with what they ask for. */
const BODIES = 256;
const MAX_BODY_LENGTH = 4_096;
/** Stands for a query of which no plan can be made. */
const UNPLANNED = Symbol('unplanned');

/**
 * The queries that need not be parsed, validated and looked up again, by their text, or by the id that stands for it.
 * An id counts for the tenant who has used it: what it stands for may be that tenant's own.
 */
export class KnownQueries {
  readonly #queries = new LRUCache<string, KnownQuery | typeof UNPLANNED>({
    max: MAX_QUERIES,
    maxSize: MAX_CHARACTERS,
    sizeCalculation: (_query, key) => key.length,
    dispose: (query) => this.#forgetBodies(query),
  });

  /** Many callers send the same bytes. Each is remembered for as long as its query is. */
  readonly #bodies: (SeenBody | undefined)[] = Array.from({ length: BODIES });

  /** Null where the body is none of a known query: for the server to tell what it is. */
  find(post: PlainPost): KnownRequest | null {
    const place = placeOf(post.body);
    const seen = this.#bodies[place];
    if (seen?.body === post.body) {
      // The query is in use.
      this.#queries.get(seen.key);
      return seen.request;
    }
    const params = parseParams(post.body);
    if (params === null) return null;
    const isById = hasId(params);
    // A document with its id is there to be registered.
    if (params.query != null && isById) return null;
    const key = toKey(params, post);
    const query = this.#queries.get(key);
    if (query === undefined || query === UNPLANNED) return null;
    const request: KnownRequest = { query, variables: params.variables ?? {} };
    // An id is one tenant's.
    if (!isById && post.body.length <= MAX_BODY_LENGTH)
      this.#bodies[place] = { body: post.body, key, request };
    return request;
  }

  learn(post: PlainPost, query: KnownQuery): void {
    const params = parseParams(post.body);
    // A document sent with its id was served as a document: whether the id is served too is another question.
    if (params === null || (params.query != null && hasId(params))) return;
    const key = toKey(params, post);
    if (!this.#queries.has(key)) this.#queries.set(key, query);
  }

  /** Of this query no plan can be made: it is left to the server from now on. */
  giveUp(post: PlainPost): void {
    const params = parseParams(post.body);
    if (params !== null) this.#queries.set(toKey(params, post), UNPLANNED);
  }

  #forgetBodies(query: KnownQuery | typeof UNPLANNED): void {
    for (const [place, seen] of this.#bodies.entries())
      if (seen?.request.query === query) this.#bodies[place] = undefined;
  }
}

interface SeenBody {
  readonly body: string;
  /** Of its query. */
  readonly key: string;
  readonly request: KnownRequest;
}

interface Params {
  readonly query?: string | null;
  readonly operationName?: string | null;
  readonly documentId?: string | null;
  readonly variables?: Record<string, unknown> | null;
  readonly extensions?: { readonly persistedQuery?: { readonly sha256Hash: string } | null } | null;
}

/** How each parameter looks in a request that asks for nothing unusual. */
const PARAMS: ReadonlyMap<string, (value: unknown) => boolean> = new Map([
  ['query', isText],
  ['operationName', isName],
  ['documentId', isText],
  ['variables', isRecord],
  ['extensions', isExtensions],
]);

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isName(value: unknown): boolean {
  return isText(value) && /^\w+$/.test(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A `persistedQuery` has to be one that the server serves: its hash alone then stands for it in a key. */
function isExtensions(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { persistedQuery } = value;
  if (persistedQuery == null) return true;
  return isRecord(persistedQuery) && persistedQuery['version'] === 1 && isText(persistedQuery['sha256Hash']);
}

function parseParams(body: string): Params | null {
  let params: unknown;
  try {
    params = JSON.parse(body);
  } catch {
    return null;
  }
  return isParams(params) ? params : null;
}

function isParams(params: unknown): params is Params {
  if (typeof params !== 'object' || params === null || Array.isArray(params)) return false;
  return Object.entries(params).every(
    ([name, value]) => PARAMS.has(name) && (value === null || PARAMS.get(name)?.(value)),
  );
}

function hasId({ documentId, extensions }: Params): boolean {
  return documentId != null || extensions?.persistedQuery != null;
}

/** Two that have one place push out one another. */
function placeOf(body: string): number {
  // Not more than 256 characters, over all of it.
  const step = 1 + (body.length >> 8);
  let hash = body.length;
  for (let at = body.length - 1; at >= 0; at -= step) hash = (Math.imul(hash, 31) + body.charCodeAt(at)) | 0;
  return (hash >>> 0) % BODIES;
}

function toKey(params: Params, { tenant }: Pick<PlainPost, 'tenant'>): string {
  const { query, operationName, documentId, extensions } = params;
  // A name has no line's end in it.
  if (!hasId(params)) return `${operationName ?? ''}\n${query ?? ''}`;
  const hash = extensions?.persistedQuery?.sha256Hash;
  // Strings or null: JSON writes no two of these alike.
  return JSON.stringify([tenant, documentId ?? null, hash ?? null, operationName ?? null]);
}
