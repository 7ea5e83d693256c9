import { type ExecutionArgs, GraphQLError, parse } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** What the text of a document may be at the most. */
export interface DocumentLimits {
  readonly bytes: number;
  readonly tokens: number;
  /** Brackets of any kind in one another: a parser that calls itself for each overflows its stack. */
  readonly nesting: number;
}

export interface OperationLimitsOptions<Price extends object> {
  readonly document: DocumentLimits;
  /** What of an operation's price may be at the most. */
  readonly operation: { readonly [Unit in keyof Price]: number };
  readonly priceOf: (operation: ExecutionArgs) => Price;
  readonly toError: (limit: string, maximum: number) => Error;
}

/** The unit of which a price is more than it may be, if there is one. */
export function exceededUnit<Price extends { readonly [Unit in keyof Price]: number }>(
  price: Price,
  limits: { readonly [Unit in keyof Price]: number },
): (string & keyof Price) | undefined {
  for (const unit in limits) {
    if (price[unit] > limits[unit]) return unit;
  }
  return undefined;
}

/** Refuses documents and operations that are larger than any that is meant, before they cost anything. */
export function useOperationLimits<Price extends { readonly [Unit in keyof Price]: number }>({
  document,
  operation,
  priceOf,
  toError,
}: OperationLimitsOptions<Price>): Plugin {
  const refuse = (limit: string, maximum: number) => {
    const originalError = toError(limit, maximum);
    return new GraphQLError(originalError.message, { originalError });
  };
  const refusalOf = (args: ExecutionArgs): GraphQLError | undefined => {
    const unit = exceededUnit(priceOf(args), operation);
    return unit === undefined ? undefined : refuse(unit, operation[unit]);
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
