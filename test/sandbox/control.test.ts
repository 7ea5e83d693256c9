import { describe, expect, it } from 'vitest';

import { OpenSandbox } from './open-sandbox.ts';

const post = (api: OpenSandbox, path: string, body: unknown) =>
  api.ask(path, { method: 'POST', token: null, body });

const TOKEN = 'sandbox';

describe('control over HTTP', () => {
  it('fills a list up to a number, the same way each time', async () => {
    await using one = await OpenSandbox.start();
    await using two = await OpenSandbox.start();
    for (const api of [one, two]) {
      expect(await post(api, '/sandbox/images', { token: TOKEN, fill: 120 })).toEqual({
        status: 200,
        body: { total: 120 },
      });
    }
    const page = '/v2/images?page=2&per_page=60';
    expect((await one.ask(page)).body.images).toEqual((await two.ask(page)).body.images);
    expect(await one.total('/v2/images')).toBe(120);
    expect(await one.total('/v2/images', 'sandbox-b')).toBe(71);
  });

  it('cuts a list from its tail', async () => {
    await using api = await OpenSandbox.start();
    const before = await api.ids('/v2/images?per_page=200');
    await post(api, '/sandbox/images', { token: TOKEN, fill: 33 });
    expect(await api.ids('/v2/images?per_page=200')).toEqual(before.slice(0, 33));
  });

  it('inserts images at the head, at the tail and in between', async () => {
    await using api = await OpenSandbox.start();
    const insert = [
      { name: 'a', at: 'head' },
      { name: 'b' },
      { name: 'c', at: 2, id: 7, min_disk_size: null },
    ];
    const { body } = await post(api, '/sandbox/images', { token: TOKEN, insert });
    const ids = await api.ids('/v2/images?per_page=200');
    expect([ids[0], ids.at(-1), ids[2]]).toEqual(body.ids);
    expect((await api.ask('/v2/images/7')).body.image).toMatchObject({ name: 'c', min_disk_size: null });
    expect(body.ids[1]).toBeGreaterThan(body.ids[0]);
  });

  it('sorts inserted public images under a kind', async () => {
    await using api = await OpenSandbox.start();
    const insert = [
      { public: true, type: 'base', slug: 'new-os' },
      { public: true, slug: 'new-app' },
    ];
    const { body } = await post(api, '/sandbox/images', { token: TOKEN, insert });
    expect((await api.ids('/v2/images?type=distribution&per_page=200')).at(-1)).toBe(body.ids[0]);
    expect((await api.ids('/v2/images?type=application&per_page=200')).at(-1)).toBe(body.ids[1]);
    expect((await api.ask('/v2/images/new-app')).status).toBe(200);
  });

  it('deletes images at once, whatever the lag', async () => {
    await using api = await OpenSandbox.start({ lagMs: 60_000 });
    const sent = { token: TOKEN, delete: [199996745, 230000044, 1] };
    expect((await post(api, '/sandbox/images', sent)).body).toEqual({ deleted: 2 });
    expect(await api.total('/v2/images')).toBe(78);
    expect((await api.ask('/v2/images/199996745')).status).toBe(404);
  });

  it('patches fields with anything', async () => {
    await using api = await OpenSandbox.start();
    const patch = { id: 230000044, image: { name: 5, regions: null, extra: {} } };
    await post(api, '/sandbox/images', { token: TOKEN, patch });
    expect((await api.ask('/v2/images/230000044')).body.image).toMatchObject(patch.image);
  });

  it('replaces a list by rows that are not even images', async () => {
    await using api = await OpenSandbox.start();
    const replace = [null, { id: 'x' }, 3, { id: 230000044, name: 'a' }, { id: 230000044, name: 'b' }];
    expect((await post(api, '/sandbox/images', { token: TOKEN, replace })).body).toEqual({ total: 5 });
    expect((await api.ask('/v2/images')).body).toEqual({ images: replace, links: {}, meta: { total: 5 } });
  });

  it('keeps the kinds of a list that is put in another order', async () => {
    await using api = await OpenSandbox.start();
    const { images } = (await api.ask('/v2/images?per_page=200')).body;
    const before = await api.ids('/v2/images?type=application&per_page=200');
    await post(api, '/sandbox/images', { token: TOKEN, replace: images.toReversed() });
    expect(await api.ids('/v2/images?type=application&per_page=200')).toEqual(before.toReversed());
  });

  it('sets and clears faults', async () => {
    await using api = await OpenSandbox.start();
    const fault = { match: { method: 'GET', path: '/v2/images' }, status: 503, times: 5, retryAfter: 1 };
    expect((await post(api, '/sandbox/faults', fault)).status).toBe(204);
    expect((await api.ask('/v2/images')).status).toBe(503);
    expect((await api.ask('/sandbox/faults', { method: 'DELETE' })).status).toBe(204);
    expect((await api.ask('/v2/images')).status).toBe(200);
  });

  it('advances the clock', async () => {
    await using api = await OpenSandbox.start();
    await post(api, '/sandbox/clock', { advanceMs: 90_000 });
    await api.ask('/v2/images');
    expect(api.control.requests().requests[0]?.at).toBe(Date.UTC(2026, 9, 10, 12, 1, 30));
  });

  it.each([
    ['/sandbox/faults', { kind: 'explode' }, 'kind'],
    ['/sandbox/faults', { stauts: 500 }, 'stauts'],
    ['/sandbox/faults', { status: 'bad' }, 'status'],
    ['/sandbox/faults', { times: 0 }, 'times'],
    ['/sandbox/faults', { match: { path: 1 } }, 'match.path'],
    ['/sandbox/faults', 'nonsense', 'body'],
    ['/sandbox/images', { fill: 3 }, 'token'],
    ['/sandbox/images', { token: 'stranger', fill: 3 }, 'token'],
    ['/sandbox/images', { token: TOKEN }, 'body'],
    ['/sandbox/images', { token: TOKEN, fill: -1 }, 'fill'],
    ['/sandbox/images', { token: TOKEN, insert: [{ at: 'middle' }] }, 'insert[0].at'],
    ['/sandbox/images', { token: TOKEN, patch: { id: 1, image: {} } }, 'id'],
    ['/sandbox/clock', { advanceMs: 'soon' }, 'advanceMs'],
  ])('%s refuses %j by the name of the field', async (path, body, field) => {
    await using api = await OpenSandbox.start();
    const answer = await post(api, path, body);
    expect(answer.status).toBe(400);
    expect(answer.body.message.split(':')[0]).toBe(field);
  });
});

