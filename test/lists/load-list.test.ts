import { describe, expect, it } from 'vitest';

import { ListTooLargeError, loadHead, loadWhole } from '../../src/lists/load-list.ts';
import { PagingError } from '../../src/lists/paging.ts';
import { OddApi, SOUND } from '../support/odd-api.ts';
import { imageOf, imagesOf, PagedApi, patient } from '../support/paged-api.ts';

const options = { readAtMs: 0, maxImages: 2_000 };

function open(api: PagedApi | OddApi) {
  return (page: number, perPage: number) => api.source(page, perPage, patient);
}

describe('the head of a list', () => {
  it('is one page, and knows the total', async () => {
    const api = new PagedApi(imagesOf(300));
    const list = await loadHead(open(api), 20, options);
    expect(api.calls).toEqual(['1x20']);
    expect(list).toMatchObject({ total: 300, complete: false });
    expect(list.items).toHaveLength(20);
  });

  it.each([0, 7, 20])('is the whole list where %d images fit on it', async (count) => {
    const list = await loadHead(open(new PagedApi(imagesOf(count))), 20, options);
    expect(list).toMatchObject({ total: count, complete: true });
    expect(list.items).toHaveLength(count);
  });

  it('is the whole list where its page is not full, whatever total it claims', async () => {
    const api = new PagedApi(imagesOf(6));
    api.answer = (page) => ({ ...page, total: 1_000_000 });
    expect(await loadHead(open(api), 20, options)).toMatchObject({
      total: 6,
      complete: true,
      coherent: false,
    });
    // A page may be shorter than it was asked for: only one without rows shows that none follow.
    expect(api.calls).toEqual(['1x20', '1x200', '2x200', '1x200', '2x200']);
  });

  it.each([null, 0, 19])('reads on to the end where a full page claims a total of %s', async (total) => {
    const api = new PagedApi(imagesOf(450));
    api.answer = (page) => ({ ...page, total });
    expect(await loadHead(open(api), 20, options)).toMatchObject({ total: 450, complete: true });
    expect(new Set(api.calls)).toEqual(new Set(['1x20', '1x200', '2x200', '3x200']));
  });

  it.each([undefined, 20, 19])('reads on where a link promises more than the total %s', async (total) => {
    const api = new PagedApi(imagesOf(450));
    api.answer = (page) => (total === undefined ? page : { ...page, total });
    const list = await loadHead(open(api), 20, options);
    expect(list).toMatchObject(
      total === undefined ? { total: 450, complete: false } : { total: 450, complete: true },
    );
  });

  it('of 200 rows is not read twice where it does not settle how long the list is', async () => {
    const api = new PagedApi(imagesOf(450));
    api.answer = (page, number) => (number === 1 ? { ...page, total: 200 } : page);
    expect(await loadHead(open(api), 200, options)).toMatchObject({ total: 450, complete: true });
    expect(api.calls).toEqual(['1x200', '2x200', '3x200', '1x200', '2x200', '3x200']);
  });

  it('counts only the rows that could be read', async () => {
    const api = new PagedApi(imagesOf(300));
    api.answer = (page) => ({ ...page, items: page.items.slice(1) });
    expect(await loadHead(open(api), 20, options)).toMatchObject({ total: 299, complete: false });
  });

  it('takes more rows than it asked for as they are', async () => {
    const api = new PagedApi(imagesOf(500));
    api.answer = async () => ({ items: api.images, received: 500, total: 500 });
    expect(await loadHead(open(api), 10, options)).toMatchObject({ total: 500, complete: true });
  });
});

