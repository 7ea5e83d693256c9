import { type GraphQLSchema, parse, validate } from 'graphql';
import { z } from 'zod';

/** Documents by the ids that clients send in their place; of a SHA-256 only the digits. */
export type TrustedDocuments = ReadonlyMap<string, string>;

/** What the code generator's client preset and Relay's compiler write: each document under its hash. */
const BY_HASH = z.record(z.string().min(1), z.string().min(1));

/** What Apollo's generator of manifests writes. */
const APOLLO = z.object({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z.array(z.object({ id: z.string().min(1), body: z.string().min(1) })),
});

const BYTE_ORDER_MARK = /^\uFEFF/;

const ACCEPTED =
  'JSON, either of a document under each hash, as {"<hash>": "query …"}, or an Apollo persisted query manifest of version 1';

/**
 * Reads a manifest of trusted documents.
 * @throws Error with the accepted forms.
 */
export function parseTrustedDocuments(text: string): TrustedDocuments {
  const json = parseJson(text);
  const apollo = APOLLO.safeParse(json);
  if (apollo.success) return toMap(apollo.data.operations.map(({ id, body }) => [id, body]));
  const byHash = BY_HASH.safeParse(json);
  if (byHash.success) return toMap(Object.entries(byHash.data));
  throw new Error(`no manifest of documents. Accepted: ${ACCEPTED}.`);
}

function toMap(documents: readonly (readonly [id: string, document: string])[]): TrustedDocuments {
  const byId = new Map<string, string>();
  for (const [given, document] of documents) {
    const id = given.replace(/^sha256:/, '');
    const other = byId.get(id);
    if (other !== undefined && other !== document)
      throw new Error(`the id "${id}" stands for two documents.`);
    byId.set(id, document);
  }
  return byId;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(BYTE_ORDER_MARK, ''));
  } catch {
    return undefined;
  }
}

/** The ids of the documents that fit none of the schemas, each with the reason: those of an older client. */
export function findUnusable(
  documents: TrustedDocuments,
  schemas: readonly GraphQLSchema[],
): ReadonlyMap<string, string> {
  return new Map(
    [...documents].flatMap(([id, document]) => {
      const reasons = schemas.map((schema) => whyUnusable(document, schema));
      const [reason] = reasons;
      return reason === undefined || reasons.includes(undefined) ? [] : [[id, reason]];
    }),
  );
}

function whyUnusable(document: string, schema: GraphQLSchema): string | undefined {
  try {
    return validate(schema, parse(document))[0]?.message;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
