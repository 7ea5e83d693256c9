import { describe, expect, it } from 'vitest';

import {
  parseActionPage,
  parseErrorBody,
  parseImageBody,
  parseImagePage,
} from '../../src/digitalocean/payloads.ts';

const row = {
  id: 7_555_620,
  name: 'Nifty New Snapshot',
  distribution: 'Ubuntu',
  slug: null,
  public: false,
  regions: ['nyc2', 'nyc2', 'atl1'],
  created_at: '2014-11-04T22:23:02Z',
  min_disk_size: 20,
  type: 'snapshot',
  size_gigabytes: 2.34,
  description: '',
  tags: [],
  status: 'available',
  error_message: '',
};

const image = (fields: Record<string, unknown>) => parseImageBody({ image: { ...row, ...fields } });

describe('an image row', () => {
  it('is read into an image', () => {
    expect(image({})).toEqual({
      id: 7_555_620,
      name: 'Nifty New Snapshot',
      distribution: 'Ubuntu',
      distributionName: 'Ubuntu',
      slug: null,
      public: false,
      regions: ['nyc2', 'atl1'],
      createdAt: '2014-11-04T22:23:02.000Z',
      minDiskSize: 20,
      type: 'snapshot',
      sizeGigabytes: 2.34,
      description: '',
      tags: [],
      status: 'available',
      errorMessage: null,
    });
  });

  it('is served with nothing but an id', () => {
    expect(parseImageBody({ image: { id: 1 } })).toEqual({
      id: 1,
      name: '',
      distribution: 'Unknown',
      distributionName: null,
      slug: null,
      public: false,
      regions: [],
      createdAt: null,
      minDiskSize: null,
      type: 'unknown',
      sizeGigabytes: null,
      description: null,
      tags: [],
      status: 'unknown',
      errorMessage: null,
    });
  });

  it.each([null, undefined, 5, -1, 0.5, NaN, '', 'x', true, [], {}, '9'.repeat(40)])(
    'is served with %j in every field but its id',
    (value) => {
      const fields = Object.fromEntries(Object.keys(row).map((name) => [name, value]));
      const read = image({ ...fields, id: 1 });
      expect(read).toMatchObject({ id: 1, type: 'unknown', status: 'unknown', distribution: 'Unknown' });
      for (const number of [read?.minDiskSize, read?.sizeGigabytes]) {
        expect(number === null || (typeof number === 'number' && number >= 0)).toBe(true);
      }
      expect(read?.createdAt).toBeNull();
    },
  );

  it('takes a status in either case and a distribution that the documentation lacks', () => {
    expect(image({ status: 'NEW' })?.status).toBe('new');
    expect(image({ distribution: 'AlmaLinux' })?.distribution).toBe('AlmaLinux');
    expect(image({ distribution: 'Unknown OS' })).toMatchObject({
      distribution: 'Unknown',
      distributionName: 'Unknown OS',
    });
  });

  it.each(['', ' ', '\n\t', '\u00a0'])('has null for an optional text that is blank: %j', (blank) => {
    expect(image({ error_message: blank, slug: blank, distribution: blank })).toMatchObject({
      errorMessage: null,
      slug: null,
      distribution: 'Unknown',
      distributionName: null,
    });
    expect(image({ error_message: ' No such file. ' })?.errorMessage).toBe(' No such file. ');
  });

  it('takes an id that is written as digits', () => {
    expect(image({ id: '7555620' })?.id).toBe(7_555_620);
  });

  it.each([null, undefined, 0, -1, 1.5, 2 ** 60, '007', '1e3', 'x', {}, true])(
    'with the id %j is none',
    (id) => {
      expect(image({ id })).toBeNull();
    },
  );

  it('does not read what its prototype brings', () => {
    expect(parseImageBody(JSON.parse('{"__proto__": {"image": {"id": 1}}}'))).toBeNull();
  });
});

