import { describe, expect, it } from 'vitest';

import { OpenSandbox } from './open-sandbox.ts';

const limitHeaders = ({ headers }: Response) =>
  ['ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset', 'retry-after'].map((name) =>
    headers.get(name),
  );

describe('rate limits', () => {
  it('allows 5000 requests an hour, and says when the oldest stops counting', async () => {
    await using api = await OpenSandbox.start();
    const start = Date.UTC(2026, 9, 10, 12) / 1000;
    expect(limitHeaders(await api.fetch('/v2/images'))).toEqual(['5000', '4999', `${start + 3600}`, null]);
    api.control.advance(1_500);
    expect(limitHeaders(await api.fetch('/v2/nothing'))).toEqual(['5000', '4998', `${start + 3600}`, null]);
    api.control.advance(3_599_000);
    expect(limitHeaders(await api.fetch('/v2/images'))).toEqual(['5000', '4998', `${start + 3602}`, null]);
  });

  it('refuses a burst with a time to wait, and lets it go on after that', async () => {
    await using api = await OpenSandbox.start({ limits: { perHour: 100, perMinute: 2 } });
    await api.fetch('/v2/images');
    api.control.advance(20_000);
    await api.fetch('/v2/images');
    const refused = await api.fetch('/v2/images');
    expect(refused.status).toBe(429);
    expect(limitHeaders(refused)).toMatchObject({ 1: '0', 3: '40' });
    expect(await refused.json()).toEqual({ id: 'too_many_requests', message: 'API rate limit exceeded.' });
    api.control.advance(39_999);
    expect((await api.fetch('/v2/images')).status).toBe(429);
    api.control.advance(1);
    expect((await api.fetch('/v2/images')).status).toBe(200);
    expect((await api.fetch('/v2/images')).status).toBe(429);
  });

  it('refuses a spent hour without a time to wait', async () => {
    await using api = await OpenSandbox.start({ limits: { perHour: 2, perMinute: 2 } });
    await api.fetch('/v2/images');
    await api.fetch('/v2/images');
    const refused = await api.fetch('/v2/images');
    expect(refused.status).toBe(429);
    expect(limitHeaders(refused)).toMatchObject({ 0: '2', 1: '0', 3: null });
    api.control.advance(3_600_000);
    expect((await api.fetch('/v2/images')).status).toBe(200);
  });

  it('counts each token by itself', async () => {
    await using api = await OpenSandbox.start({ limits: { perHour: 1, perMinute: 1 } });
    await api.fetch('/v2/images');
    expect((await api.fetch('/v2/images')).status).toBe(429);
    expect((await api.fetch('/v2/images', { token: 'sandbox-readonly' })).status).toBe(200);
  });

  it('puts its headers on answers to strangers as well', async () => {
    await using api = await OpenSandbox.start();
    expect(limitHeaders(await api.fetch('/v2/images', { token: null }))).toMatchObject({
      0: '5000',
      1: '5000',
    });
  });
});
