import { describe, expect, it } from 'vitest';

import { parseRateLimit, parseRetryAfter } from '../../src/digitalocean/rate-limit.ts';

const nowMs = Date.parse('2026-11-24T12:00:00Z');

describe('the time to wait', () => {
  it.each<[string, string | undefined, string | undefined, number | undefined]>([
    ['seconds', '29', undefined, 29],
    ['zero, as a second', '0', undefined, 1],
    ['many zeros, as a second', '000', undefined, 1],
    ['an HTTP date', 'Tue, 24 Nov 2026 12:01:30 GMT', undefined, 90],
    ['a date that is over, as a second', 'Tue, 24 Nov 2026 11:00:00 GMT', undefined, 1],
    ['the date of now, as a second', 'Tue, 24 Nov 2026 12:00:00 GMT', undefined, 1],
    ['a hundred million seconds, as an hour', '100000000', undefined, 3_600],
    ['the reset where there is nothing else', undefined, String(nowMs / 1_000 + 45), 45],
    ['the reset where the first is garbage', 'soon', String(nowMs / 1_000 + 45), 45],
    ['the reset where the first is negative', '-5', String(nowMs / 1_000 + 7), 7],
    ['a number of any length, as an hour', '9'.repeat(400), undefined, 3_600],
    ['a reset within a second, as one', undefined, String(nowMs / 1_000 + 1), 1],
    ['a reset that is over: nothing', undefined, String(nowMs / 1_000 - 30), undefined],
    ['a reset of now: nothing', undefined, String(nowMs / 1_000), undefined],
    ['nothing', undefined, undefined, undefined],
    ['garbage', 'soon', 'later', undefined],
  ])('is read from %s', (_, retryAfter, rateLimitReset, expected) => {
    expect(parseRetryAfter({ retryAfter, rateLimitReset, nowMs })).toBe(expected);
  });
});

describe('the budget', () => {
  const read = (headers: Record<string, string>) => parseRateLimit((name) => headers[name]);
  const headers = {
    'ratelimit-limit': '5000',
    'ratelimit-remaining': '4816',
    'ratelimit-reset': '1444931833',
  };

  it('is read from its three headers', () => {
    expect(read(headers)).toEqual({ limit: 5_000, remaining: 4_816, resetAtMs: 1_444_931_833_000 });
  });

  it.each(Object.keys(headers))('is unknown where %s is missing or garbage', (name) => {
    const rest = Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));
    expect(read(rest)).toBeNull();
    expect(read({ ...headers, [name]: '-1' })).toBeNull();
    expect(read({ ...headers, [name]: '999999999999' })).toBeNull();
  });
});
