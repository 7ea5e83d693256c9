import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { PackedPages } from '../../src/lists/packed-pages.ts';

const read = { perPage: 20, readAtMs: 1_000 };

function setUp(maxBytes: number) {
  const gone: string[] = [];
  return { pages: new PackedPages({ maxBytes, onGone: (key) => gone.push(key) }), gone };
}

describe('packed pages', () => {
  it('are given out once, as they were, with how they were read', () => {
    const { pages, gone } = setUp(1_600);
    expect(pages.put('a', Buffer.from('{"name":"ä €"}'), { perPage: 25, readAtMs: 7 })).toBe(true);
    expect(pages.take('b')).toBeUndefined();
    expect(pages.take('a')).toEqual({ text: '{"name":"ä €"}', perPage: 25, readAtMs: 7 });
    expect(pages.take('a')).toBeUndefined();
    expect(pages.size).toEqual({ bytes: 0, pages: 0 });
    expect(gone).toEqual([]);
  });

  it('are not taken where they are longer than a sixteenth of the room, or have nothing in them', () => {
    const { pages } = setUp(160_000);
    expect(pages.put('a', Buffer.alloc(10_001), read)).toBe(false);
    expect(pages.put('a', Buffer.alloc(0), read)).toBe(false);
    expect(pages.size.pages).toBe(0);
    expect(pages.put('a', Buffer.alloc(10_000), read)).toBe(true);
  });

  it('make room for later ones, the oldest first, and say so', () => {
    const { pages, gone } = setUp(160_000);
    for (let page = 0; page < 20; page += 1) pages.put(`page ${page}`, Buffer.alloc(10_000, page), read);
    expect(gone).toEqual(['page 0', 'page 1', 'page 2', 'page 3', 'page 4']);
    expect(pages.size.pages).toBe(15);
    expect(pages.size.bytes).toBeGreaterThan(150_000);
    expect(pages.size.bytes).toBeLessThanOrEqual(160_000);
    expect(pages.take('page 5')?.text).toBe('\u0005'.repeat(10_000));
    pages.pop();
    expect(gone.at(-1)).toBe('page 6');
  });

  it('are gone where they were written over, as those that stood behind them were taken out', () => {
    const { pages, gone } = setUp(160_000);
    pages.put('old', Buffer.alloc(9_000, 1), read);
    let rounds = 0;
    while (pages.size.pages > 0 && rounds < 100) {
      pages.put('new', Buffer.alloc(9_000, 2), read);
      expect(pages.take('new')?.text).toBe('\u0002'.repeat(9_000));
      rounds += 1;
    }
    expect(gone).toEqual(['old']);
    expect(pages.take('old')).toBeUndefined();
    // Seventeen of them have room in the ring, one that is old included.
    expect(rounds).toBe(17);
  });

  it('are found, and go in their order, however many were taken out between them', () => {
    const { pages, gone } = setUp(160_000);
    for (let page = 0; page < 3; page += 1) pages.put(`page ${page}`, Buffer.from('x'), read);
    for (let time = 0; time < 5_000; time += 1) {
      pages.put('passing', Buffer.from('y'), read);
      expect(pages.take('passing')?.text).toBe('y');
    }
    pages.put('last', Buffer.from('z'), read);
    for (let page = 0; page < 5; page += 1) pages.pop();
    expect(gone).toEqual(['page 0', 'page 1', 'page 2', 'last']);
    expect(pages.size).toEqual({ bytes: 0, pages: 0 });
  });

  it('are found after the oldest have gone, and thousands were taken out', () => {
    const { pages, gone } = setUp(160_000);
    for (let page = 0; page < 10; page += 1) pages.put(`page ${page}`, Buffer.from('x'), read);
    for (let page = 0; page < 5; page += 1) pages.pop();
    for (let time = 0; time < 3_000; time += 1) {
      pages.put('passing', Buffer.from('y'), read);
      pages.take('passing');
    }
    expect(gone).toHaveLength(5);
    pages.pop();
    expect(gone.at(-1)).toBe('page 5');
    // Around the whole ring: those that are left are written over, and are known to be.
    for (let page = 0; page < 40; page += 1) pages.put('large', Buffer.alloc(9_000), read);
    expect(gone.slice(6)).toEqual(['page 6', 'page 7', 'page 8', 'page 9']);
  });

  it('have room until another would go for them', () => {
    const { pages, gone } = setUp(160_000);
    for (let page = 0; pages.hasRoom(`page ${page}`, 10_000); page += 1)
      pages.put(`page ${page}`, Buffer.alloc(10_000), read);
    expect(gone).toEqual([]);
    pages.put('one more', Buffer.alloc(10_000), read);
    expect(gone).toEqual(['page 0']);
  });

  it('weigh what it costs to know of them, however short they are', () => {
    const { pages } = setUp(160_000);
    for (let page = 0; page < 1_000; page += 1) pages.put(`page ${page}`, Buffer.from('{}'), read);
    expect(pages.size.pages).toBeLessThan(300);
  });

  it('are what was last put under their key, or nothing, whatever else is put, taken and deleted', () => {
    const steps = fc.array(
      fc.record({
        step: fc.constantFrom('put', 'put', 'put', 'take', 'delete'),
        key: fc.integer({ min: 1, max: 30 }).map(String),
        length: fc.integer({ min: 300, max: 1_010 }),
      }),
      { minLength: 100, maxLength: 200 },
    );
    let texts = 0;
    let gone = 0;
    fc.assert(
      fc.property(steps, (taken) => {
        const { pages, gone: names } = setUp(16_000);
        const known = new Map<string, string>();
        const found: [text: string | undefined, put: string | undefined][] = [];
        for (const [index, { step, key, length }] of taken.entries()) {
          const text = String.fromCharCode(33 + (index % 90)).repeat(length);
          if (step === 'put' && pages.put(key, Buffer.from(text), read)) known.set(key, text);
          if (step === 'delete') {
            pages.delete(key);
            known.delete(key);
          }
          if (step === 'take') {
            const page = pages.take(key);
            const mayBeGone = page === undefined && names.includes(key);
            found.push([page?.text, mayBeGone ? undefined : known.get(key)]);
            known.delete(key);
          }
          expect(pages.size.bytes).toBeLessThanOrEqual(16_000);
        }
        expect(found.map(([text]) => text)).toEqual(found.map(([, put]) => put));
        texts += found.filter(([text]) => text !== undefined).length;
        gone += names.length;
      }),
      { numRuns: 200 },
    );
    expect(texts).toBeGreaterThan(100);
    expect(gone).toBeGreaterThan(100);
  });
});
