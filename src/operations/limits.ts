/**
 * What is answered at once, so that no document costs more than any that is meant. The README has them too.
 *
 * A router generates its documents: it aliases a field for each fetch that it batches, and repeats conditions at every field.
 * An operation that asks for entities and nothing else therefore has larger limits on its form. Those on what it costs are
 * the same for everybody, since every client can send such an operation as well.
 */

/** Of the text of a document. Characters that are more than a byte count as their bytes. */
export const DOCUMENT_LIMITS = { bytes: 20_480, tokens: 1_500, nesting: 100 } as const;

/** As much as a thousand entities take, each with an alias, a variable and a condition of its own. */
export const ROUTER_DOCUMENT_LIMITS = { ...DOCUMENT_LIMITS, bytes: 163_840, tokens: 40_000 } as const;

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

export const ROUTER_OPERATION_LIMITS = { ...OPERATION_LIMITS, aliases: 100, directives: 5_000 } as const;

/** A document or an operation is over a limit. */
export class ComplexityError extends Error {
  override readonly name = 'ComplexityError';
  readonly limit: string;
  readonly maximum: number;

  constructor(limit: string, maximum: number) {
    super(`more ${limit} than ${maximum}`);
    this.limit = limit;
    this.maximum = maximum;
  }
}
