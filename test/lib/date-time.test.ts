import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { formatDateTime, normalizeDateTime, parseDateTime } from '../../src/lib/date-time.ts';

const MONTH_LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const isLeapYear = (year: number) => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

const monthLength = (year: number, month: number) =>
  (MONTH_LENGTHS[month - 1] ?? 0) + (month === 2 && isLeapYear(year) ? 1 : 0);

/** Days from 1970-01-01, counted without `Date`. */
function dayNumber(year: number, month: number, day: number): number {
  const leapYearsBefore = (y: number) =>
    y <= 0 ? 0 : Math.floor((y - 1) / 4) - Math.floor((y - 1) / 100) + Math.floor((y - 1) / 400) + 1;
  const yearStart = (y: number) => y * 365 + leapYearsBefore(y);
  let days = yearStart(year) - yearStart(1970) + day - 1;
  for (let before = 1; before < month; before += 1) days += monthLength(year, before);
  return days;
}

const pad = (value: number, digits = 2) => String(value).padStart(digits, '0');

/** The parts of a date and time, each at its edges more often than a number of its range would be. */
const parts = fc.record({
  year: fc.oneof(fc.integer({ min: 0, max: 9_999 }), fc.constantFrom(0, 99, 1_900, 2_000, 2_024, 9_999)),
  month: fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constantFrom(0, 2, 6, 12, 13)),
  day: fc.oneof(fc.integer({ min: 1, max: 28 }), fc.constantFrom(0, 28, 29, 30, 31, 32)),
  hour: fc.oneof(fc.integer({ min: 0, max: 23 }), fc.constantFrom(23, 24)),
  minute: fc.oneof(fc.integer({ min: 0, max: 59 }), fc.constantFrom(59, 60)),
  second: fc.oneof(fc.integer({ min: 0, max: 59 }), fc.constantFrom(59, 60, 61)),
  fraction: fc.oneof(fc.constant(''), fc.stringMatching(/^\.\d{1,12}$/)),
  offset: fc.oneof(
    fc.constantFrom('Z', 'z', '+00:00', '-00:00', '+23:59', '-23:59', '+24:00', '+05:60', '', '+05', '+0530'),
    fc.stringMatching(/^[+-][01]\d:[0-5]\d$/),
  ),
  divider: fc.constantFrom('T', 'T', 'T', 't', 't', ' ', ''),
});

