import { type DocumentNode, getOperationAST, GraphQLError, OperationTypeNode, parse } from 'graphql';

import { ComplexityError } from './limits.ts';
import { rootFieldsOf } from './root-fields.ts';

/** What the text of a document may be at the most. */
export interface DocumentLimits {
  readonly bytes: number;
  readonly tokens: number;
  /** Brackets of any kind in one another: a parser that calls itself for each overflows its stack. */
  readonly nesting: number;
}

/** Clients write documents by hand. A router generates them, and batches what several of its fetches need into one. */
export interface SenderLimits<Limits> {
  readonly client: Limits;
  readonly router: Limits;
}

/**
 * Parses a document within the limits of a router if it asks for entities and nothing else, and within those of a client
 * if not.
 * @throws ComplexityError
 * @throws GraphQLError for a syntax error
 */
export function parseDocument(text: string, { client, router }: SenderLimits<DocumentLimits>): DocumentNode {
  // Only parsing shows whether it does; a document without this name does not.
  const limits = text.includes('_entities') ? router : client;
  // A character is a byte at the least.
  const bytes = text.length > limits.bytes ? text.length : Buffer.byteLength(text);
  if (bytes > limits.bytes) throw new ComplexityError('bytes', limits.bytes);
  if (isNestedDeeper(text, limits.nesting)) throw new ComplexityError('nesting', limits.nesting);
  const document = parseTokens(text, limits);
  if (limits === client || asksForEntitiesOnly(document)) return document;
  if (bytes > client.bytes) throw new ComplexityError('bytes', client.bytes);
  if ((document.tokenCount ?? 0) > client.tokens) throw new ComplexityError('tokens', client.tokens);
  return document;
}

function parseTokens(text: string, limits: DocumentLimits): DocumentNode {
  try {
    return parse(text, { maxTokens: limits.tokens });
  } catch (error) {
    const isTooMany = error instanceof GraphQLError && error.message.includes('tokens. Parsing aborted');
    throw isTooMany ? new ComplexityError('tokens', limits.tokens) : error;
  }
}

/** Routers send one operation at a time: of several, none is found without a name. */
function asksForEntitiesOnly(document: DocumentNode): boolean {
  if (getOperationAST(document)?.operation !== OperationTypeNode.QUERY) return false;
  const rootFields = rootFieldsOf(document, null);
  return (
    rootFields.has('_entities') && [...rootFields].every((name) => /^_entities$|^__typename$/.test(name))
  );
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
