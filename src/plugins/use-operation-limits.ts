import { type ExecutionArgs, GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

import {
  type DocumentLimits,
  DocumentLimitError,
  parseDocument,
  type SenderLimits,
} from './parse-document.ts';

export interface OperationLimitsOptions {
  readonly documents: SenderLimits<DocumentLimits>;
  /** Of what an operation is more than it may be, and how much that is. */
  readonly exceededBy: (
    operation: ExecutionArgs,
  ) => { readonly limit: string; readonly maximum: number } | null;
  readonly toError: (limit: string, maximum: number) => Error;
}

/** Refuses documents and operations that are larger than any that is meant, before they cost anything. */
export function useOperationLimits({ documents, exceededBy, toError }: OperationLimitsOptions): Plugin {
  const refuse = (limit: string, maximum: number) => {
    const originalError = toError(limit, maximum);
    return new GraphQLError(originalError.message, { originalError });
  };
  const refusalOf = (args: ExecutionArgs): GraphQLError | undefined => {
    const exceeded = exceededBy(args);
    return exceeded === null ? undefined : refuse(exceeded.limit, exceeded.maximum);
  };

  return {
    onParse({ params: { source }, setParseFn }) {
      setParseFn((body: typeof source, options: object) => {
        try {
          return parseDocument(typeof body === 'string' ? body : body.body, documents, options);
        } catch (error) {
          throw error instanceof DocumentLimitError ? refuse(error.limit, error.maximum) : error;
        }
      });
    },
    onExecute({ args, setResultAndStopExecution }) {
      const error = refusalOf(args);
      if (error !== undefined) setResultAndStopExecution({ errors: [error] });
    },
    onSubscribe({ args, setResultAndStopExecution }) {
      const error = refusalOf(args);
      if (error !== undefined) setResultAndStopExecution({ errors: [error] });
    },
  };
}
