import { type ExecutionArgs, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

import { rootFieldsOf } from './root-fields.ts';

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
  return [...rootFieldsOf(document, operationName)].some((name) => !/^__|^_service$/.test(name));
}
