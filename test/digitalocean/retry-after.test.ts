import { describe, expect, it } from 'vitest';

import { parseRetryAfter } from '../../src/digitalocean/retry-after.ts';

const nowMs = Date.parse('2026-11-24T12:00:00Z');

describe('the time to wait', () => {
  it.each<[string, string | undefined, string | undefined, number | undefined]>([
    ['seconds', '29', undefined, 29],
    ['zero', '0', undefined, 0],
    ['an HTTP date', 'Tue, 24 Nov 2026 12:01:30 GMT', undefined, 90],
    ['a date that is over', 'Tue, 24 Nov 2026 11:00:00 GMT', undefined, 0],
    ['a hundred million seconds, as an hour', '100000000', undefined, 3_600],
    ['the reset where there is nothing else', undefined, String(nowMs / 1_000 + 45), 45],
    ['the reset where the first is garbage', 'soon', String(nowMs / 1_000 + 45), 45],
    ['the reset where the first is negative', '-5', String(nowMs / 1_000 + 7), 7],
    ['nothing', undefined, undefined, undefined],
    ['garbage', 'soon', 'later', undefined],
  ])('is read from %s', (_, retryAfter, rateLimitReset, expected) => {
    expect(parseRetryAfter({ retryAfter, rateLimitReset, nowMs })).toBe(expected);
  });
});
