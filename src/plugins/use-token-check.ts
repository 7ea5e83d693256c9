import { getOperationAST, GraphQLError, Kind, type SelectionSetNode } from 'graphql';
import type { ExecutionArgs } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/**
 * Refuses an operation that needs a token where the request brings none, before anything of it runs: the whole
 * request is then 401. Introspection, `__typename` and a subgraph's `_service` tell nothing of any tenant and
 * need none. A subscription needs no check here: without a token it fails before it begins.
 */
export function useTokenCheck<C extends { readonly authenticated: boolean }>(
  refusal: () => Error,
): Plugin<C> {
  return {
    onExecute({ args, setResultAndStopExecution }) {
      if (args.contextValue.authenticated || !needsToken(args)) return;
      const originalError = refusal();
      setResultAndStopExecution({ errors: [new GraphQLError(originalError.message, { originalError })] });
    },
  };
}

function needsToken({ document, operationName }: ExecutionArgs): boolean {
  const operation = getOperationAST(document, operationName);
  const fragments = new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition.selectionSet]] : [],
    ),
  );
  const visited = new Set<SelectionSetNode>();
  const selectsTenantData = (selections: SelectionSetNode | undefined): boolean => {
    if (selections === undefined || visited.has(selections)) return false;
    visited.add(selections);
    return selections.selections.some((selection) => {
      if (selection.kind === Kind.FIELD) return !/^__|^_service$/.test(selection.name.value);
      return selectsTenantData(
        selection.kind === Kind.INLINE_FRAGMENT
          ? selection.selectionSet
          : fragments.get(selection.name.value),
      );
    });
  };
  return selectsTenantData(operation?.selectionSet);
}
