import { createHash } from 'node:crypto';

import { usePersistedOperations } from '@graphql-yoga/plugin-persisted-operations';
import { GraphQLError } from 'graphql';
import type { GraphQLParams, Plugin } from 'graphql-yoga';

/** Why a document, or the id of one, is not served. */
export type DocumentRefusal = 'NOT_FOUND' | 'NOT_IN_LIST' | 'NOT_SUPPORTED' | 'ID_REQUIRED' | 'MISMATCH';

export interface PersistedDocumentsOptions {
  /** Documents by id that were known beforehand; null where there are none. */
  readonly trusted: ReadonlyMap<string, string> | null;
  /** Whether nothing else is served. */
  readonly onlyTrusted: boolean;
  /** Documents that callers have registered by their SHA-256; null where they may not. */
  readonly automatic: {
    get(request: Request, hash: string): string | undefined;
    set(request: Request, hash: string, document: string): void;
  } | null;
  readonly toError: (refusal: DocumentRefusal) => Error;
}

/**
 * Serves documents by an id in their place, by POST and by GET: as `documentId`, which is `sha256:` and a hash or
 * an id of the manifest (GraphQL over HTTP, appendix A), or as `extensions.persistedQuery` (Apollo's clients and
 * routers, which register a document by sending it once with its hash).
 */
export function usePersistedDocuments({
  trusted,
  onlyTrusted,
  automatic,
  toError,
}: PersistedDocumentsOptions): Plugin {
  const refuse = (refusal: DocumentRefusal) => () => {
    const originalError = toError(refusal);
    return new GraphQLError(originalError.message, { originalError });
  };
  const registered = onlyTrusted ? null : automatic;
  const unknown = registered === null ? (trusted === null ? 'NOT_SUPPORTED' : 'NOT_IN_LIST') : 'NOT_FOUND';
  const persisted = usePersistedOperations({
    allowArbitraryOperations: !onlyTrusted,
    extractPersistedOperationId: documentIdOf,
    getPersistedOperation: (id, request) => trusted?.get(id) ?? registered?.get(request, id) ?? null,
    customErrors: {
      notFound: refuse(unknown),
      keyNotFound: refuse('ID_REQUIRED'),
      persistedQueryOnly: refuse('ID_REQUIRED'),
    },
  });

  return {
    ...persisted,
    onParams(payload) {
      const { params, request } = payload;
      if (!isRequest(params)) return undefined;
      const id = documentIdOf(params, request);
      if (params.query && id !== null && registered !== null) {
        if (createHash('sha256').update(params.query).digest('hex') !== id) throw refuse('MISMATCH')();
        registered.set(request, id, params.query);
      }
      // Neither document nor id: that is for whoever checks the request to say.
      if (!params.query && id === null && !onlyTrusted) return undefined;
      return persisted.onParams?.(payload);
    },
  };
}

/** What is not even of this shape is refused later, with the reason. */
function isRequest(params: unknown): params is GraphQLParams {
  if (typeof params !== 'object' || params === null) return false;
  const query: unknown = Reflect.get(params, 'query');
  return query == null || typeof query === 'string';
}

/** The id that stands for a document, without the `sha256:` in front of a hash; null where there is none. */
function documentIdOf(params: GraphQLParams, request: Request): string | null {
  const { persistedQuery }: Record<string, unknown> = params.extensions ?? {};
  const hash =
    typeof persistedQuery === 'object' &&
    persistedQuery !== null &&
    Reflect.get(persistedQuery, 'sha256Hash');
  const given = [
    hash,
    Reflect.get(params, 'documentId'),
    request.method === 'GET' && new URL(request.url).searchParams.get('documentId'),
  ];
  const id = given.find((one) => typeof one === 'string' && one !== '');
  return typeof id === 'string' ? id.replace(/^sha256:/, '') : null;
}
