import { describe, expect, it } from 'vitest';

import { OpenSandbox } from './open-sandbox.ts';

const SNAPSHOT = 230000001;
const BACKUP = 230000101;

const act = (api: OpenSandbox, id: number, body: unknown) =>
  api.ask(`/v2/images/${id}/actions`, { method: 'POST', body });

describe('image actions', () => {
  it('copy an image to one more region, once they complete', async () => {
    await using api = await OpenSandbox.start();
    const { status, body } = await act(api, SNAPSHOT, { type: 'transfer', region: 'lon1' });
    expect(status).toBe(201);
    expect(body.action).toMatchObject({
      status: 'in-progress',
      type: 'transfer',
      started_at: '2026-10-10T12:00:00Z',
      completed_at: null,
      resource_id: SNAPSHOT,
      resource_type: 'image',
      region: { slug: 'lon1', name: 'London 1' },
      region_slug: 'lon1',
    });
    expect((await api.ask(`/v2/images/${SNAPSHOT}`)).body.image.regions).toEqual(['nyc3']);

    api.control.advance(3_000);
    const completed = { status: 'completed', completed_at: '2026-10-10T12:00:03Z' };
    for (const path of [
      `/v2/images/${SNAPSHOT}/actions/${body.action.id}`,
      `/v2/actions/${body.action.id}`,
    ]) {
      expect((await api.ask(path)).body.action).toMatchObject(completed);
    }
    expect((await api.ask(`/v2/images/${SNAPSHOT}`)).body.image.regions).toEqual(['nyc3', 'lon1']);
  });

  it('turn a backup into a snapshot', async () => {
    await using api = await OpenSandbox.start({ actionMs: 10 });
    const { regions } = (await api.ask(`/v2/images/${BACKUP}`)).body.image;
    const { region, region_slug: slug } = (await act(api, BACKUP, { type: 'convert' })).body.action;
    expect([region.slug, slug]).toEqual([regions[0], regions[0]]);
    api.control.advance(10);
    expect((await api.ask(`/v2/images/${BACKUP}`)).body.image.type).toBe('snapshot');
    expect((await act(api, BACKUP, { type: 'convert' })).status).toBe(422);
  });

  it('are listed by image, the newest first, in pages', async () => {
    await using api = await OpenSandbox.start();
    const first = (await act(api, SNAPSHOT, { type: 'transfer', region: 'lon1' })).body.action.id;
    const second = (await act(api, SNAPSHOT, { type: 'transfer', region: 'ams2' })).body.action.id;
    const { body } = await api.ask(`/v2/images/${SNAPSHOT}/actions?per_page=1`);
    expect(Object.keys(body)).toEqual(['actions', 'links', 'meta']);
    expect(body.actions.map(({ id }: { id: number }) => id)).toEqual([second]);
    expect(body.meta.total).toBe(2);
    expect((await api.ask(`/v2/images/${BACKUP}/actions/${first}`)).status).toBe(404);
    expect((await api.ask(`/v2/images/1/actions`)).status).toBe(404);
    expect((await api.ask('/v2/actions/1')).status).toBe(404);
  });

  it('fail where the image is gone before they complete', async () => {
    await using api = await OpenSandbox.start();
    const { id } = (await act(api, SNAPSHOT, { type: 'transfer', region: 'lon1' })).body.action;
    await api.ask(`/v2/images/${SNAPSHOT}`, { method: 'DELETE' });
    api.control.advance(3_000);
    expect((await api.ask(`/v2/actions/${id}`)).body.action.status).toBe('errored');
  });

  it('of an unknown type are not found', async () => {
    await using api = await OpenSandbox.start();
    expect(await act(api, SNAPSHOT, { type: 'rename' })).toEqual({
      status: 404,
      body: { id: 'not_found', message: 'The specified action type is not available.' },
    });
  });

  it.each([
    ['a backup', BACKUP, 'lon1', 'Backups can not be transfered to other regions'],
    ['an image that is there already', SNAPSHOT, 'nyc3', 'Image is already available in that region'],
    ['an image to nowhere', SNAPSHOT, 'moon1', 'Region is invalid'],
    ['an image that is still new', 230000204, 'lon1', 'Image is not available yet'],
  ])('do not transfer %s', async (_, id, region, message) => {
    await using api = await OpenSandbox.start();
    const { status, body } = await act(api, id, { type: 'transfer', region });
    expect([status, body.message]).toEqual([422, message]);
  });

  it('takes the last of two keys in a body', async () => {
    await using api = await OpenSandbox.start();
    expect((await act(api, BACKUP, '{ "type": "nonsense", "type": "convert" }')).status).toBe(201);
  });
});