describe('a page', () => {
  it('has its own regions and tags, whatever the row before it had', () => {
    const lists = [
      ['nyc3', 'fra1'],
      ['nyc3', 'sgp1'],
      ['nyc3'],
      ['nyc3', 'nyc3', 'fra1'],
      [],
      ['nyc3', 7, 'fra1'],
      ['a,b'],
      ['a', 'b'],
    ];
    const images = lists.map((list, index) => ({ id: index + 1, regions: list, tags: list.toReversed() }));
    const items = parseImagePage({ images })?.items ?? [];
    expect(items.map(({ regions }) => regions)).toEqual([
      ['nyc3', 'fra1'],
      ['nyc3', 'sgp1'],
      ['nyc3'],
      ['nyc3', 'fra1'],
      [],
      ['nyc3', 'fra1'],
      ['a,b'],
      ['a', 'b'],
    ]);
    expect(items.map(({ tags }) => tags.toReversed())).toEqual(items.map(({ regions }) => regions));
    const [again] = parseImagePage({ images: [{ id: 9, regions: ['nyc3', 'fra1'] }] })?.items ?? [];
    expect(again?.regions).toBe(items[0]?.regions);
  });

  it.each([
    ['2024-02-28T23:59:59Z', '2024-02-28T23:59:59.000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
    ['2024-02-29T00:00:00.123456789+02:00', '2024-02-28T22:00:00.123Z'],
    ['2024-02-30T00:00:00Z', null],
    ['2023-02-29T00:00:00Z', null],
    ['2024-13-01T00:00:00Z', null],
    ['2024-00-10T00:00:00Z', null],
    ['2024-01-00T00:00:00Z', null],
    ['2024-01-01T24:00:00Z', null],
    ['2024-01-01T00:61:00Z', null],
  ])('reads %s as %s', (text, createdAt) => {
    expect(parseImageBody({ image: { id: 1, created_at: text } })?.createdAt).toBe(createdAt);
  });

  it('leaves out rows that are none, and says how many it received', () => {
    const body = { images: [row, null, 'x', { name: 'no id' }, { id: 2 }], meta: { total: 5 } };
    expect(parseImagePage(body)).toMatchObject({
      unreadable: [1, 2, 3],
      items: [{ id: 7_555_620 }, { id: 2 }],
      received: 5,
      total: 5,
    });
  });

  it.each([null, 'x', -1, 1.5, {}])('has no total where the answer says %j', (total) => {
    expect(parseImagePage({ images: [], meta: { total } })?.total).toBeNull();
  });

  it.each([
    [undefined, undefined],
    [null, undefined],
    ['next', undefined],
    [{}, undefined],
    [{ pages: {} }, undefined],
    [{ pages: { prev: 'https://api.test/v2/images?page=1' } }, false],
    [{ pages: { prev: 'https://api.test/v2/images?page=1', next: null } }, false],
    [{ pages: { next: 'https://api.test/v2/images?page=2' } }, true],
    [{ pages: { next: 'anything at all' } }, true],
  ])('only says of its links whether there is one to a next page: %j', (links, hasNext) => {
    expect(parseImagePage({ images: [], links })?.hasNext).toBe(hasNext);
    expect(parseActionPage({ actions: [], links })?.hasNext).toBe(hasNext);
  });

  it.each([null, [], 'images', 5, {}, { images: null }, { images: { 0: row } }])('is none in %j', (body) => {
    expect(parseImagePage(body)).toBeNull();
  });
});

describe('an error body', () => {
  it('gives its id in lower case, since both cases occur', () => {
    expect(parseErrorBody({ id: 'Unauthorized', message: 'x' })).toEqual({
      id: 'unauthorized',
      message: 'x',
      requestId: undefined,
    });
  });

  it.each([
    null,
    [],
    'not_found',
    {},
    { id: 'not_found' },
    { message: 'x' },
    { id: '', message: 'x' },
    { id: 404, message: 'x' },
    { id: 'not_found', message: ['x'] },
    { success: false, errors: [{ id: 'not_found', message: 'x' }] },
    { type: 'about:blank', title: 'Not Found', status: 404 },
  ])('is the API’s only with an id and a message: %j', (body) => {
    expect(parseErrorBody(body)).toBeNull();
  });

  it('gives ids only that have the form of one, since they are passed on', () => {
    expect(parseErrorBody({ id: 'a b', message: 'x', request_id: 'x'.repeat(129) })).toMatchObject({
      id: undefined,
      requestId: undefined,
    });
  });

  it('gives its message on one line, of 300 characters, without what could be a token', () => {
    const message = `a\r\nb Bearer abc.def dop_v1_0a1b doo_v1_x DOR_V1_y ${'z'.repeat(5_000)}`;
    const read = parseErrorBody({ id: 'x', message })?.message;
    expect(read).toMatch(/^a b \[redacted\] \[redacted\] \[redacted\] \[redacted\] z+$/);
    expect(read).toHaveLength(300);
    expect(parseErrorBody({ id: 'x', message: ' \n ' })).toMatchObject({ message: undefined });
  });
});
