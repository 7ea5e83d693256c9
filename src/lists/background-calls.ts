/** Half of the slots that calls have, so that whoever waits for one finds another free. */
const MAX_CALLS = 32;
/** Of them, those of one tenant: its calls may be slow, and others' lists grow old meanwhile. */
const MAX_CALLS_OF_TENANT = 16;

/** Bounds the calls that run at once with nobody waiting for them. */
export class BackgroundCalls {
  #running = 0;
  readonly #ofTenant = new Map<string, number>();

  /** Takes room for so many; false where there is too little of it. */
  take(tenant: string, calls: number): boolean {
    const ofTenant = this.#ofTenant.get(tenant) ?? 0;
    if (this.#running + calls > MAX_CALLS || ofTenant + calls > MAX_CALLS_OF_TENANT) return false;
    this.#running += calls;
    this.#ofTenant.set(tenant, ofTenant + calls);
    return true;
  }

  giveBack(tenant: string, calls: number): void {
    this.#running -= calls;
    const ofTenant = (this.#ofTenant.get(tenant) ?? 0) - calls;
    if (ofTenant > 0) this.#ofTenant.set(tenant, ofTenant);
    else this.#ofTenant.delete(tenant);
  }
}
