const SAMPLE_MS = 20;
/** A process that is this late for its own timer has more to do than it can. */
const LATE_MS = 10;

/**
 * Sheds load: decides whether a request that is not served from cache is read any further. Where the process is behind,
 * executing requests only to have their calls refused would slow down all others, so it refuses those of the tenant
 * that fills the queue for calls. A tenant with no call in the queue is never refused here, whatever others do.
 */
export class Admission {
  #lateMs = 0;
  readonly #isCrowdedBy: (tenant: string) => boolean;
  readonly #timer: NodeJS.Timeout;

  /** `isCrowdedBy` returns whether the next call of a tenant is about to be refused, because of the tenant's own calls. */
  constructor(isCrowdedBy: (tenant: string) => boolean) {
    this.#isCrowdedBy = isCrowdedBy;
    let dueAt = performance.now() + SAMPLE_MS;
    this.#timer = setInterval(() => {
      const now = performance.now();
      this.#lateMs = now - dueAt;
      dueAt = now + SAMPLE_MS;
    }, SAMPLE_MS).unref();
  }

  /** Whether a request of the tenant, or of a caller without a usable token, is executed. */
  admits(tenant: string | null): boolean {
    return this.#lateMs < LATE_MS || tenant === null || !this.#isCrowdedBy(tenant);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}
