import { type DocumentNode, getOperationAST, GraphQLError, type GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';

import { QueryPlan } from '../execution/query-plan.ts';
import { type DocumentLimits, parseDocument, type SenderLimits } from './parse-document.ts';
import { type PlanCache, PreparedOperation } from './prepared-operation.ts';
import { rootFieldsOf } from './root-fields.ts';
import { validateDocument } from './validation.ts';

export interface OperationStoreOptions {
  /** Serves clients. */
  readonly api: GraphQLSchema;
  /** Serves routers: operations with `_service` or `_entities`. */
  readonly subgraph: GraphQLSchema;
  /** Whether clients may introspect. */
  readonly introspection: boolean;
  readonly limits: SenderLimits<DocumentLimits>;
}

/** What is cached of a document weighs some twenty times its text. */
const MAX_CHARACTERS = 500_000;
const MAX_DOCUMENTS = 1_000;
/** Of all compiled plans together; a field weighs about a kilobyte. */
const MAX_PLANNED_FIELDS = 20_000;

/** A parsed document, and those of its operations that were asked for. */
interface StoredDocument {
  readonly document: DocumentNode;
  /** By the name that the request gives. Only operations that exist have an entry, so a document bounds their number. */
  readonly operations: Map<string | null, PreparedOperation | AggregateError>;
}

/**
 * Parses, validates and prepares each document once, for all tenants. The key is the text of the document, and
 * everything cached is a function of that text alone: no variable, header or token of a request is in it.
 */
export class OperationStore {
  readonly #options: OperationStoreOptions;
  readonly #documents = new LRUCache<string, StoredDocument | Error>({
    max: MAX_DOCUMENTS,
    maxSize: MAX_CHARACTERS,
    sizeCalculation: (_document, text) => text.length + 1,
  });
  readonly #plans: PlanCache = new LRUCache({
    maxSize: MAX_PLANNED_FIELDS,
    sizeCalculation: (plan) => (plan instanceof QueryPlan ? plan.fields : 1),
  });
  #prepared = 0;

  constructor(options: OperationStoreOptions) {
    this.#options = options;
  }

  /**
   * The operation that a request selects.
   * @throws GraphQLError where the document cannot be parsed, or has no such operation
   * @throws AggregateError of GraphQLErrors where it is not valid
   * @throws ComplexityError where its text is over a limit
   */
  prepare(text: string, operationName: string | null): PreparedOperation {
    const stored = this.#documents.get(text) ?? this.#store(text);
    if (stored instanceof Error) throw stored;
    const { document, operations } = stored;
    const known = operations.get(operationName);
    const prepared = known ?? this.#prepare(document, operationName);
    if (known === undefined) operations.set(operationName, prepared);
    if (prepared instanceof AggregateError) throw prepared;
    return prepared;
  }

  /** A text over a limit is not cached: it would be a long key of nothing. */
  #store(text: string): StoredDocument | Error {
    const stored = this.#parse(text);
    this.#documents.set(text, stored);
    return stored;
  }

  #parse(text: string): StoredDocument | Error {
    try {
      return { document: parseDocument(text, this.#options.limits), operations: new Map() };
    } catch (error) {
      if (error instanceof GraphQLError) return withoutFrames(error);
      throw error;
    }
  }

  #prepare(document: DocumentNode, operationName: string | null): PreparedOperation | AggregateError {
    const operation = getOperationAST(document, operationName);
    if (operation == null) {
      throw new GraphQLError('Could not determine what operation to execute.', {
        extensions: { code: 'OPERATION_RESOLUTION_FAILURE' },
      });
    }
    const { api, subgraph, introspection } = this.#options;
    const rootFields = rootFieldsOf(document, operationName);
    const schema = rootFields.has('_service') || rootFields.has('_entities') ? subgraph : api;
    const errors = validateDocument(schema, document, { introspection });
    if (errors.length > 0) return withoutFrames(new AggregateError(errors.map(withoutFrames)));
    this.#prepared += 1;
    const id = this.#prepared;
    return new PreparedOperation({ id, schema, document, operation, operationName, plans: this.#plans });
  }
}

/**
 * An error keeps the frames that it came from, and all that they saw of their request, until its stack is read. A
 * cached one would keep them for as long.
 */
function withoutFrames<E extends Error>(error: E): E {
  void error.stack;
  return error;
}
