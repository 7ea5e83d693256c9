import type { Image, ImageAction } from './digitalocean/payloads.ts';
import type { ListStore } from './lists/list-store.ts';
import type { MissingImages } from './lists/missing-images.ts';
import type { RecentCreates } from './recent-creates.ts';
import type { Watches } from './watches.ts';

/** What is read for one request and serves others as well. */
export interface SharedReads {
  readonly store: ListStore;
  readonly missing: MissingImages;
  readonly creates: RecentCreates;
  /** Images and actions that are watched, of all requests. */
  readonly watches: { readonly images: Watches<Image>; readonly actions: Watches<ImageAction> };
  /** Responses in flight, which requests may join. */
  readonly responses: { forget(tenant: string): void };
}

/**
 * Drops all that was read for a tenant before a write, and lets its watches refetch.
 * @param created Name of what the write has created, if anything
 */
export function forgetReads(reads: SharedReads, tenant: string, created?: string): void {
  const { watches, creates } = reads;
  if (created !== undefined) creates.note(tenant, created);
  dropHeld(reads, tenant);
  watches.images.refresh(`${tenant} `);
  watches.actions.refresh(`${tenant} `);
}

/** Lets go of what is held for a tenant. */
export function dropHeld({ store, missing, responses }: SharedReads, tenant: string): void {
  store.drop(tenant);
  missing.drop(tenant);
  responses.forget(tenant);
}
