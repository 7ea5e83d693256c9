import { describe, expect, it } from 'vitest';

import { OpenSandbox } from './open-sandbox.ts';

describe('the list of images', () => {
  it('shows the oldest twenty first and counts them all', async () => {
    await using api = await OpenSandbox.start();
    const { status, body } = await api.ask('/v2/images');
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(['images', 'links', 'meta']);
    expect(body.images).toHaveLength(20);
    expect(body.meta).toEqual({ total: 80 });
    const ids = await api.ids('/v2/images?per_page=200');
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
  });

  it('writes an image with its fields in the order of the API', async () => {
    await using api = await OpenSandbox.start();
    const { body } = await api.ask('/v2/images/debian-12-x64');
    expect(Object.keys(body.image).join(' ')).toBe(
      'id name distribution slug public regions created_at min_disk_size type size_gigabytes description tags status error_message',
    );
  });

  it.each([
    ['per_page=0', 20],
    ['per_page=-3', 20],
    ['per_page=many', 20],
    ['per_page=1', 1],
    ['per_page=999', 80],
    ['page=0', 20],
    ['page=x', 20],
    ['per_page=30&page=3', 20],
  ])('is lenient about %s', async (query, length) => {
    await using api = await OpenSandbox.start();
    expect(await api.ids(`/v2/images?${query}`)).toHaveLength(length);
  });

  it('gives two hundred images a page at most', async () => {
    await using api = await OpenSandbox.start();
    api.control.fill({ token: 'sandbox', count: 250 });
    expect(await api.ids('/v2/images?per_page=999')).toHaveLength(200);
    expect(await api.ids('/v2/images?per_page=999&page=2')).toHaveLength(50);
  });

  it.each(['page=0', 'page=x', 'per_page=0', 'per_page=201', 'type=nonsense'])(
    'refuses %s where it is strict',
    async (query) => {
      await using api = await OpenSandbox.start({ strict: true });
      const { status, body } = await api.ask(`/v2/images?${query}`);
      expect([status, body.id]).toEqual([422, 'unprocessable_entity']);
    },
  );

  it('filters by kind, which the type of an image does not tell', async () => {
    await using api = await OpenSandbox.start();
    const applications = await api.total('/v2/images?type=application');
    const distributions = await api.total('/v2/images?type=distribution');
    expect(applications).toBeGreaterThan(0);
    expect(applications + distributions).toBe(67);
    expect(await api.total('/v2/images?private=true')).toBe(13);
    expect(await api.total('/v2/images?private=false')).toBe(80);
    expect(await api.total('/v2/images?type=custom')).toBe(7);
    expect(await api.total('/v2/images?type=nonsense&distribution=Debian')).toBe(80);
  });

  it('wants an image to pass all filters', async () => {
    await using api = await OpenSandbox.start();
    expect(await api.total('/v2/images?tag_name=prod')).toBe(2);
    expect(await api.total('/v2/images?tag_name=prod&private=true')).toBe(2);
    expect(await api.total('/v2/images?type=application&private=true')).toBe(0);
    expect((await api.ask('/v2/images?tag_name=nowhere')).body).toEqual({
      images: [],
      links: {},
      meta: { total: 0 },
    });
  });

  it('decodes a space in either way', async () => {
    await using api = await OpenSandbox.start();
    api.control.patch({ token: 'sandbox', id: 230000044, image: { tags: ['two words'] } });
    expect(await api.ids('/v2/images?tag_name=two%20words')).toEqual([230000044]);
    expect(await api.ids('/v2/images?tag_name=two+words')).toEqual([230000044]);
  });

  it('links to the pages that there are, page first, with the parameters it knows', async () => {
    await using api = await OpenSandbox.start();
    const links = async (page: number) => {
      const query = `type=distribution&nonsense=1&per_page=10&page=${page}`;
      return (await api.ask(`/v2/images?${query}`)).body.links;
    };
    const to = (page: number) =>
      `${api.sandbox.url.origin}/v2/images?page=${page}&type=distribution&per_page=10`;
    const last = Math.ceil((await api.total('/v2/images?type=distribution')) / 10);
    expect(await links(1)).toEqual({ pages: { next: to(2), last: to(last) } });
    expect(await links(2)).toEqual({ pages: { first: to(1), prev: to(1), next: to(3), last: to(last) } });
    expect(await links(last)).toEqual({ pages: { first: to(1), prev: to(last - 1) } });
    expect((await api.ask('/v2/images?per_page=200')).body.links).toEqual({});
  });

  it('has a way back from past its end', async () => {
    await using api = await OpenSandbox.start();
    const { status, body } = await api.ask('/v2/images?page=9');
    expect([status, body.images, body.meta.total]).toEqual([200, [], 80]);
    expect(Object.keys(body.links.pages)).toEqual(['first', 'prev']);
  });

  it('builds links with the origin that it was told', async () => {
    await using api = await OpenSandbox.start({ linkOrigin: 'http://images.example.test' });
    const { body } = await api.ask('/v2/images/');
    expect(body.links.pages.next).toBe('http://images.example.test/v2/images/?page=2');
  });

  it('can show the newest first, new images included', async () => {
    await using api = await OpenSandbox.start({ order: 'descending' });
    const [id] = api.control.insert({ token: 'sandbox', images: [{ name: 'newest' }] });
    const ids = await api.ids('/v2/images?per_page=200');
    expect(ids[0]).toBe(id);
    expect(ids).toEqual(ids.toSorted((a, b) => b - a));
  });

  it('answers HEAD without a body', async () => {
    await using api = await OpenSandbox.start();
    const response = await api.fetch('/v2/images', { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.text()).toBe('');
  });
});

describe('one image', () => {
  it('is found by id and, where public and current, by slug', async () => {
    await using api = await OpenSandbox.start();
    expect((await api.ask('/v2/images/199996745')).body.image.slug).toBe('debian-12-x64');
    expect((await api.ask('/v2/images/debian-12-x64')).body.image.id).toBe(199996745);
    expect((await api.ask('/v2/images/230000044')).body.image.name).toBe('golden-debian');
    expect((await api.ask('/v2/images/golden-debian')).status).toBe(404);
  });

  it('answers by id alone once a newer build has taken its slug', async () => {
    await using api = await OpenSandbox.start();
    expect((await api.ask('/v2/images/centos-stream-9-x64')).body.image.id).toBe(197131532);
    expect((await api.ask('/v2/images/135125666')).body.image.slug).toBe('centos-stream-9-x64');
    expect(await api.ids('/v2/images?per_page=200')).not.toContain(135125666);
  });

  it('takes a new name; distribution and description only where it is custom', async () => {
    await using api = await OpenSandbox.start();
    const body = { name: 'renamed', distribution: 'Debian', description: 'text' };
    const snapshot = await api.ask('/v2/images/230000001', { method: 'PUT', body });
    expect(snapshot.body.image).toMatchObject({ name: 'renamed', distribution: 'Ubuntu', description: '' });
    const custom = await api.ask('/v2/images/230000203', { method: 'PUT', body });
    expect(custom.body.image).toMatchObject(body);
    const partial = await api.ask('/v2/images/230000203', { method: 'PUT', body: { distribution: 'Haiku' } });
    expect(partial.body.image).toMatchObject({ name: 'renamed', distribution: 'Unknown' });
  });

  it('refuses an empty name, a body that is not JSON, and changes to a public image', async () => {
    await using api = await OpenSandbox.start();
    const put = (id: number, body: unknown) => api.ask(`/v2/images/${id}`, { method: 'PUT', body });
    expect((await put(230000001, { name: '' })).status).toBe(422);
    expect(await put(230000001, '{ "name": ')).toEqual({
      status: 400,
      body: { id: 'bad_request', message: 'error parsing request body' },
    });
    expect((await put(199996745, { name: 'mine' })).status).toBe(403);
    expect((await api.ask('/v2/images/199996745', { method: 'DELETE' })).status).toBe(403);
  });

  it('is 404 to GET as soon as it is deleted, and 422 to DELETE for ever', async () => {
    await using api = await OpenSandbox.start();
    const path = '/v2/images/230000044';
    expect(await api.ask(path, { method: 'DELETE' })).toEqual({ status: 204, body: null });
    expect((await api.ask(path)).status).toBe(404);
    expect(await api.ask(path, { method: 'DELETE' })).toEqual({
      status: 422,
      body: { id: 'unprocessable_entity', message: 'Can not delete an already deleted image.' },
    });
    expect(await api.ids('/v2/images?private=true')).not.toContain(230000044);
    expect((await api.ask('/v2/images/1', { method: 'DELETE' })).status).toBe(404);
  });

  it('does not mind a JSON body along with DELETE', async () => {
    await using api = await OpenSandbox.start();
    const sent = { method: 'DELETE', body: { left: 'over' } };
    expect((await api.ask('/v2/images/230000044', sent)).status).toBe(204);
  });
});

describe('a list that lags', () => {
  it('shows new images late and deleted ones for as long, while reads by id do neither', async () => {
    await using api = await OpenSandbox.start({ lagMs: 5_000 });
    const body = { name: 'late', url: 'https://example.test/a.qcow2', region: 'nyc3' };
    const { id } = (await api.ask('/v2/images', { method: 'POST', body })).body.image;
    await api.ask('/v2/images/230000044', { method: 'DELETE' });

    expect((await api.ask(`/v2/images/${id}`)).status).toBe(200);
    expect((await api.ask('/v2/images/230000044')).status).toBe(404);
    const before = await api.ids('/v2/images?private=true');
    expect(before).toContain(230000044);
    expect(before).not.toContain(id);

    api.control.advance(5_000);
    const after = await api.ids('/v2/images?private=true');
    expect(after).not.toContain(230000044);
    expect(after.at(-1)).toBe(id);
  });
});
