import { LRUCache } from 'lru-cache';

/** For as long as the API's word that there is no such image is taken. */
const MISSING_MS = 5_000;
const MAX_NAMES = 20_000;
const MAX_TENANTS = 10_000;

export interface MissingImagesOptions {
  readonly now: () => number;
  /** Longest time; 0 keeps nothing. */
  readonly ttlMs: number;
}

/**
 * Names that a tenant has asked for and that the API does not know. Droplets of an image that was deleted go on
 * referring to it, and each query over them would otherwise ask for it again.
 */
export class MissingImages {
  readonly #now: () => number;
  readonly #ttlMs: number;
  /** Until when, by tenant and name. */
  readonly #until = new LRUCache<string, number>({ max: MAX_NAMES });
  /** Changes with each drop, so that an answer from before it is not noted after it. */
  readonly #drops = new LRUCache<string, symbol>({ max: MAX_TENANTS });

  constructor({ now, ttlMs }: MissingImagesOptions) {
    this.#now = now;
    this.#ttlMs = Math.min(ttlMs, MISSING_MS);
  }

  has(tenant: string, name: string): boolean {
    return (this.#until.get(`${tenant} ${name}`) ?? 0) > this.#now();
  }

  /** Before the API is asked; what it returns notes that there was none, unless the tenant was dropped meanwhile. */
  begin(tenant: string, name: string): () => void {
    const drop = this.#drops.get(tenant);
    return () => {
      if (this.#ttlMs > 0 && this.#drops.get(tenant) === drop) {
        this.#until.set(`${tenant} ${name}`, this.#now() + this.#ttlMs);
      }
    };
  }

  /** Forgets a tenant's names: it has made an image, or is refused. */
  drop(tenant: string): void {
    this.#drops.set(tenant, Symbol(tenant));
    for (const key of this.#until.keys()) if (key.startsWith(`${tenant} `)) this.#until.delete(key);
  }
}
