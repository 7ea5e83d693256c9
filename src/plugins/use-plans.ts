import type { ExecutionArgs, ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** None where there is no plan, or none that ran through. */
type Data = Record<string, unknown> | null | undefined;

/** Executes by a plan where one yields data, and as yoga does where none does, or where one is known to have failed. */
export function usePlans<C extends object>(
  runPlanned: (args: ExecutionArgs) => Data | Promise<Data>,
  hasFailed: (serverContext: C) => boolean,
): Plugin<C, C> {
  return {
    onExecute({ args, executeFn, setExecuteFn }) {
      if (hasFailed(args.contextValue)) return;
      setExecuteFn(async (planned: ExecutionArgs): Promise<ExecutionResult> => {
        const data = await runPlanned(planned);
        return data == null ? executeFn(planned) : { data };
      });
    },
  };
}
