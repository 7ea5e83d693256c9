import { describe, expect, it } from 'vitest';

import { createImageLoader } from '../../src/lists/image-loader.ts';
import { ListReader } from '../../src/lists/list-reader.ts';
import { ListStore, WHOLE_LIST } from '../../src/lists/list-store.ts';
import { imageOf, imagesOf, PagedApi, parsePage, patient } from '../support/paged-api.ts';

function setUp(count: number) {
  const store = new ListStore({
    ttlMs: 15_000,
    requestTimeoutMs: 8_000,
    maxImages: 2_000,
    maxBytes: 10_000_000,
    parsePage,
    now: Date.now,
    stretchOf: () => 1,
    isOutage: () => false,
    isRefusal: () => false,
  });
  const api = new PagedApi(imagesOf(count));
  api.images = api.images.map((image) => ({ ...image, slug: `slug-${image.id}` }));
  const reader = () =>
    new ListReader({
      store,
      tenant: () => 'tenant',
      caller: patient,
      onRead: () => {},
      onHeld: () => {},
      onPage: () => {},
      toSource: () => api.source,
    });
  const gets: string[] = [];
  const loader = (lists: ListReader) =>
    createImageLoader({
      lists,
      onFound: () => {},
      getImage: async (name) => {
        gets.push(name);
        if (name === '666') throw new Error('broken');
        return name === '404' ? null : imageOf(9_000, { slug: 'nine' });
      },
    });
  return { store, api, reader, loader, gets };
}

describe('what one request reads of one list', () => {
  it('becomes one reading that is long enough for all its fields', async () => {
    const { api, reader } = setUp(300);
    const lists = reader();
    const [few, more] = await Promise.all([
      lists.read({}, { rows: 5, atHead: true }),
      lists.read({}, { rows: 50, atHead: true }),
    ]);
    expect(api.calls).toEqual(['1x50']);
    expect(few).toBe(more);
  });

  it('is the whole list where one field needs it', async () => {
    const { api, reader } = setUp(150);
    const lists = reader();
    await Promise.all([lists.read({}, { rows: 5, atHead: true }), lists.read({}, WHOLE_LIST)]);
    expect(api.calls).toEqual(['1x200']);
  });

  it('fails for the list that fails and not for another', async () => {
    const { api, store } = setUp(150);
    const lists = new ListReader({
      store,
      tenant: () => 'tenant',
      caller: patient,
      onRead: () => {},
      onHeld: () => {},
      onPage: () => {},
      toSource: (filter) => (filter.private ? () => Promise.reject(new Error('broken')) : api.source),
    });
    const [mine, all] = await Promise.allSettled([
      lists.read({ private: true }, WHOLE_LIST),
      lists.read({}, WHOLE_LIST),
    ]);
    expect(mine.status).toBe('rejected');
    expect(all.status).toBe('fulfilled');
  });
});

describe('an image loader', () => {
  it('finds an image, by either name, in a list that the same request is reading', async () => {
    const { api, reader, loader, gets } = setUp(20);
    const lists = reader();
    const reading = lists.read({}, { rows: 20, atHead: true });
    const images = loader(lists);
    const found = await Promise.all([images.load('7'), images.load('slug-7'), images.load('7')]);
    await reading;
    expect(found.map((image) => image?.id)).toEqual([7, 7, 7]);
    expect([api.calls, gets]).toEqual([['1x20'], []]);
  });

  it('finds an image in the list that an earlier request has read', async () => {
    const { reader, loader, gets } = setUp(20);
    await reader().read({}, WHOLE_LIST);
    expect(await loader(reader()).load('slug-3')).toMatchObject({ id: 3 });
    expect(gets).toEqual([]);
  });

  it('asks once for what is in no list, and knows it by its other name afterwards', async () => {
    const { reader, loader, gets } = setUp(20);
    const images = loader(reader());
    await Promise.all([images.load('nine'), images.load('nine')]);
    expect(await images.load('9000')).toMatchObject({ slug: 'nine' });
    expect(gets).toEqual(['nine']);
  });

  it('keeps a failure and an absence to their own keys', async () => {
    const { reader, loader } = setUp(20);
    const images = loader(reader());
    const results = await Promise.allSettled([images.load('404'), images.load('666'), images.load('9000')]);
    expect(results).toMatchObject([
      { value: null },
      { reason: { message: 'broken' } },
      { value: { id: 9_000 } },
    ]);
  });

  it('goes on to ask when the list that it waited for fails', async () => {
    const { api, reader, loader, gets } = setUp(20);
    api.answer = async () => {
      throw new Error('no list');
    };
    const lists = reader();
    const reading = lists.read({}, WHOLE_LIST);
    expect(await loader(lists).load('9000')).toMatchObject({ slug: 'nine' });
    await expect(reading).rejects.toThrow('no list');
    expect(gets).toEqual(['9000']);
  });
});
