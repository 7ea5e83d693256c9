import { Gradient, NotFoundError, RateLimitError, UnprocessableEntityError } from '@digitalocean/gradient';
import { FetchRequestAdapter } from '@microsoft/kiota-http-fetchlibrary';
import { createApiClient } from 'dots-wrapper';
import { describe, expect, it } from 'vitest';

import { OpenSandbox } from '../sandbox/open-sandbox.ts';

const SNAPSHOT = 230000001;
const BACKUP = 230000101;
const DEBIAN = 199996745;

const newImage = { name: 'talos', url: 'https://example.test/talos.raw.gz', region: 'fra1' } as const;

const ids = (images: readonly { id?: number | null }[] | null | undefined) => images?.map(({ id }) => id);

describe('@digitalocean/gradient', () => {
  const connect = (api: OpenSandbox, accessToken = 'sandbox') =>
    new Gradient({ accessToken, baseURL: api.sandbox.url.origin, maxRetries: 0 }).gpuDroplets.images;

  it('lists images by page and by filter', async () => {
    await using api = await OpenSandbox.start();
    const images = connect(api);
    const page = await images.list({ page: 2, per_page: 30 });
    expect(ids(page.images)).toEqual((await api.ids('/v2/images?per_page=200')).slice(30, 60));
    expect(page.meta.total).toBe(80);
    expect((await images.list({ private: true })).meta.total).toBe(13);
    expect((await images.list({ type: 'application' })).meta.total).toBe(42);
    api.control.patch({ token: 'sandbox', id: SNAPSHOT, image: { tags: ['two words'] } });
    expect(ids((await images.list({ tag_name: 'two words' })).images)).toEqual([SNAPSHOT]);
  });

  it('reads an image by id and by slug', async () => {
    await using api = await OpenSandbox.start();
    const images = connect(api);
    expect((await images.retrieve(DEBIAN)).image.slug).toBe('debian-12-x64');
    expect((await images.retrieve('debian-12-x64')).image.id).toBe(DEBIAN);
  });

  it('creates, updates and deletes an image', async () => {
    await using api = await OpenSandbox.start();
    const images = connect(api);
    const { image } = await images.create({ ...newImage });
    expect(image).toMatchObject({ name: 'talos', status: 'NEW' });
    const id = image?.id ?? 0;
    const updated = await images.update(id, { name: 'talos-2', description: 'new' });
    expect(updated.image).toMatchObject({ name: 'talos-2', description: 'new' });
    await images.delete(id);
    await expect(images.retrieve(id)).rejects.toBeInstanceOf(NotFoundError);
    await expect(images.delete(id)).rejects.toBeInstanceOf(UnprocessableEntityError);
  });

  it('starts, lists and reads actions, though its types leave out that one comes wrapped', async () => {
    await using api = await OpenSandbox.start();
    const { actions } = connect(api);
    expect(await actions.create(BACKUP, { type: 'convert' })).toMatchObject({
      action: { type: 'convert', status: 'in-progress' },
    });
    api.control.advance(3_000);
    const list = await actions.list(BACKUP);
    expect(list.meta.total).toBe(1);
    const id = list.actions?.[0]?.id ?? 0;
    expect(await actions.retrieve(id, { image_id: BACKUP })).toMatchObject({
      action: { status: 'completed' },
    });
  });

  it('tells a spent limit by its error', async () => {
    await using api = await OpenSandbox.start({ limits: { perHour: 0, perMinute: 0 } });
    await expect(connect(api).list()).rejects.toBeInstanceOf(RateLimitError);
  });
});

