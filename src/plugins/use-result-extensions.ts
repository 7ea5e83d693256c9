import { isAsyncIterable, type Plugin } from 'graphql-yoga';

/** Adds what `toExtensions` tells of a request that was executed; null adds nothing. */
export function useResultExtensions<C extends object>(
  toExtensions: (context: C, request: Request) => Promise<Record<string, unknown> | null>,
): Plugin<C> {
  return {
    onExecute({ args }) {
      return {
        async onExecuteDone({ result, setResult }) {
          if (isAsyncIterable(result)) return;
          const { contextValue } = args;
          const extensions = await toExtensions(contextValue, contextValue.request);
          if (extensions !== null)
            setResult({ ...result, extensions: { ...result.extensions, ...extensions } });
        },
      };
    },
  };
}
