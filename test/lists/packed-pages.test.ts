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
    const { pages } = setUp(1_600);
    expect(pages.put('a', Buffer.alloc(101), read)).toBe(false);
    expect(pages.put('a', Buffer.alloc(0), read)).toBe(false);
    expect(pages.size.pages).toBe(0);
    expect(pages.put('a', Buffer.alloc(100), read)).toBe(true);
  });

  it('make room for later ones, the oldest first, and say so', () => {
    const { pages, gone } = setUp(1_600);
    for (let page = 0; page < 20; page += 1) pages.put(`page ${page}`, Buffer.alloc(100, page), read);
    expect(gone).toEqual(['page 0', 'page 1', 'page 2', 'page 3']);
    expect(pages.size).toEqual({ bytes: 1_600, pages: 16 });
    expect(pages.take('page 4')?.text).toBe('\u0004'.repeat(100));
  });

  it('are never read where they were written over: what is there is of another', () => {
    const { pages, gone } = setUp(1_600);
    // Lengths that leave a rest at the end of the ring each time around.
    for (let page = 0; page < 17; page += 1) pages.put(`page ${page}`, Buffer.alloc(95, page), read);
    expect(pages.size.pages).toBe(16);
    expect(pages.take('page 1')?.text).toBe('\u0001'.repeat(95));
    pages.put('page 17', Buffer.alloc(95, 17), read);
    pages.put('page 18', Buffer.alloc(95, 18), read);
    expect(pages.take('page 3')?.text).toBe('\u0003'.repeat(95));
    expect(pages.take('page 2')).toBeUndefined();
    expect(gone).toContain('page 2');
  });

  it('are what was last put under their key, or nothing, whatever else is put, taken and deleted', () => {
    const steps = fc.array(
      fc.record({
        step: fc.constantFrom('put', 'put', 'put', 'take', 'delete'),
        key: fc.integer({ min: 1, max: 30 }).map(String),
        length: fc.integer({ min: 3, max: 7 }),
      }),
      { minLength: 100, maxLength: 200 },
    );
    let texts = 0;
    let gone = 0;
    fc.assert(
      fc.property(steps, (taken) => {
        const { pages, gone: names } = setUp(100);
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
          expect(pages.size.bytes).toBeLessThanOrEqual(100);
        }
        expect(found.map(([text]) => text)).toEqual(found.map(([, put]) => put));
        texts += found.filter(([text]) => text !== undefined).length;
        gone += names.length;
      }),
      { numRuns: 500 },
    );
    expect(texts).toBeGreaterThan(100);
    expect(gone).toBeGreaterThan(100);
  });
});