describe('@digitalocean/dots', () => {
  // The package's types are its sources, which do not compile under our settings: a name that is no literal
  // keeps the compiler out of them.
  const packageName: string = '@digitalocean/dots';

  async function connect(api: OpenSandbox, token = 'sandbox') {
    const dots = await import(packageName);
    const adapter = new FetchRequestAdapter(new dots.DigitalOceanApiKeyAuthenticationProvider(token));
    adapter.baseUrl = api.sandbox.url.origin;
    return dots.createDigitalOceanClient(adapter).v2.images;
  }

  it('lists images by page and by filter', async () => {
    await using api = await OpenSandbox.start();
    const images = await connect(api);
    const page = await images.get({ queryParameters: { page: 2, perPage: 30 } });
    expect(ids(page.images)).toEqual((await api.ids('/v2/images?per_page=200')).slice(30, 60));
    expect(page.meta.total).toBe(80);
    const applications = await images.get({ queryParameters: { type: 'application' } });
    expect(applications.meta.total).toBe(42);
    const search = { queryParameters: { tagName: 'nobody has this', private: true } };
    expect((await images.get(search)).meta.total).toBe(0);
    expect(api.control.requests().requests.at(-1)?.query).toMatchObject({ tag_name: 'nobody has this' });
  });

  it('reads an image by id and by slug', async () => {
    await using api = await OpenSandbox.start();
    const images = await connect(api);
    expect((await images.byImage_id(DEBIAN).get()).image.slug).toBe('debian-12-x64');
    expect((await images.byImage_id('debian-12-x64').get()).image.id).toBe(DEBIAN);
  });

  it('creates, updates and deletes an image', async () => {
    await using api = await OpenSandbox.start();
    const images = await connect(api);
    const { image } = await images.post({ ...newImage });
    expect(image).toMatchObject({ name: 'talos', status: 'NEW' });
    const one = images.byImage_id(image.id);
    expect((await one.put({ name: 'talos-2' })).image.name).toBe('talos-2');
    await one.delete();
    await expect(one.get()).rejects.toMatchObject({ responseStatusCode: 404, id: 'not_found' });
    await expect(one.delete()).rejects.toMatchObject({ responseStatusCode: 422, id: 'unprocessable_entity' });
  });

  it('starts a transfer with its type in the body twice, and leaves the action unparsed', async () => {
    await using api = await OpenSandbox.start();
    const { actions } = (await connect(api)).byImage_id(SNAPSHOT);
    const started = await actions.post({ type: 'transfer', region: 'lon1' });
    expect(started.additionalData.action).toMatchObject({ type: 'transfer', status: 'in-progress' });
    expect(api.control.requests().requests[0]).toMatchObject({ status: 201, body: { region: 'lon1' } });
  });

  it('reads an action, and fails at a list of them, since its serializer knows no list of texts in a region', async () => {
    await using api = await OpenSandbox.start();
    const { actions } = (await connect(api)).byImage_id(BACKUP);
    const begun = await actions.post({ type: 'convert' });
    api.control.advance(3_000);
    const read = await actions.byAction_id(begun.additionalData.action.id).get();
    expect(read.additionalData.action).toMatchObject({
      status: 'completed',
      region: { slug: expect.any(String) },
    });
    await expect(actions.get()).rejects.toThrow('unsupported type');
  });

  it('sends an image to another account, which accepts it', async () => {
    await using api = await OpenSandbox.start();
    const sender = (await connect(api)).byImage_id(SNAPSHOT).account_transfer;
    const { transferId } = await sender.post({ recipientEmail: 'sandbox-b@example.test' });
    expect(transferId).toBeGreaterThan(0);
    const recipient = (await connect(api, 'sandbox-b')).byImage_id(SNAPSHOT).account_transfer;
    await recipient.accept.post({ transferId, recipientUuid: '00000000-0000-4000-8000-000000000002' });
    expect(await api.ids('/v2/images?private=true', 'sandbox-b')).toContain(SNAPSHOT);
  });

  it('loses distributions and regions that are newer than itself', async () => {
    await using api = await OpenSandbox.start();
    const { image } = await (await connect(api)).byImage_id('almalinux-9-x64').get();
    expect(image.distribution).toBeUndefined();
    expect(image.regions).not.toContain('atl1');
    expect((await api.ask('/v2/images/almalinux-9-x64')).body.image).toMatchObject({
      distribution: 'AlmaLinux',
      regions: expect.arrayContaining(['atl1']),
    });
  });

  it('throws on every list of plain strings: the tags of an image, the sizes of a region', async () => {
    await using api = await OpenSandbox.start();
    const image = (await connect(api)).byImage_id(SNAPSHOT);
    const unsupported = 'encountered an unsupported type during deserialization';
    await expect(image.get()).rejects.toThrow(unsupported);
    await image.actions.post({ type: 'transfer', region: 'lon1' });
    await expect(image.actions.get()).rejects.toThrow(unsupported);
    expect((await api.ask(`/v2/images/${SNAPSHOT}`)).body.image.tags).toEqual(['prod', 'web']);
  });
});

