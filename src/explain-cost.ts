import type { Context } from './context.ts';

/** What a response says of its cost in upstream calls, and of a list in it that is stale. */
export async function explainCost(context: Context): Promise<Readonly<Record<string, unknown>>> {
  const { cost, authenticated } = context;
  const { requests, cached, coalesced, staleness } = cost;
  const remaining = authenticated ? ((await context.rateLimit())?.remaining ?? null) : null;
  const staleSeconds = staleness?.staleSeconds ?? 0;
  return { ...staleness, upstream: { requests, cached, coalesced, remaining, staleSeconds } };
}
