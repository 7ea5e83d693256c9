import type { Context } from './context.ts';

/**
 * What is told of a request's cost in the answer's extensions: that a list in it is stale, always; its price in
 * upstream calls, where the caller asks for it with `X-Explain: 1` or the configuration does.
 */
export async function explainCost(
  context: Context,
  { always, request }: { readonly always: boolean; readonly request: Request },
): Promise<Record<string, unknown> | null> {
  const { cost, authenticated } = context;
  const isAsked = always || request.headers.get('x-explain') === '1';
  if (!isAsked) return cost.staleness;
  const { requests, cached, coalesced, staleness } = cost;
  const remaining = authenticated ? ((await context.rateLimit())?.remaining ?? null) : null;
  const staleSeconds = staleness?.staleSeconds ?? 0;
  return { ...staleness, upstream: { requests, cached, coalesced, remaining, staleSeconds } };
}
