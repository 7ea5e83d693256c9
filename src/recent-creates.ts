import { LRUCache } from 'lru-cache';

/** For so long a replica of the API may lag behind. */
const LAG_MS = 10_000;
const MAX_NAMES = 10_000;

/**
 * What the gateway itself has created for a tenant seconds ago, by its name: an image's id, or the ids of an image and of
 * an action on it. The API answers reads from replicas that lag behind, so a 404 of these does not say that there is none.
 */
export class RecentCreates {
  readonly #now: () => number;
  /** Since when, by tenant and name. */
  readonly #createdAtMs = new LRUCache<string, number>({ max: MAX_NAMES });

  constructor(now: () => number) {
    this.#now = now;
  }

  note(tenant: string, name: string): void {
    this.#createdAtMs.set(`${tenant} ${name}`, this.#now());
  }

  has(tenant: string, name: string): boolean {
    const createdAtMs = this.#createdAtMs.get(`${tenant} ${name}`);
    return createdAtMs !== undefined && this.#now() - createdAtMs < LAG_MS;
  }
}
