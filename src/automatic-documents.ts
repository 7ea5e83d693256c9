import { LRUCache } from 'lru-cache';

const MAX_CHARACTERS = 4 * 1024 * 1024;

/**
 * The documents that callers have registered by their SHA-256, which is what Apollo calls automatic persisted
 * queries. Each tenant has its own: what one asks for is not to be guessed by another. The least recently used
 * leave first.
 */
export class AutomaticDocuments {
  readonly #documents = new LRUCache<string, string>({
    maxSize: MAX_CHARACTERS,
    sizeCalculation: (document, key) => document.length + key.length,
  });

  get(tenant: string, hash: string): string | undefined {
    return this.#documents.get(`${tenant} ${hash}`);
  }

  set(tenant: string, hash: string, document: string): void {
    this.#documents.set(`${tenant} ${hash}`, document);
  }
}
