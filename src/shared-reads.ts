import type { Image, ImageAction } from './digitalocean/payloads.ts';
import type { ListStore } from './lists/list-store.ts';
import type { MissingImages } from './lists/missing-images.ts';
import type { Watches } from './watches.ts';

/** What is read for one request and serves others as well. */
export interface SharedReads {
  readonly store: ListStore;
  readonly missing: MissingImages;
  /** Images and actions that are watched, of all requests. */
  readonly watches: { readonly images: Watches<Image>; readonly actions: Watches<ImageAction> };
  /** Whole queries that are under way and may be joined. */
  readonly executions: { forget(tenant: string): void };
}

/** Lets go of all that was read for a tenant before now, for whoever asks next. */
export function forgetReads(reads: SharedReads, tenant: string): void {
  const { watches } = reads;
  dropHeld(reads, tenant);
  watches.images.refresh(`${tenant} `);
  watches.actions.refresh(`${tenant} `);
}

/** Lets go of what is held for a tenant. */
export function dropHeld({ store, missing, executions }: SharedReads, tenant: string): void {
  store.drop(tenant);
  missing.drop(tenant);
  executions.forget(tenant);
}
