import { describe, expect, it } from 'vitest';

import { OpenSandbox } from './open-sandbox.ts';

const request = { name: 'talos', url: 'https://example.test/talos.raw.gz', region: 'fra1' };

const create = (api: OpenSandbox, body: unknown, token = 'sandbox') =>
  api.ask('/v2/images', { method: 'POST', body, token });

describe('imports', () => {
  it('are accepted before anything is known of the image', async () => {
    await using api = await OpenSandbox.start();
    const { status, body } = await create(api, { ...request, distribution: 'Haiku', tags: ['base'] });
    expect(status).toBe(202);
    expect(body.image).toEqual({
      id: expect.any(Number),
      name: 'talos',
      distribution: 'Unknown',
      regions: [],
      created_at: '2026-10-10T12:00:00Z',
      type: 'custom',
      description: '',
      tags: ['base'],
      status: 'NEW',
      error_message: '',
    });
  });

  it('become pending, then available with a region and sizes', async () => {
    await using api = await OpenSandbox.start();
    const { id } = (await create(api, request)).body.image;
    const read = async () => (await api.ask(`/v2/images/${id}`)).body.image;
    expect(await read()).toMatchObject({
      status: 'NEW',
      slug: null,
      min_disk_size: null,
      size_gigabytes: null,
    });
    api.control.advance(2_000);
    expect(await read()).toMatchObject({ status: 'pending', regions: [] });
    api.control.advance(4_000);
    expect(await read()).toMatchObject({ status: 'available', regions: ['fra1'], min_disk_size: 15 });
    expect((await api.ids('/v2/images?private=true')).at(-1)).toBe(id);
  });

  it('of a corrupt file end as deleted, gone from lists and readable by id', async () => {
    await using api = await OpenSandbox.start({ importMs: { pendingAfter: 10, doneAfter: 20 } });
    const { id } = (await create(api, { ...request, url: 'https://example.test/corrupt.gz' })).body.image;
    expect(await api.ids('/v2/images?private=true')).toContain(id);
    api.control.advance(20);
    const { image } = (await api.ask(`/v2/images/${id}`)).body;
    expect(image).toMatchObject({ status: 'deleted', regions: [] });
    expect(image.error_message).toMatch(/^We had a problem decompressing your file\./);
    expect(await api.ids('/v2/images?private=true')).not.toContain(id);
  });

  it.each([
    ['no name', { ...request, name: undefined }],
    ['an empty name', { ...request, name: ' ' }],
    ['no URL', { ...request, url: undefined }],
    ['a URL of another scheme', { ...request, url: 'file:///etc/passwd' }],
    ['an unknown region', { ...request, region: 'moon1' }],
    ['tags that are no list', { ...request, tags: 'base' }],
  ])('with %s are refused', async (_, body) => {
    await using api = await OpenSandbox.start();
    expect((await create(api, body)).status).toBe(422);
    expect(await api.total('/v2/images')).toBe(80);
  });
});
