import type { WindowArguments } from '../../src/relay/window.ts';

interface ReferencePage<T> {
  readonly edges: readonly T[];
  readonly hasPreviousPage: boolean;
  readonly hasNextPage: boolean;
}

/**
 * The Relay specification's algorithm read word by word over a list in memory, as slow and as plain as it is
 * there; cursors are compared as what they are to a client, opaque strings. The flags that the specification
 * leaves to what a server can tell are told from the whole list; crossed cursors give nothing.
 */
export function readBySpecification<T>(
  all: readonly T[],
  cursorOf: (item: T) => string,
  { first, after, last, before }: WindowArguments,
): ReferencePage<T> {
  const places = { after: placeOf(all, cursorOf, after), before: placeOf(all, cursorOf, before) };
  const crossed = places.after !== null && places.before !== null && places.after >= places.before;

  const afterOnly = all.filter((_, place) => places.after === null || place > places.after);
  const applied = crossed
    ? []
    : afterOnly.filter((item) => places.before === null || all.indexOf(item) < places.before);

  let edges = applied;
  if (isGiven(first) && edges.length > first) edges = edges.slice(0, first);
  if (isGiven(last) && edges.length > last) edges = edges.slice(edges.length - last);

  const upToAfter = all.filter((_, place) => places.after !== null && place <= places.after);
  const fromBefore = all.filter((_, place) => places.before !== null && place >= places.before);
  return {
    edges,
    hasPreviousPage: isGiven(last) ? applied.length > last : upToAfter.length > 0,
    hasNextPage: isGiven(first) ? applied.length > first : fromBefore.length > 0,
  };
}

function isGiven(value: number | null | undefined): value is number {
  return value != null;
}

function placeOf<T>(
  all: readonly T[],
  cursorOf: (item: T) => string,
  cursor: string | null | undefined,
): number | null {
  if (cursor == null) return null;
  return all.findIndex((item) => cursorOf(item) === cursor);
}
