import {
  type DocumentNode,
  type FragmentDefinitionNode,
  getVariableValues,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import type { LRUCache } from 'lru-cache';

import { conditionsOf, NotPlannedError, QueryPlan } from '../execution/query-plan.ts';
import { rootFieldsOf } from './root-fields.ts';

/** Variables after coercion by the operation's own definitions, defaults included. */
export type CoercedVariables = Readonly<Record<string, unknown>>;

/** No plan can be made for the document; or the conditions or arguments fail, which the executor reports. */
type Unplanned = 'unplannable' | 'failing';

/** The plans of all operations, by operation and conditions, bounded by their fields. */
export type PlanCache = LRUCache<string, QueryPlan | Unplanned>;

export interface PreparedOperationOptions {
  /** Unique within the process: stands for the operation in the keys of caches. */
  readonly id: number;
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** As the request gives it; null where it gives none. */
  readonly operationName: string | null;
  readonly plans: PlanCache;
}

const NO_VARIABLES: CoercedVariables = Object.freeze({});

/** One operation of a valid document, with everything that is known about it before it runs. */
export class PreparedOperation {
  readonly id: number;
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly operationName: string | null;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  /** Whether anything of it concerns a tenant: introspection, `__typename` and `_service` do not. */
  readonly needsToken: boolean;
  readonly #takesAnyJson: boolean;
  readonly #conditions: readonly string[];
  readonly #plans: PlanCache;

  constructor({ id, schema, document, operation, operationName, plans }: PreparedOperationOptions) {
    this.id = id;
    this.schema = schema;
    this.document = document;
    this.operation = operation;
    this.operationName = operationName;
    this.fragments = Object.fromEntries(
      document.definitions.flatMap((definition) =>
        definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
      ),
    );
    const rootFields = rootFieldsOf(document, operationName);
    this.needsToken = [...rootFields].some((name) => !/^__|^_service$/.test(name));
    this.#takesAnyJson = rootFields.has('_entities');
    this.#conditions = conditionsOf(this);
    this.#plans = plans;
  }

  get type(): OperationTypeNode {
    return this.operation.operation;
  }

  get name(): string | undefined {
    return this.operation.name?.value;
  }

  /**
   * Coerces the variables of a request.
   * @throws AggregateError of GraphQLErrors, one for each variable that does not fit its type.
   */
  coerce(variables: Readonly<Record<string, unknown>>): CoercedVariables {
    const { variableDefinitions = [] } = this.operation;
    if (variableDefinitions.length === 0) return NO_VARIABLES;
    const { coerced, errors } = getVariableValues(this.schema, variableDefinitions, variables);
    if (coerced === undefined) throw new AggregateError(errors);
    return coerced;
  }

  /** The variables as one text; null where JSON cannot tell them from others. */
  toKey(variables: CoercedVariables): string | null {
    if (variables === NO_VARIABLES) return '';
    if (!this.#takesAnyJson) return JSON.stringify(variables);
    // Only the representations of `_entities` have numbers that no scalar has checked.
    let isUnique = true;
    const text = JSON.stringify(variables, (_name, value: unknown) => {
      if (typeof value === 'number' && !Number.isFinite(value)) isUnique = false;
      return value;
    });
    return isUnique ? text : null;
  }

  /** The compiled plan for these variables; null if only the reference executor can run it. */
  planFor(variables: CoercedVariables): QueryPlan | null {
    if (this.type !== OperationTypeNode.QUERY) return null;
    const conditions = Object.fromEntries(this.#conditions.map((name) => [name, variables[name]]));
    // Booleans, null or absent: JSON writes no two of these objects alike.
    const key = this.#conditions.length === 0 ? `${this.id}` : `${this.id} ${JSON.stringify(conditions)}`;
    const cached = this.#plans.get(key);
    const plan = cached ?? this.#compile(conditions);
    if (cached === undefined) this.#plans.set(key, plan);
    return plan instanceof QueryPlan ? plan : null;
  }

  #compile(conditions: CoercedVariables): QueryPlan | Unplanned {
    try {
      return new QueryPlan(this, conditions);
    } catch (error) {
      if (error instanceof GraphQLError) return 'failing';
      if (error instanceof NotPlannedError) return 'unplannable';
      throw error;
    }
  }
}
