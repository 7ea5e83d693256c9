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
 * an id of the manifest (GraphQL over HTTP, appendix on persisted documents), or as `extensions.persistedQuery`
 * (Apollo's clients and routers, which register a document by sending it once with its hash).
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
    extractPersistedOperationId: (params, request) => documentIdOf(params, request)?.id ?? null,
    getPersistedOperation: (id, request) => trusted?.get(id) ?? registered?.get(request, id) ?? null,
    customErrors: {
      notFound: refuse(unknown),
      keyNotFound: refuse('ID_REQUIRED'),
      persistedQueryOnly: refuse('ID_REQUIRED'),
    },
  });
  /** What is registered once it turns out to be a document that runs. */
  const offered = new WeakMap<Request, { readonly hash: string; readonly document: string }>();
  const register = (request: Request) => {
    const offer = offered.get(request);
    if (offer !== undefined) registered?.set(request, offer.hash, offer.document);
  };

  return {
    ...persisted,
    onParams(payload) {
      const { params, request } = payload;
      if (!isRequest(params)) return undefined;
      const given = documentIdOf(params, request);
      if (params.query && given?.isHash && registered !== null) {
        if (sha256(params.query) !== given.id) throw refuse('MISMATCH')();
        offered.set(request, { hash: given.id, document: params.query });
      }
      // Neither document nor id: that is for whoever checks the request to say.
      if (!params.query && given === null && !onlyTrusted) return undefined;
      return persisted.onParams?.(payload);
    },
    onExecute: ({ args }) => register(args.contextValue.request),
    onSubscribe: ({ args }) => register(args.contextValue.request),
  };
}

/** What is not even of this shape is refused later, with the reason. */
function isRequest(params: unknown): params is GraphQLParams {
  if (typeof params !== 'object' || params === null) return false;
  const query: unknown = Reflect.get(params, 'query');
  return query == null || typeof query === 'string';
}

interface DocumentId {
  /** Without the `sha256:` in front of a hash. */
  readonly id: string;
  readonly isHash: boolean;
}

/** The id that stands for a document: in the body, by GET in the URL; `documentId` first, where both are there. */
function documentIdOf(params: GraphQLParams, request: Request): DocumentId | null {
  const ids = [
    Reflect.get(params, 'documentId'),
    request.method === 'GET' && new URL(request.url).searchParams.get('documentId'),
  ];
  const id = ids.find((one) => typeof one === 'string' && one !== '');
  if (typeof id === 'string') return toDocumentId(id, { isHash: id.startsWith('sha256:') });
  const { persistedQuery }: Record<string, unknown> = params.extensions ?? {};
  if (typeof persistedQuery !== 'object' || persistedQuery === null) return null;
  const hash: unknown = Reflect.get(persistedQuery, 'sha256Hash');
  if (Reflect.get(persistedQuery, 'version') !== 1 || typeof hash !== 'string') return null;
  return toDocumentId(hash, { isHash: true });
}

function toDocumentId(id: string, { isHash }: { readonly isHash: boolean }): DocumentId {
  return { id: id.replace(/^sha256:/, ''), isHash };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
