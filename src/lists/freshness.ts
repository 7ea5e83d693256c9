import type { ImageList } from './image-list.ts';
import { MAX_PER_PAGE } from './paging.ts';

/** How old a list is, and how old it may get; all in milliseconds. */
export interface Age {
  readonly ageMs: number;
  /** How old it may get before it is read anew; it still answers while that is under way, until twice this. */
  readonly freshMs: number;
  /** How old it may get while the API is out of order. */
  readonly outageMs: number;
  /** For how long it has been older than it would be with a full budget. */
  readonly staleMs: number;
}

export const NEVER_READ: Age = { ageMs: Infinity, freshMs: 0, outageMs: 0, staleMs: 0 };

/** 5,000 requests an hour, of which a tenth: one in 7.2 seconds. */
const TTL_MS_PER_PAGE = 7_200;
const MIN_OUTAGE_MS = 60_000;

/**
 * @param ttlMs how long a list is fresh at least; 0 for not at all
 * @param stretch how many times longer than usual, 1 or more
 */
export function ageOf(list: ImageList, nowMs: number, ttlMs: number, stretch: number): Age {
  const ageMs = nowMs - list.readAtMs;
  const pages = list.complete ? Math.ceil(list.items.length / MAX_PER_PAGE) : 1;
  const usualMs = ttlMs === 0 ? 0 : Math.max(ttlMs, pages * TTL_MS_PER_PAGE);
  const freshMs = usualMs * stretch;
  const outageMs = Math.max(2 * freshMs, freshMs + MIN_OUTAGE_MS);
  return { ageMs, freshMs, outageMs, staleMs: Math.max(0, ageMs - usualMs) };
}
