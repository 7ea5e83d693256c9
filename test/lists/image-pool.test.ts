import { describe, expect, it } from 'vitest';

import { ImagePool } from '../../src/lists/image-pool.ts';
import { ListStore, WHOLE_LIST } from '../../src/lists/list-store.ts';
import { imageOf, PagedApi, parsePage, patient } from '../support/paged-api.ts';

const publicImage = (id: number, rest = {}) => imageOf(id, { public: true, regions: ['nyc3'], ...rest });

describe('the pool of public images', () => {
  it('gives the image that a list holds for one that equals it in every field, and its own for any other', () => {
    const pool = new ImagePool();
    const held = publicImage(1);
    pool.retain([held]);
    expect(pool.share([publicImage(1)])[0]).toBe(held);
    const fields = {
      name: 'x',
      slug: 'x',
      regions: ['nyc3', 'fra1'],
      tags: ['x'],
      minDiskSize: null,
      status: 'new',
    };
    for (const [field, value] of Object.entries(fields)) {
      const other = publicImage(1, { [field]: value });
      expect(pool.share([other])[0]).toBe(other);
    }
  });

  it('leaves private images to their tenants, also where they are equal', () => {
    const pool = new ImagePool();
    const mine = imageOf(1);
    pool.retain([mine]);
    expect(pool.bytes).toBe(0);
    expect(pool.share([imageOf(1)])[0]).not.toBe(mine);
  });

  it('counts an image once, from the first list that holds it to the last', () => {
    const pool = new ImagePool();
    const image = publicImage(1);
    pool.retain([image]);
    const { bytes } = pool;
    pool.retain([image]);
    expect(pool.bytes).toBe(bytes);
    pool.retain([publicImage(1, { name: 'another' })]);
    expect(pool.bytes).toBeGreaterThan(bytes);
    pool.release([image]);
    expect(pool.share([publicImage(1)])[0]).toBe(image);
    pool.release([image]);
    expect(pool.share([publicImage(1)])[0]).not.toBe(image);
    pool.release([image]);
    expect(pool.bytes).toBeGreaterThan(0);
  });
});

describe('a list store of many tenants who see the same public images', () => {
  it('holds far more of their lists than their weights add up to, each with what its own answer said', async () => {
    const store = new ListStore({
      ttlMs: 15_000,
      requestTimeoutMs: 8_000,
      maxImages: 2_000,
      maxBytes: 4_000_000,
      parsePage,
      now: () => 0,
      stretchOf: () => 1,
      isOutage: () => false,
      isRefusal: () => false,
    });
    const read = async (tenant: number) => {
      const rows = Array.from({ length: 100 }, (_, index) => publicImage(index + 1));
      // One image of each tenant's answer differs in a tag.
      rows[tenant % 100] = publicImage((tenant % 100) + 1, { tags: [`tenant ${tenant}`] });
      const api = new PagedApi(rows);
      return (await store.read({ tenant: String(tenant), filter: '' }, WHOLE_LIST, api.source, patient)).list;
    };
    for (let tenant = 0; tenant < 300; tenant += 1) await read(tenant);
    expect(store.size.lists).toBe(300);
    for (let tenant = 0; tenant < 300; tenant += 1) {
      const list = await read(tenant);
      expect(list.items.flatMap(({ tags }) => tags)).toEqual([`tenant ${tenant}`]);
    }
    expect(store.size.bytes).toBeLessThan(4_000_000);
    for (let tenant = 0; tenant < 300; tenant += 1) store.drop(String(tenant));
    expect(store.size).toEqual({ bytes: 0, lists: 0 });
  });

  it('stays within its bound where every tenant sees other public images under the same ids', async () => {
    const store = new ListStore({
      ttlMs: 15_000,
      requestTimeoutMs: 8_000,
      maxImages: 2_000,
      maxBytes: 1_000_000,
      parsePage,
      now: () => 0,
      stretchOf: () => 1,
      isOutage: () => false,
      isRefusal: () => false,
    });
    for (let tenant = 0; tenant < 200; tenant += 1) {
      const rows = Array.from({ length: 100 }, (_, index) =>
        publicImage(index + 1, { name: `of ${tenant}` }),
      );
      await store.read(
        { tenant: String(tenant), filter: '' },
        WHOLE_LIST,
        new PagedApi(rows).source,
        patient,
      );
      expect(store.size.bytes).toBeLessThanOrEqual(1_000_000);
    }
    expect(store.size.lists).toBeLessThan(40);
    expect(store.size.lists).toBeGreaterThan(10);
  });
});
