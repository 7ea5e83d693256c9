import type { ExecutionArgs, ExecutionResult } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** None where there is no plan, or none that ran through. */
type Data = Record<string, unknown> | null | undefined;

/** Executes by a plan where one yields data, and as yoga does where none does. */
export function usePlans(runPlanned: (args: ExecutionArgs) => Data | Promise<Data>): Plugin {
  return {
    onExecute({ executeFn, setExecuteFn }) {
      setExecuteFn(async (args: ExecutionArgs): Promise<ExecutionResult> => {
        const data = await runPlanned(args);
        return data == null ? executeFn(args) : { data };
      });
    },
  };
}
