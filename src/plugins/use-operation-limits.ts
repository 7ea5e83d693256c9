import { type ExecutionArgs, GraphQLError, parse } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** What the text of a document may be at the most. */
export interface DocumentLimits {
  readonly bytes: number;
  readonly tokens: number;
  /** Brackets of any kind in one another: a parser that calls itself for each overflows its stack. */
  readonly nesting: number;
}

export interface OperationLimitsOptions {
  readonly document: DocumentLimits;
  /** Of what an operation is more than it may be, and how much that is. */
  readonly exceededBy: (
    operation: ExecutionArgs,
  ) => { readonly limit: string; readonly maximum: number } | null;
  readonly toError: (limit: string, maximum: number) => Error;
}

/** Refuses documents and operations that are larger than any that is meant, before they cost anything. */
export function useOperationLimits({ document, exceededBy, toError }: OperationLimitsOptions): Plugin {
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
      const text = typeof source === 'string' ? source : source.body;
      // A character is a byte at the least.
      if (text.length > document.bytes || Buffer.byteLength(text) > document.bytes) {
        throw refuse('bytes', document.bytes);
      }
      if (isNestedDeeper(text, document.nesting)) throw refuse('nesting', document.nesting);
      setParseFn((body: typeof source, options: object) => {
        try {
          return parse(body, { ...options, maxTokens: document.tokens });
        } catch (error) {
          const tooMany = error instanceof GraphQLError && error.message.includes('tokens. Parsing aborted');
          throw tooMany ? refuse('tokens', document.tokens) : error;
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

/** Strings, comments and brackets, one alternative for each; no two can match at one place. */
const LEXEME = /"""(?:\\"""|[^])*?(?:"""|$)|"(?:\\.|[^"\\\n])*"?|#[^\n\r]*|[{[(]|[)\]}]/g;

function isNestedDeeper(text: string, maximum: number): boolean {
  // Nearly every document has fewer brackets than that altogether.
  if ((text.match(/[{[(]/g)?.length ?? 0) <= maximum) return false;
  let depth = 0;
  for (const [lexeme] of text.matchAll(LEXEME)) {
    if (/^[{[(]/.test(lexeme)) depth += 1;
    else if (/^[)\]}]/.test(lexeme)) depth -= 1;
    if (depth > maximum) return true;
  }
  return false;
}
