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

import type { PlannedOperation } from './plan-run.ts';
import { conditionsOf, NotPlannedError, QueryPlan } from './query-plan.ts';

/** Of all plans together; a field weighs about a kilobyte. */
const MAX_FIELDS = 20_000;

interface KnownOperation {
  /** Tells operations apart in the keys of plans. */
  readonly number: number;
  readonly planned: PlannedOperation;
  readonly conditions: readonly string[];
}

type Operations = Map<string | null, KnownOperation>;
type QueryRequest = Pick<ExecutionArgs, 'schema' | 'document' | 'operationName' | 'variableValues'>;
type Values = Readonly<Record<string, unknown>>;
/** Of what there can be no plan, and what is known to fail before anything is executed. */
type Unplanned = 'unplannable' | 'failing';

let count = 0;
const NO_VALUES: Values = {};
const operations = new WeakMap<GraphQLSchema, WeakMap<DocumentNode, Operations>>();
/** One for each combination of an operation's conditions; or that there can be none, for the document's sake or for theirs. */
const plans = new LRUCache<string, QueryPlan | Unplanned>({
  maxSize: MAX_FIELDS,
  sizeCalculation: (plan) => (plan instanceof QueryPlan ? plan.fields : 1),
});

/** A query that may have a plan, with its variables as the schema has them: the same for whoever asks. */
export interface CoercedQuery {
  readonly operation: KnownOperation;
  readonly variableValues: Values;
}

/**
 * Executes a query of a document that has been validated by its plan, which is made at the first time and kept for as
 * long as there is room. Undefined where there can be no plan; null, or a promise of it, where anything has failed.
 * It has then to be executed without a plan, with the same context, where what it has read is at hand.
 */
export function runPlanned(args: ExecutionArgs): ReturnType<QueryPlan['run']> | undefined {
  return runCoerced(coerceQuery(args), args);
}

/** What `runPlanned` does first. */
export function coerceQuery(args: QueryRequest): CoercedQuery | Unplanned {
  const operation = operationOf(args);
  if (operation === null) return 'unplannable';
  const { schema, operation: node } = operation.planned;
  const { coerced } = getVariableValues(schema, node.variableDefinitions ?? [], args.variableValues ?? {});
  return coerced === undefined ? 'failing' : { operation, variableValues: coerced };
}

/** What `runPlanned` does then. */
export function runCoerced(
  query: CoercedQuery | Unplanned,
  { rootValue, contextValue }: Pick<ExecutionArgs, 'rootValue' | 'contextValue'>,
): ReturnType<QueryPlan['run']> | undefined {
  if (query === 'unplannable') return undefined;
  if (query === 'failing') return null;
  const { operation, variableValues } = query;
  const plan = planOf(operation, variableValues);
  if (plan === 'unplannable') return undefined;
  return plan === 'failing' ? null : plan.run({ rootValue, contextValue, variableValues });
}

function operationOf({ schema, document, operationName = null }: QueryRequest): KnownOperation | null {
  const found = operations.get(schema)?.get(document)?.get(operationName);
  if (found !== undefined) return found;
  const operation = getOperationAST(document, operationName);
  if (operation == null) return null;
  const planned = { schema, operation, fragments: fragmentsOf(document) };
  const made: KnownOperation = { number: (count += 1), planned, conditions: conditionsOf(planned) };
  const ofSchema = operations.get(schema) ?? new WeakMap<DocumentNode, Operations>();
  operations.set(schema, ofSchema);
  const ofDocument = ofSchema.get(document) ?? new Map<string | null, KnownOperation>();
  ofSchema.set(document, ofDocument);
  ofDocument.set(operationName, made);
  return made;
}

function planOf({ number, planned, conditions }: KnownOperation, variables: Values): QueryPlan | Unplanned {
  const values =
    conditions.length === 0
      ? NO_VALUES
      : Object.fromEntries(conditions.map((name) => [name, variables[name]]));
  const key = values === NO_VALUES ? `${number}` : `${number} ${JSON.stringify(values)}`;
  const found = plans.get(key);
  if (found !== undefined) return found;
  const made = makePlan(planned, values);
  plans.set(key, made);
  return made;
}

function makePlan(planned: PlannedOperation, conditions: Values): QueryPlan | Unplanned {
  try {
    return new QueryPlan(planned, conditions);
  } catch (error) {
    // A condition or an argument that cannot be read is for an executor to tell of.
    if (error instanceof GraphQLError) return 'failing';
    if (error instanceof NotPlannedError) return 'unplannable';
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
