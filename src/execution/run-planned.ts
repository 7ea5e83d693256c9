import {
  type DocumentNode,
  type ExecutionArgs,
  type FragmentDefinitionNode,
  getOperationAST,
  getVariableValues,
  GraphQLError,
  type GraphQLSchema,
  Kind,
} from 'graphql';
import { LRUCache } from 'lru-cache';

import { conditionsOf, NotPlannedError, type PlannedOperation, QueryPlan } from './query-plan.ts';

/** An operation has a plan for each combination of its conditions, and keeps so many of them. */
const MAX_PLANS = 16;

interface KnownOperation {
  readonly planned: PlannedOperation;
  readonly conditions: readonly string[];
  /** By what the conditions are. */
  readonly plans: LRUCache<string, QueryPlan | NotPlannedError>;
}

const known = new WeakMap<GraphQLSchema, WeakMap<DocumentNode, Map<string, KnownOperation>>>();

/**
 * Executes a query of a document that has been validated by its plan, which is made at the first time and kept for as
 * long as the document is. Undefined where there can be no plan; null, or a promise of it, where anything has failed.
 * It has then to be executed without a plan, with the same context, where what it has read is at hand.
 */
export function runPlanned(args: ExecutionArgs): ReturnType<QueryPlan['run']> | undefined {
  const operation = operationOf(args);
  if (operation === null) return undefined;
  const { planned, conditions } = operation;
  const variables = getVariableValues(
    planned.schema,
    planned.operation.variableDefinitions ?? [],
    args.variableValues ?? {},
  );
  if (variables.coerced === undefined) return null;
  const plan = planOf(operation, variables.coerced, conditions);
  if (plan instanceof NotPlannedError) return undefined;
  const { rootValue, contextValue } = args;
  return plan.run({ rootValue, contextValue, variableValues: variables.coerced });
}

function operationOf({ schema, document, operationName }: ExecutionArgs): KnownOperation | null {
  const ofSchema = known.get(schema) ?? new WeakMap<DocumentNode, Map<string, KnownOperation>>();
  known.set(schema, ofSchema);
  const ofDocument = ofSchema.get(document) ?? new Map<string, KnownOperation>();
  ofSchema.set(document, ofDocument);
  const name = operationName ?? '';
  const found = ofDocument.get(name);
  if (found !== undefined) return found;
  const operation = getOperationAST(document, operationName);
  if (operation == null) return null;
  const planned = { schema, operation, fragments: fragmentsOf(document) };
  const made: KnownOperation = {
    planned,
    conditions: conditionsOf(planned),
    plans: new LRUCache({ max: MAX_PLANS }),
  };
  ofDocument.set(name, made);
  return made;
}

function planOf(
  { planned, plans }: KnownOperation,
  variables: Readonly<Record<string, unknown>>,
  names: readonly string[],
): QueryPlan | NotPlannedError {
  const values = Object.fromEntries(names.map((name) => [name, variables[name]]));
  const key = names.length === 0 ? '' : JSON.stringify(values);
  const found = plans.get(key);
  if (found !== undefined) return found;
  const made = makePlan(planned, values);
  plans.set(key, made);
  return made;
}

function makePlan(
  planned: PlannedOperation,
  conditions: Readonly<Record<string, unknown>>,
): QueryPlan | NotPlannedError {
  try {
    return new QueryPlan(planned, conditions);
  } catch (error) {
    // An argument that can be read at no time is for an executor to tell of.
    if (error instanceof GraphQLError) return new NotPlannedError();
    if (error instanceof NotPlannedError) return error;
    throw error;
  }
}

function fragmentsOf(document: DocumentNode): Readonly<Record<string, FragmentDefinitionNode>> {
  return Object.fromEntries(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
    ),
  );
}
