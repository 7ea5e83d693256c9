import type { CallCounts, CallWindow } from './call-window.ts';

const MIN_CALLS = 10;
/** As many calls of one tenant count at the most, so that it takes several tenants for the minimum. */
const MAX_CALLS_OF_TENANT = MIN_CALLS / 2;

/** Whether half of all calls fail, of as many as it takes to say so. */
export function isFailing(window: CallWindow): boolean {
  const { calls, failures } = window.total();
  return calls >= MIN_CALLS && 2 * failures >= calls;
}

/**
 * Whether half of all calls fail, and not only those of one tenant. It must hold by the calls as they are, so that a few
 * tenants with bad tokens say nothing about one with a thousand good calls; with no more than five calls of each
 * tenant, so that one with a thousand bad ones says nothing about the others; and without the tenant that fails most.
 */
export function isFailingForSeveral(window: CallWindow): boolean {
  if (!isFailing(window)) return false;
  let calls = 0;
  let surplus = 0;
  let highestSurplus = 0;
  for (const counts of window.byTenant()) {
    const ofTenant = surplusOf(counts);
    calls += Math.min(counts.calls, MAX_CALLS_OF_TENANT);
    surplus += ofTenant;
    highestSurplus = Math.max(highestSurplus, ofTenant);
  }
  return calls >= MIN_CALLS && surplus >= highestSurplus;
}

/** How many more of a tenant's calls failed than did not, of those that count. */
function surplusOf({ calls, failures }: CallCounts): number {
  return (2 * failures - calls) * Math.min(1, MAX_CALLS_OF_TENANT / calls);
}
