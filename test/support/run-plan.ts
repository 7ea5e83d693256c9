import { type ExecutionArgs, getOperationAST } from 'graphql';
import { LRUCache } from 'lru-cache';

import type { QueryPlan } from '../../src/execution/query-plan.ts';
import { type PlanCache, PreparedOperation } from '../../src/operations/prepared-operation.ts';

/** Runs an operation by its compiled plan; undefined where there is none, null where anything in it fails. */
export function runPlan({
  schema,
  document,
  operationName = null,
  variableValues = {},
  rootValue,
  contextValue,
}: ExecutionArgs): ReturnType<QueryPlan['run']> | undefined {
  const operation = getOperationAST(document, operationName);
  if (operation == null) return undefined;
  const plans: PlanCache = new LRUCache({ max: 100 });
  const prepared = new PreparedOperation({ id: 1, schema, document, operation, operationName, plans });
  const variables = prepared.coerce(variableValues ?? {});
  return prepared.planFor(variables)?.run({ rootValue, contextValue, variableValues: variables });
}
