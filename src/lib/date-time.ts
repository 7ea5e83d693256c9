/** `date-time` of RFC 3339, section 5.6 (https://www.rfc-editor.org/rfc/rfc3339#section-5.6), but for the day's month. */
const DATE_TIME =
  /^(?<date>\d{4}-\d{2}-\d{2})t(?<time>(?:[01]\d|2[0-3]):[0-5]\d:)(?<second>[0-5]\d|60)(?:\.(?<fraction>\d+))?(?:z|(?<sign>[+-])(?<hours>[01]\d|2[0-3]):(?<minutes>[0-5]\d))$/i;

/** As the images API writes nearly all of them, normalized, on a day that every month has. */
const PLAIN = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.000Z$/;

const MIN_MS = Date.parse('0000-01-01T00:00:00.000Z');
const MAX_MS = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * The instant of an RFC 3339 date and time in epoch milliseconds, further digits cut off; NaN for any other text. A
 * leap second, which only a June or a December can end with, is the first second of the next month, as in POSIX time.
 */
export function parseDateTime(text: string): number {
  const { date, time, second, fraction = '', sign, hours, minutes } = DATE_TIME.exec(text)?.groups ?? {};
  if (date === undefined) return NaN;
  const isLeap = second === '60';
  const local = Date.parse(
    `${date}T${time}${isLeap ? '59' : second}.${fraction.slice(0, 3).padEnd(3, '0')}Z`,
  );
  // `Date.parse` takes 30 February for a day in March.
  if (Number.isNaN(local) || !new Date(local).toISOString().startsWith(date)) return NaN;
  const offsetMinutes = sign === undefined ? 0 : Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes));
  const ms = local - offsetMinutes * 60_000;
  if (!isLeap) return ms;
  return /-(?:06-30|12-31)T23:59:59/.test(new Date(ms).toISOString()) ? ms + 1_000 : NaN;
}

/** An instant in the one form in which we show them, `2026-03-21T04:25:45.000Z`; null outside the years 0 to 9999. */
export function formatDateTime(ms: number): string | null {
  return ms >= MIN_MS && ms <= MAX_MS ? new Date(ms).toISOString() : null;
}

/** An RFC 3339 date and time in that form; null for any other text. */
export function normalizeDateTime(text: string): string | null {
  if (text.length === 20 && text.endsWith('Z')) {
    const plain = `${text.slice(0, -1)}.000Z`;
    // The test is also what makes the text one string in memory, instead of two parts that point to `text`.
    if (PLAIN.test(plain)) return plain;
  }
  return formatDateTime(parseDateTime(text));
}
