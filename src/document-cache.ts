import type { DocumentNode } from 'graphql';
import { LRUCache } from 'lru-cache';

const MAX_DOCUMENTS = 1_000;
/** Of all their texts together. A parsed document weighs some 70 times its text, and 160 times at the most. */
const MAX_CHARACTERS = 500_000;

/** Parsed documents by their text. Yoga's own cache counts documents, whatever their size. */
export function createDocumentCache(): LRUCache<string, DocumentNode> {
  return new LRUCache({
    max: MAX_DOCUMENTS,
    maxSize: MAX_CHARACTERS,
    sizeCalculation: (_document, text) => Math.max(1, text.length),
  });
}
