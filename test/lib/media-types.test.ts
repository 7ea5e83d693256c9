import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isUtf8Json, parseAccept, preferredOf } from '../../src/lib/media-types.ts';

describe('the content type of JSON in UTF-8', () => {
  it.each([
    'application/json',
    'Application/JSON',
    'application/json;charset=utf-8',
    'application/json; charset=UTF-8',
    'application/json ; charset=utf-8',
    'application/json\t;\tcharset=Utf-8 ',
    'application/json; charset=utf8',
    'application/json; charset=UTF8',
    'application/json; charset="utf-8"',
    'application/json; Charset="UTF-8"',
    'application/json; charset="u\\tf-8"',
    'application/json;',
    'application/json; profile="a;charset=latin1"; charset=utf-8',
  ])('is %j', (contentType) => {
    expect(isUtf8Json(contentType)).toBe(true);
  });

  it.each([
    undefined,
    null,
    '',
    'json',
    'text/plain',
    'text/json',
    'application/jsonp',
    'application/json5',
    'application/graphql+json',
    'application/json, text/plain',
    'text/plain; a=application/json',
    'application/json; charset=iso-8859-1',
    'application/json; charset=utf-16',
    'application/json; charset="utf-16le"',
    'application/json; charset=us-ascii',
    'application/json; charset=utf-8x',
    'application/json; charset=',
    'multipart/form-data; boundary=application/json',
  ])('is not %j', (contentType) => {
    expect(isUtf8Json(contentType)).toBe(false);
  });
});

describe('the weight of a media type', () => {
  // https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1, without the types that have parameters.
  const RFC =
    'text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, */*;q=0.5';
  const weightOf = (accept: string | undefined, type: string) =>
    preferredOf(parseAccept(accept), [type])?.weight ?? 0;

  it.each([
    [RFC, 'text/plain', 0.7],
    [RFC, 'text/html', 0.3],
    [RFC, 'image/jpeg', 0.5],
    ['*/*', 'text/html', 1],
    [undefined, 'text/html', 1],
    ['', 'text/html', 1],
    [' \t', 'text/html', 1],
    ['text/html;q=0', 'text/html', 0],
    ['text/html;q=0.000, */*', 'text/html', 0],
    ['*/*, text/*;q=0', 'text/html', 0],
    ['text/*;q=0, text/html', 'text/html', 1],
    ['TEXT/HTML ; Q=0.25', 'text/html', 0.25],
    ['text/html;q=.5', 'text/html', 0.5],
    ['text/html;q=1.000', 'text/html', 1],
    ['text/html;q=2', 'text/html', 1],
    ['text/html;q=-1', 'text/html', 0],
    ['text/html;q=high', 'text/html', 1],
    ['text/html;charset=utf-8;q=0.5, text/html;q=0.1', 'text/html', 0.5],
    ['text/html;charset="UTF8"', 'text/html', 1],
    ['text/html;charset=latin1', 'text/html', 0],
    ['text/html;level=1;q=0.9, text/html;q=0.1', 'text/html', 0.1],
    ['image/png;a="x, text/html", text/css', 'text/html', 0],
    [',, text/html ,', 'text/html', 1],
    ['html, *', 'text/html', 0],
    ['*/html', 'text/html', 0],
    ['text/htmlx, xtext/html, text', 'text/html', 0],
  ])('under %j: %s has %d', (accept, type, weight) => {
    expect(weightOf(accept, type)).toBe(weight);
  });
});

describe('the preferred media type', () => {
  const OFFERED = ['a/a', 'a/b', 'b/a'] as const;

  it.each([
    ['*/*', 'a/a'],
    ['a/b, a/a', 'a/b'],
    ['*/*, a/b', 'a/b'],
    ['*/*;q=0.2, a/*;q=0.1', 'b/a'],
    ['a/a;q=0, a/*', 'a/b'],
    ['a/a;q=0.1, a/b;q=0.2, b/a;q=0.3', 'b/a'],
    ['c/c', undefined],
    ['*/*;q=0', undefined],
  ])('under %j is %s', (accept, expected) => {
    expect(preferredOf(parseAccept(accept), OFFERED)?.type).toBe(expected);
  });

  it('has the highest weight, by the most specific range, however the header is written', () => {
    const types = ['a/a', 'a/b', 'b/a', 'b/b', 'a/*', 'b/*', '*/*'];
    const rangesOf = fc.uniqueArray(
      fc.record({
        type: fc.constantFrom(...types),
        weight: fc.integer({ min: 0, max: 1_000 }).map((thousandths) => thousandths / 1_000),
        isUpper: fc.boolean(),
        space: fc.constantFrom('', ' ', '\t '),
      }),
      { selector: ({ type }) => type, minLength: 1 },
    );
    fc.assert(
      fc.property(rangesOf, (ranges) => {
        const header = ranges
          .map(({ type, weight, isUpper, space }) => {
            const text = `${type}${space};${space}q=${weight}`;
            return isUpper ? text.toUpperCase() : text;
          })
          .join(',');
        const weightOf = (type: string) => {
          const names = [type, `${type[0]}/*`, '*/*'];
          const range = names.map((name) => ranges.find((one) => one.type === name)).find(Boolean);
          return range?.weight ?? 0;
        };
        const best = Math.max(...OFFERED.map(weightOf));
        const preferred = preferredOf(parseAccept(header), OFFERED);
        expect(preferred?.weight ?? 0).toBe(best);
        expect(preferred === null ? 0 : weightOf(preferred.type)).toBe(best);
      }),
    );
  });
});
