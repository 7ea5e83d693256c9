import { type DocumentNode, getOperationAST, type GraphQLSchema } from 'graphql';
import { isAsyncIterable, type Plugin } from 'graphql-yoga';

import { requestIdOf } from './request-id.ts';

/** One GraphQL request, once its answer begins. */
export interface RequestRecord<C> {
  readonly request: Request;
  readonly requestId: string;
  /** Undefined where the request named none that runs. */
  readonly operation: 'query' | 'mutation' | 'subscription' | undefined;
  readonly operationName: string | undefined;
  /** Undefined where nothing was executed. */
  readonly executed: Executed<C> | undefined;
  /** HTTP status; 499 where the caller went away. */
  readonly status: number;
  /** Of its errors, each once. */
  readonly codes: readonly string[];
  readonly durationMs: number;
  /** What the server that yoga runs in gives with a request. */
  readonly serverContext: object;
}

export interface Executed<C> {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  /** As the request names it. */
  readonly operationName: string | null | undefined;
  readonly context: C;
}

/** Builds up while a request is answered. */
interface Draft<C> {
  readonly startedAt: number;
  operation?: 'query' | 'mutation' | 'subscription';
  operationName?: string | undefined;
  executed?: Executed<C>;
  codes: readonly string[];
}

/**
 * Tells of each GraphQL request when its answer begins. Stands behind the plugin that gives errors their codes; what
 * is no GraphQL (the page, health) is not told of.
 */
export function useRequestRecord<C extends object>({
  path,
  onRecord,
  startOf,
}: {
  readonly path: string;
  readonly onRecord: (record: RequestRecord<C>) => void;
  /** When a request has begun before it came here, by `performance.now()`. */
  readonly startOf: (serverContext: object) => number | undefined;
}): Plugin<C> {
  const drafts = new WeakMap<Request, Draft<C>>();
  const draftOf = (request: Request, startedAt = performance.now()): Draft<C> => {
    const draft = drafts.get(request) ?? { startedAt, codes: [] };
    drafts.set(request, draft);
    return draft;
  };

  return {
    onRequest({ request, url, serverContext }) {
      if (url.pathname === path) draftOf(request, startOf(serverContext));
    },
    onExecute: ({ args }) => note(args),
    onSubscribe: ({ args }) => note(args),
    onResultProcess({ request, result }) {
      if (Array.isArray(result) || isAsyncIterable(result)) return;
      const codes = (result.errors ?? []).map(({ extensions }) => String(extensions['code']));
      draftOf(request).codes = [...new Set(codes)];
    },
    onResponse({ request, response, serverContext }) {
      const draft = drafts.get(request);
      if (draft === undefined || response.headers.get('content-type')?.startsWith('text/html')) return;
      drafts.delete(request);
      onRecord({
        request,
        requestId: requestIdOf(request),
        operation: draft.operation,
        operationName: draft.operationName,
        executed: draft.executed,
        status: isGone(request, draft.codes) ? 499 : response.status,
        // A response that the client does not accept says so alone.
        codes: response.status === 406 ? ['BAD_REQUEST'] : draft.codes,
        durationMs: performance.now() - draft.startedAt,
        serverContext,
      });
    },
  };

  function note({
    schema,
    document,
    operationName,
    contextValue,
  }: Parameters<NonNullable<Plugin<C>['onExecute']>>[0]['args']) {
    const draft = draftOf(contextValue.request);
    const operation = getOperationAST(document, operationName);
    draft.executed = { schema, document, operationName, context: contextValue };
    if (operation === null || operation === undefined) return;
    draft.operation = operation.operation;
    draft.operationName = operation.name?.value;
  }
}

/** Where the caller went away while it was answered. */
function isGone({ signal }: Request, codes: readonly string[]): boolean {
  return signal.aborted || codes.includes('CLIENT_CLOSED_REQUEST');
}