/** What a reader of RFC 3339, section 5.6 and 5.7, says of the parts: epoch milliseconds, or NaN. */
function readParts(given: typeof parts extends fc.Arbitrary<infer Parts> ? Parts : never): number {
  const { year, month, day, hour, minute, second, fraction, offset, divider } = given;
  if (divider.toUpperCase() !== 'T' || month < 1 || month > 12) return NaN;
  if (day < 1 || day > monthLength(year, month) || hour > 23 || minute > 59 || second > 60) return NaN;
  let shift = 0;
  if (offset.toUpperCase() !== 'Z') {
    if (!/^[+-]\d\d:\d\d$/.test(offset)) return NaN;
    const [hours = 0, minutes = 0] = offset.slice(1).split(':').map(Number);
    if (hours > 23 || minutes > 59) return NaN;
    shift = (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
  }
  const minutes = dayNumber(year, month, day) * 1_440 + hour * 60 + minute - shift;
  if (second === 60) {
    // Behind the last minute of a June or a December in UTC, and nowhere else.
    const isEnd = [year - 1, year, year + 1].some(
      (y) => minutes + 1 === dayNumber(y, 7, 1) * 1_440 || minutes + 1 === dayNumber(y, 1, 1) * 1_440,
    );
    if (!isEnd) return NaN;
  }
  return (minutes * 60 + second) * 1_000 + Number(fraction.slice(1, 4).padEnd(3, '0'));
}

function toText(given: Parameters<typeof readParts>[0]): string {
  const { year, month, day, hour, minute, second, fraction, offset, divider } = given;
  const date = `${pad(year, 4)}-${pad(month)}-${pad(day)}`;
  return `${date}${divider}${pad(hour)}:${pad(minute)}:${pad(second)}${fraction}${offset}`;
}

describe('a date and time of RFC 3339', () => {
  it('is the instant that its grammar and the calendar give it, or none', () => {
    fc.assert(
      fc.property(parts, (given) => {
        expect(parseDateTime(toText(given))).toBe(readParts(given));
      }),
      { numRuns: 5_000 },
    );
  });

  it('is on every day of the calendar, and on no other', () => {
    for (const year of [0, 4, 1_900, 1_999, 2_000, 2_023, 2_024, 2_100, 9_999]) {
      for (let month = 0; month <= 13; month += 1) {
        for (let day = 0; day <= 32; day += 1) {
          const exists = month >= 1 && month <= 12 && day >= 1 && day <= monthLength(year, month);
          const ms = parseDateTime(`${pad(year, 4)}-${pad(month)}-${pad(day)}T00:00:00Z`);
          expect(ms).toBe(exists ? dayNumber(year, month, day) * 86_400_000 : NaN);
        }
      }
    }
  });

  it.each([
    ['1990-12-31T23:59:60Z', '1991-01-01T00:00:00.000Z'],
    ['1990-12-31T15:59:60-08:00', '1991-01-01T00:00:00.000Z'],
    ['2016-12-31T23:59:60.5Z', '2017-01-01T00:00:00.500Z'],
    ['2015-07-01T01:59:60+02:00', '2015-07-01T00:00:00.000Z'],
    ['1990-12-30T23:59:60Z', null],
    ['1990-12-31T22:59:60Z', null],
    ['1990-12-31T23:58:60Z', null],
    ['1990-12-31T23:59:61Z', null],
    ['1990-12-31T23:59:60-08:00', null],
  ])('has a leap second where one can be: %s is %s', (text, normalized) => {
    expect(normalizeDateTime(text)).toBe(normalized);
  });

  it.each([
    '',
    'yesterday',
    '2024-01-01',
    ' 2024-01-01T00:00:00Z',
    '2024-01-01T00:00:00Z\n',
    '٢٠٢٤-01-01T00:00:00Z',
  ])('is not %j', (text) => {
    expect(parseDateTime(text)).toBeNaN();
    expect(normalizeDateTime(text)).toBeNull();
  });
});

describe('a normalized date and time', () => {
  it('is the same instant in UTC, with three digits of a fraction and in upper case', () => {
    fc.assert(
      fc.property(parts, (given) => {
        const text = normalizeDateTime(toText(given));
        const ms = readParts(given);
        const isShown = ms >= dayNumber(0, 1, 1) * 86_400_000 && ms < dayNumber(10_000, 1, 1) * 86_400_000;
        expect(text !== null).toBe(isShown);
        if (text === null) return;
        expect(text).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        expect(parseDateTime(text)).toBe(ms);
        expect(Date.parse(text)).toBe(ms);
      }),
      { numRuns: 5_000 },
    );
  });

  it('has a year of four digits: an instant outside them has none', () => {
    expect(normalizeDateTime('9999-12-31T23:59:59-01:00')).toBeNull();
    expect(normalizeDateTime('9999-12-31T23:59:60Z')).toBeNull();
    expect(normalizeDateTime('0000-01-01T00:00:00+00:01')).toBeNull();
    expect(normalizeDateTime('0000-01-01T00:01:00+00:01')).toBe('0000-01-01T00:00:00.000Z');
  });

  it.each([NaN, Infinity, -Infinity, 8.64e15 + 1, -8.64e15, 253_402_300_800_000, -62_167_219_200_001])(
    'is none for %d milliseconds',
    (ms) => {
      expect(formatDateTime(ms)).toBeNull();
    },
  );
});
