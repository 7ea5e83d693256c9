import { describe, expect, it } from 'vitest';

import { OpenSandbox } from './open-sandbox.ts';

describe('access', () => {
  it('refuses requests without a token, or with one that nobody has', async () => {
    await using api = await OpenSandbox.start();
    const answer = { status: 401, body: { id: 'unauthorized', message: 'Unable to authenticate you' } };
    expect(await api.ask('/v2/images', { token: null })).toEqual(answer);
    expect(await api.ask('/v2/images', { token: 'stranger' })).toEqual(answer);
  });

  it('lets a reading token read the same account, and nothing else', async () => {
    await using api = await OpenSandbox.start();
    const token = 'sandbox-readonly';
    const read = ['/v2/images', '/v2/images/230000044', '/v2/images/230000044/actions', '/v2/regions'];
    for (const path of read) expect((await api.ask(path, { token })).status).toBe(200);
    const forbidden = {
      status: 403,
      body: { id: 'forbidden', message: 'You do not have access for the attempted action.' },
    };
    const write: readonly (readonly [method: string, path: string])[] = [
      ['POST', '/v2/images'],
      ['PUT', '/v2/images/230000044'],
      ['DELETE', '/v2/images/230000044'],
      ['POST', '/v2/images/230000044/actions'],
      ['POST', '/v2/images/230000044/account_transfer'],
      ['POST', '/v2/images/230000044/account_transfer/accept'],
      ['POST', '/v2/images/230000044/account_transfer/cancel'],
      ['POST', '/v2/images/230000044/account_transfer/decline'],
    ];
    for (const [method, path] of write) expect(await api.ask(path, { method, token })).toEqual(forbidden);
  });

  it('answers 404 to unknown routes, known paths under another method included', async () => {
    await using api = await OpenSandbox.start();
    const answer = {
      status: 404,
      body: { id: 'not_found', message: 'The resource you were accessing could not be found.' },
    };
    expect(await api.ask('/v2/nothing')).toEqual(answer);
    expect(await api.ask('/v2/images/%')).toEqual(answer);
    expect(await api.ask('/v2/images/230000044', { method: 'POST', body: {} })).toEqual(answer);
  });

  it('gives every answer an id of its own', async () => {
    await using api = await OpenSandbox.start();
    const ids = await Promise.all(
      ['/v2/images', '/v2/images', '/v2/nothing'].map(async (path) =>
        (await api.fetch(path)).headers.get('x-request-id'),
      ),
    );
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/);
  });

  it('keeps accounts apart, public images included', async () => {
    await using api = await OpenSandbox.start({ tokens: ['t0', 't1'] });
    const own = (token: string) => api.ids('/v2/images?private=true', token);
    const everybody = await Promise.all(['sandbox', 'sandbox-b', 't0', 't1'].map(own));
    expect(new Set(everybody.flat()).size).toBe(everybody.flat().length);
    expect((await api.ask('/v2/images/230000044', { token: 'sandbox-b' })).status).toBe(404);

    api.control.delete({ token: 'sandbox', ids: [199996745] });
    expect((await api.ask('/v2/images/199996745')).status).toBe(404);
    expect((await api.ask('/v2/images/199996745', { token: 'sandbox-b' })).status).toBe(200);
  });

  it('gives further tokens the public images and one of their own, named by index', async () => {
    await using api = await OpenSandbox.start({ tokens: ['t0', 't1'] });
    const { body } = await api.ask('/v2/images?private=true', { token: 't1' });
    expect(body.images.map(({ name }: { name: string }) => name)).toEqual(['tenant-1-golden']);
    expect(await api.total('/v2/images', 't1')).toBe(68);
  });

  it('lists regions with their names, closed ones included', async () => {
    await using api = await OpenSandbox.start();
    const { body } = await api.ask('/v2/regions');
    expect(body.regions).toHaveLength(15);
    expect(body.regions[0]).toMatchObject({ slug: 'ams2', name: 'Amsterdam 2', available: false });
  });
});
