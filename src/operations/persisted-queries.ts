import { createHash } from 'node:crypto';

import { LRUCache } from 'lru-cache';

import { type RequestParams, RequestParamsError } from './request-params.ts';
import type { TrustedDocuments } from './trusted-documents.ts';

/** Why a document, or the id of one, is not served. */
export type DocumentRefusal = 'NOT_FOUND' | 'NOT_IN_LIST' | 'NOT_SUPPORTED' | 'ID_REQUIRED' | 'MISMATCH';

/** The document, or the id of one, is not served. */
export class DocumentError extends Error {
  override readonly name = 'DocumentError';
  readonly refusal: DocumentRefusal;

  constructor(refusal: DocumentRefusal) {
    super(refusal);
    this.refusal = refusal;
  }
}

export interface PersistedQueriesOptions {
  /** Documents by id, from a manifest; null where there is none. */
  readonly trusted: TrustedDocuments | null;
  /** Whether only these are served. */
  readonly onlyTrusted: boolean;
  /** Whether callers may register documents by their SHA-256. */
  readonly automatic: boolean;
}

/** The document that a request selects. */
export interface SelectedDocument {
  readonly text: string;
  /** The SHA-256 under which the caller registers it, once it proves valid; null where it registers nothing. */
  readonly registerAs: string | null;
}

const MAX_CHARACTERS = 4 * 1024 * 1024;

/**
 * Serves documents by an id in their place: as `documentId`, which is `sha256:` and a hash or an id of the manifest
 * (GraphQL over HTTP, appendix on persisted documents), or as `extensions.persistedQuery` (Apollo's clients and
 * routers, which register a document by sending it once with its hash).
 *
 * Each tenant has the documents that it registered itself: another must not guess them.
 */
export class PersistedQueries {
  readonly #trusted: TrustedDocuments | null;
  readonly #onlyTrusted: boolean;
  readonly #registered: LRUCache<string, string> | null;

  constructor({ trusted, onlyTrusted, automatic }: PersistedQueriesOptions) {
    this.#trusted = trusted;
    this.#onlyTrusted = onlyTrusted;
    const isRegistering = automatic && !onlyTrusted;
    this.#registered = isRegistering
      ? new LRUCache({
          maxSize: MAX_CHARACTERS,
          sizeCalculation: (document, key) => document.length + key.length,
        })
      : null;
  }

  /**
   * The document of a request, its own or the one that its id stands for.
   * @param tenant null where the caller sent no usable token
   * @throws DocumentError | RequestParamsError
   */
  select(params: RequestParams, tenant: string | null): SelectedDocument {
    const { query } = params;
    if (query !== null && this.#onlyTrusted) throw new DocumentError('ID_REQUIRED');
    const id = toDocumentId(params);
    if (id === null) {
      if (query !== null) return { text: query, registerAs: null };
      if (this.#onlyTrusted) throw new DocumentError('ID_REQUIRED');
      throw new RequestParamsError('Give a document as "query", or the id of one as "documentId".');
    }
    if (query === null) return { text: this.#find(id.id, tenant), registerAs: null };
    if (!id.isHash || this.#registered === null) return { text: query, registerAs: null };
    if (createHash('sha256').update(query).digest('hex') !== id.id) throw new DocumentError('MISMATCH');
    return { text: query, registerAs: id.id };
  }

  /** Registers a document that a caller sent with its hash. */
  register(tenant: string, hash: string, document: string): void {
    this.#registered?.set(`${tenant} ${hash}`, document);
  }

  #find(id: string, tenant: string | null): string {
    const registered = tenant === null ? undefined : this.#registered?.get(`${tenant} ${id}`);
    const document = this.#trusted?.get(id) ?? registered;
    if (document !== undefined) return document;
    if (this.#registered !== null) throw new DocumentError('NOT_FOUND');
    throw new DocumentError(this.#trusted === null ? 'NOT_SUPPORTED' : 'NOT_IN_LIST');
  }
}

interface DocumentId {
  /** Without the prefix `sha256:` of a hash. */
  readonly id: string;
  readonly isHash: boolean;
}

/** The id of a request's document; `documentId` first, where both forms are given. */
function toDocumentId({ documentId, extensions }: RequestParams): DocumentId | null {
  if (documentId !== null)
    return { id: documentId.replace(/^sha256:/, ''), isHash: documentId.startsWith('sha256:') };
  const { persistedQuery } = extensions;
  if (typeof persistedQuery !== 'object' || persistedQuery === null) return null;
  const hash: unknown = Reflect.get(persistedQuery, 'sha256Hash');
  if (Reflect.get(persistedQuery, 'version') !== 1 || typeof hash !== 'string') return null;
  return { id: hash.replace(/^sha256:/, ''), isHash: true };
}
