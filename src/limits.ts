/** What is answered at once, so that no document costs more than any that is meant. The README has them too. */

/** Of the text of a document. Characters that are more than a byte count as their bytes. */
export const DOCUMENT_LIMITS = { bytes: 20_480, tokens: 1_500, nesting: 100 } as const;

/** Of an operation, fragments counted where they are spread. */
export const OPERATION_LIMITS = {
  depth: 10,
  introspectionDepth: 15,
  introspectionValues: 200_000,
  rootFields: 10,
  aliases: 15,
  directives: 50,
  calls: 100,
  nodes: 1_000,
  values: 50_000,
} as const;
