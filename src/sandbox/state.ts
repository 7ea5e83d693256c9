import type { Access, Account } from './accounts.ts';
import type { Clock } from './clock.ts';
import type { RateLimits } from './rate-limit.ts';

/** Behaviour that can be chosen, with every default filled in. */
export interface SandboxBehaviour {
  readonly limits: RateLimits;
  readonly lagMs: number;
  readonly order: 'ascending' | 'descending';
  readonly strict: boolean;
  readonly linkOrigin: string | undefined;
  readonly importMs: { readonly pendingAfter: number; readonly doneAfter: number };
  readonly actionMs: number;
}

/** Everything that endpoints read and change. */
export interface SandboxState {
  readonly options: SandboxBehaviour;
  readonly clock: Clock;
  /** By token. Two tokens can open one account. */
  readonly access: ReadonlyMap<string, Access>;
  /** Those still pending, by their id. */
  readonly transfers: Map<number, AccountTransfer>;
  readonly imageIds: Counter;
  readonly actionIds: Counter;
  readonly transferIds: Counter;
}

/** An image on offer to another account, until one of the two ends it. */
export interface AccountTransfer {
  readonly id: number;
  readonly imageId: number;
  readonly sender: Account;
  /** Null where nobody here goes by the address that was given. */
  readonly recipient: Account | null;
}

/** Numbers that only rise, as the API's ids do. */
export interface Counter {
  next(): number;
  /** Later numbers are above this one. */
  passed(used: number): void;
}

export function createCounter(last: number): Counter {
  let highest = last;
  return {
    next: () => ++highest,
    passed(used) {
      highest = Math.max(highest, used);
    },
  };
}