describe('the request log', () => {
  it('has every API request, without its token, and no control request', async () => {
    await using api = await OpenSandbox.start();
    await api.ask('/v2/images?tag_name=a+b&page=2');
    await api.ask('/v2/images/230000044', { method: 'PUT', body: { name: 'x' }, token: 'sandbox-readonly' });
    await api.ask('/v2/images', { token: 'stranger' });
    const { status, body } = await api.ask('/sandbox/requests', { token: null });
    expect([status, body.count]).toEqual([200, 3]);
    expect(body.requests[0]).toMatchObject({
      method: 'GET',
      path: '/v2/images',
      query: { tag_name: 'a b', page: '2' },
      url: '/v2/images?tag_name=a+b&page=2',
      account: 'sandbox',
      status: 200,
      body: null,
      at: Date.UTC(2026, 9, 10, 12),
    });
    expect(body.requests[1]).toMatchObject({ account: 'sandbox', status: 403, body: { name: 'x' } });
    expect(body.requests[2]).toMatchObject({ account: null, status: 401 });
    expect(body.requests[0].headers).toHaveProperty('user-agent');
    expect(JSON.stringify(body)).not.toContain('Bearer');
  });

  it('starts anew when it is cleared', async () => {
    await using api = await OpenSandbox.start();
    await api.ask('/v2/images');
    await api.ask('/sandbox/requests', { method: 'DELETE' });
    expect((await api.ask('/sandbox/requests')).body).toEqual({ count: 0, requests: [] });
  });
});
