import { parse } from 'content-type';

/** One of the ranges of an `Accept` header: https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1 */
export interface MediaRange {
  /** In lower case; a type, or a group of them as `text/*`, or all. */
  readonly type: string;
  /** 0 to 1. */
  readonly weight: number;
  /** Of the ranges that a type is in, the most specific one counts. */
  readonly specificity: number;
  /** In the header. */
  readonly place: number;
}

/** Whether a body of this `Content-Type` is JSON in UTF-8, which JSON is in where nothing else is said. */
export function isUtf8Json(contentType: string | null | undefined): boolean {
  if (contentType === 'application/json') return true;
  const { type, parameters } = parse(contentType ?? '');
  return type === 'application/json' && isUtf8(parameters['charset']);
}

/** The ranges of an `Accept` header. Without one, or with an empty one, anything is accepted. */
export function parseAccept(accept: string | null | undefined): readonly MediaRange[] {
  const header = accept?.trim() || '*/*';
  const ranges: MediaRange[] = [];
  let start = 0;
  for (let place = 0; start < header.length; place += 1) {
    const { type, parameters, index } = parse(header, { start, comma: true });
    const { q, charset, ...others } = parameters;
    const specificity = specificityOf(type) + (charset === undefined ? 0 : 1);
    // With other parameters it is a type that is not offered: `application/json;profile=x` is no other JSON.
    if (isUtf8(charset) && Object.keys(others).length === 0)
      ranges.push({ type, weight: toWeight(q), specificity, place });
    start = index + 1;
  }
  return ranges;
}

/**
 * The range by which the type is accepted, if any. Among several offered types the one with the highest weight is
 * preferred; among those with the same weight, one that is named and not only included in a group; then the header's
 * order counts, then the order in which they are offered.
 */
export function preferredOf<T extends string>(
  ranges: readonly MediaRange[],
  offered: readonly T[],
): { readonly type: T; readonly weight: number } | null {
  const accepted = offered.flatMap((type) => {
    const range = rangeOf(type, ranges);
    return range !== undefined && range.weight > 0 ? [{ type, range }] : [];
  });
  const [best] = accepted.toSorted(
    ({ range: a }, { range: b }) => b.weight - a.weight || b.specificity - a.specificity || a.place - b.place,
  );
  return best === undefined ? null : { type: best.type, weight: best.range.weight };
}

function rangeOf(type: string, ranges: readonly MediaRange[]): MediaRange | undefined {
  const names = new Set([type, type.replace(/\/.*/, '/*'), '*/*']);
  const [best] = ranges
    .filter((range) => names.has(range.type))
    .toSorted((a, b) => b.specificity - a.specificity || b.weight - a.weight);
  return best;
}

function specificityOf(type: string): number {
  if (type === '*/*') return 0;
  return type.endsWith('/*') ? 1 : 2;
}

/** One that is malformed counts as absent. */
function toWeight(q: string | undefined): number {
  const weight = Number.parseFloat(q ?? '');
  return Number.isNaN(weight) ? 1 : Math.min(Math.max(weight, 0), 1);
}

function isUtf8(charset: string | undefined): boolean {
  return charset === undefined || /^utf-?8$/i.test(charset);
}