describe('dots-wrapper', () => {
  const connect = (api: OpenSandbox, token = 'sandbox') =>
    createApiClient({ token, endpoint: `${api.sandbox.url.origin}/v2` }).image;

  it('lists images by page and by filter', async () => {
    await using api = await OpenSandbox.start();
    const images = connect(api);
    const { data } = await images.listImages({ page: 2, per_page: 30 });
    expect(ids(data.images)).toEqual((await api.ids('/v2/images?per_page=200')).slice(30, 60));
    expect((await images.listImages({ user_images: true })).data.meta?.total).toBe(13);
    expect((await images.listImages({ type: 'application' })).data.meta?.total).toBe(42);
    api.control.patch({ token: 'sandbox', id: SNAPSHOT, image: { tags: ['two words'] } });
    expect(ids((await images.listImages({ tag_name: 'two words' })).data.images)).toEqual([SNAPSHOT]);
  });

  it('asks for twenty-five images a page where nothing is said', async () => {
    await using api = await OpenSandbox.start();
    expect((await connect(api).listImages({})).data.images).toHaveLength(25);
  });

  it('reads an image by id and by slug', async () => {
    await using api = await OpenSandbox.start();
    const images = connect(api);
    expect((await images.getImage({ image_id: DEBIAN })).data.image.slug).toBe('debian-12-x64');
    expect((await images.getImage({ slug: 'debian-12-x64' })).data.image.id).toBe(DEBIAN);
  });

  it('creates and deletes an image', async () => {
    await using api = await OpenSandbox.start();
    const images = connect(api);
    const { data, status } = await images.createCustomImage({ ...newImage });
    expect([status, data.image.status]).toEqual([202, 'NEW']);
    const image_id = data.image.id;
    expect((await images.deleteImage({ image_id })).status).toBe(204);
    await expect(images.getImage({ image_id })).rejects.toMatchObject({
      response: { status: 404, data: { id: 'not_found' } },
    });
    await expect(images.deleteImage({ image_id })).rejects.toMatchObject({ response: { status: 422 } });
  });

  it('updates with POST, a route that there is not', async () => {
    await using api = await OpenSandbox.start();
    await expect(connect(api).updateImage({ image_id: SNAPSHOT, name: 'renamed' })).rejects.toMatchObject({
      response: { status: 404 },
    });
    expect(api.control.requests().requests.map(({ method }) => method)).toEqual(['POST']);
  });

  it('starts, lists and reads actions', async () => {
    await using api = await OpenSandbox.start();
    const images = connect(api);
    await images.convertImageToSnapshot({ image_id: BACKUP });
    const { action } = (await images.transferImage({ image_id: SNAPSHOT, region: 'lon1' })).data;
    expect(action).toMatchObject({ type: 'transfer', status: 'in-progress' });
    api.control.advance(3_000);
    const read = await images.getImageAction({ image_id: SNAPSHOT, action_id: action.id });
    expect(read.data.action.status).toBe('completed');
    const list = await images.listImageActions({ image_id: BACKUP });
    expect(list.data.actions).toMatchObject([{ type: 'convert', status: 'completed' }]);
  });
});