describe('a whole list', () => {
  it.each([
    [0, 1],
    [200, 1],
    [201, 2],
    [300, 2],
    [1_000, 5],
    [2_000, 10],
  ])('of %d images takes %d calls', async (count, calls) => {
    const api = new PagedApi(imagesOf(count));
    const list = await loadWhole(open(api), options);
    expect(list).toMatchObject({ total: count, complete: true, coherent: true });
    expect(list.items.map(({ id }) => id)).toEqual(imagesOf(count).map(({ id }) => id));
    expect(api.calls).toHaveLength(calls);
  });

  it('has at most four calls under way at a time', async () => {
    const api = new PagedApi(imagesOf(2_000));
    let underWay = 0;
    let most = 0;
    api.answer = async (page) => {
      most = Math.max(most, ++underWay);
      await new Promise(setImmediate);
      underWay -= 1;
      return page;
    };
    await loadWhole(open(api), { ...options, expectedTotal: 2_000 });
    expect(most).toBe(4);
  });

  it('of which the length was expected leaves with all its pages at once', async () => {
    const api = new PagedApi(imagesOf(300));
    const list = await loadWhole(open(api), { ...options, expectedTotal: 300 });
    expect(api.calls).toEqual(['1x200', '2x200']);
    expect(list).toMatchObject({ total: 300, complete: true, coherent: true });
  });

  it('is read once more when it changed while it was read', async () => {
    const api = new PagedApi(imagesOf(600));
    api.answer = (page, number) => {
      if (number === 1 && api.images.length === 600) api.images = api.images.slice(1);
      return page;
    };
    const list = await loadWhole(open(api), options);
    expect(list).toMatchObject({ total: 599, complete: true, coherent: true });
    expect(api.calls).toHaveLength(6);
  });

  it('goes on to pages that were not expected when it has grown', async () => {
    const api = new PagedApi(imagesOf(401));
    const list = await loadWhole(open(api), { ...options, expectedTotal: 400 });
    expect(list).toMatchObject({ total: 401, coherent: true });
    expect(api.calls).toEqual(['1x200', '2x200', '3x200']);
  });

  it('of an API whose total stays wrong is what its rows say, after two readings', async () => {
    const api = new PagedApi(imagesOf(300));
    api.answer = (page) => ({ ...page, total: 500 });
    const list = await loadWhole(open(api), options);
    expect(list).toMatchObject({ total: 300, complete: true, coherent: false });
    expect(api.calls).toHaveLength(6);
  });

  it('of an API that repeats one page for ever ends, and has each image once', async () => {
    const api = new PagedApi(imagesOf(200));
    api.answer = async () => ({ items: api.images, received: 200, total: null });
    const list = await loadWhole(open(api), options);
    expect(list).toMatchObject({ total: 200, complete: true, coherent: false });
    expect(api.calls).toHaveLength(4);
  });

  it('keeps an id that one page repeats, and drops one that an earlier page had', async () => {
    const rows = imagesOf(400);
    rows[5] = imageOf(5);
    rows[250] = imageOf(20);
    const list = await loadWhole(open(new PagedApi(rows)), options);
    expect(list.items.filter(({ id }) => id === 5)).toHaveLength(2);
    expect(list.items.filter(({ id }) => id === 20)).toHaveLength(1);
    expect(list).toMatchObject({ total: 399, coherent: false });
  });

  it('fails whole when one of its pages fails', async () => {
    const api = new PagedApi(imagesOf(600));
    api.answer = async (page, number) => {
      if (number === 3) throw new Error('page 3 is broken');
      return page;
    };
    await expect(loadWhole(open(api), options)).rejects.toThrow('page 3 is broken');
  });

  it('above the limit is its first page, after the one call that tells its length', async () => {
    const api = new PagedApi(imagesOf(2_001));
    const list = await loadWhole(open(api), options);
    expect(list).toMatchObject({ total: 2_001, complete: false });
    expect(list.items).toHaveLength(200);
    expect(api.calls).toEqual(['1x200']);
  });

  it('is refused above the limit, and not cut there, where no total tells its length', async () => {
    const api = new PagedApi(imagesOf(2_500));
    api.answer = (page) => ({ ...page, total: null });
    await expect(loadWhole(open(api), options)).rejects.toThrow(ListTooLargeError);
    expect(api.calls).toHaveLength(10);
  });

  it('is read page by page where pages are short, more of them at a time the more there were', async () => {
    const api = new OddApi({ ...SOUND, rows: 450, cap: 30 });
    const source = open(api);
    const together: number[] = [];
    let underWay = 0;
    const list = await loadWhole(async (page, perPage) => {
      underWay += 1;
      const sent = underWay;
      await new Promise(setImmediate);
      together[page - 1] = Math.max(sent, underWay);
      underWay -= 1;
      return source(page, perPage);
    }, options);
    expect(list).toMatchObject({ total: 450, complete: true, coherent: true });
    expect(api.calls).toBe(15);
    expect(together.slice(0, 4)).toEqual([1, 1, 2, 2]);
    expect(Math.max(...together)).toBe(4);
  });

  it.each([
    ['its pages leave out rows', { hidesEach: 7 }, 386],
    ['its total is too low', { total: 'low' }, 450],
    ['its pages have no total and no links', { total: 'none', links: 'none' }, 450],
    ['each page has a link to a next one', { links: 'always' }, 450],
    ['the last page comes again and again', { links: 'always', behind: 'the last page', total: 'none' }, 450],
    ['its pages are longer than they may be', { least: 500 }, 450],
  ] as const)('is all that is shown where %s', async (_, habit, total) => {
    const api = new OddApi({ ...SOUND, rows: 450, ...habit });
    const list = await loadWhole(open(api), options);
    expect(list).toMatchObject({ total, complete: true });
    expect(list.items).toEqual(api.shown);
    expect(api.calls).toBeLessThanOrEqual(8);
  });

  it.each(['right', 'always'] as const)(
    'is an error where a page comes in place of another (links: %s)',
    async (links) => {
      for (const repeats of [2, 3, 4]) {
        const api = new OddApi({ ...SOUND, rows: 800, links, repeats });
        await expect(loadWhole(open(api), options)).rejects.toThrow(PagingError);
        expect(api.calls).toBeLessThanOrEqual(12);
      }
    },
  );

  it('is an error where its pages are so short that it would take a hundred calls', async () => {
    const api = new OddApi({ ...SOUND, rows: 1_900, cap: 10 });
    await expect(loadWhole(open(api), options)).rejects.toThrow(PagingError);
    expect(api.calls).toBe(100);
  });

  it('above the limit is its first page after two calls, where that page is short', async () => {
    const api = new OddApi({ ...SOUND, rows: 2_500, cap: 100 });
    const list = await loadWhole(open(api), options);
    expect(list).toMatchObject({ total: 2_500, complete: false, isBeyondLimit: true });
    expect(api.calls).toBe(2);
  });

  it('above the limit by its total alone is whole for those who read on', async () => {
    const api = new OddApi({ ...SOUND, rows: 450, total: 'huge' });
    expect(await loadWhole(open(api), options)).toMatchObject({ total: 1_000_000, isBeyondLimit: true });
    const list = await loadWhole(open(api), { ...options, readsOn: true });
    expect(list).toMatchObject({ total: 450, complete: true });
    const larger = new OddApi({ ...SOUND, rows: 2_500 });
    expect(await loadWhole(open(larger), { ...options, readsOn: true })).toMatchObject({
      total: 2_500,
      complete: false,
    });
    expect(larger.calls).toBe(10);
  });
});
