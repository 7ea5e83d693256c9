import { LRUCache } from 'lru-cache';

/** How long the API's answer that there is no such image counts, at the most. */
const MISSING_MS = 5_000;
const MAX_NAMES = 20_000;
const MAX_DROPS = 10_000;

export interface MissingImagesOptions {
  readonly now: () => number;
  /** Longest time; 0 caches nothing. */
  readonly ttlMs: number;
}

interface Missing {
  readonly untilMs: number;
  /** How many drops there had been when the API was asked for it. */
  readonly drops: number;
}

/**
 * A negative cache: names that a tenant has asked for and that the API does not know. Droplets keep referring to the
 * image that they were made of after it was deleted, and each query over them would ask for it again.
 *
 * A drop looks at no name: it is numbered, and what was asked for before the tenant's last one counts for nothing. All
 * names are cached for the same time, so the oldest expire first, and each look removes those that have.
 */
export class MissingImages {
  readonly #now: () => number;
  readonly #ttlMs: number;
  /** By tenant and name. Never a `get`, so that the least recently used is the oldest. */
  readonly #missing = new LRUCache<string, Missing>({ max: MAX_NAMES });
  /** The number of each tenant's last drop. */
  readonly #dropOf = new LRUCache<string, number>({
    max: MAX_DROPS,
    dispose: (drop, _tenant, reason) => {
      if (reason === 'evict') this.#forgottenDrop = drop;
    },
  });
  #drops = 0;
  /** The last drop that is no longer known by its tenant, and so counts for all that are not. */
  #forgottenDrop = 0;

  constructor({ now, ttlMs }: MissingImagesOptions) {
    this.#now = now;
    this.#ttlMs = Math.min(ttlMs, MISSING_MS);
  }

  /** How many names are in memory. */
  get size(): number {
    return this.#missing.size;
  }

  has(tenant: string, name: string): boolean {
    this.#removeExpired();
    const missing = this.#missing.peek(`${tenant} ${name}`);
    return missing !== undefined && missing.drops >= (this.#dropOf.peek(tenant) ?? this.#forgottenDrop);
  }

  /** Call it before the API is asked; what it returns notes that there was none. */
  begin(tenant: string, name: string): () => void {
    const drops = this.#drops;
    return () => {
      this.#removeExpired();
      if (this.#ttlMs <= 0) return;
      const untilMs = this.#now() + this.#ttlMs;
      this.#missing.set(`${tenant} ${name}`, { untilMs, drops });
    };
  }

  /** Forgets a tenant's names: it has created an image, or the API refuses its token. */
  drop(tenant: string): void {
    this.#drops += 1;
    this.#dropOf.set(tenant, this.#drops);
  }

  get #oldest(): Missing | undefined {
    const [oldest] = this.#missing.rvalues();
    return oldest;
  }

  #removeExpired(): void {
    const now = this.#now();
    while ((this.#oldest?.untilMs ?? Infinity) <= now) this.#missing.pop();
  }
}
