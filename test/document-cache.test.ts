import { Kind } from 'graphql';
import { describe, expect, it } from 'vitest';

import { createDocumentCache } from '../src/document-cache.ts';

describe('the documents that are cached', () => {
  it('are bounded by the length of their texts together', () => {
    const cache = createDocumentCache();
    const document = { kind: Kind.DOCUMENT, definitions: [] } as const;
    const texts = Array.from({ length: 40 }, (_, index) => `${index} `.padEnd(100_000, 'x'));
    for (const text of texts) cache.set(text, document);
    const held = texts.filter((text) => cache.get(text) !== undefined);
    expect(held).toEqual(texts.slice(-5));
    cache.set('', document);
    expect(cache.get('')).toBe(document);
  });
});
