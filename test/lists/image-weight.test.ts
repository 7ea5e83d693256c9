import { describe, expect, it } from 'vitest';

import { weightOf } from '../../src/lists/image-weight.ts';
import { imageOf } from '../support/paged-api.ts';

describe('the weight of an image', () => {
  const text = (letter: string) => letter.repeat(100);
  const weight = (fields: object) => weightOf(imageOf(1, { name: '', tags: [], ...fields }));

  it.each([
    ['a', 100],
    ['é', 100],
    ['漢', 200],
    ['😀', 400],
  ])('counts the bytes that a text takes in memory: %s', (letter, bytes) => {
    expect(weight({ name: text(letter) }) - weight({})).toBe(bytes);
    expect(weight({ tags: [text(letter), text(letter)] }) - weight({})).toBe(2 * bytes);
    for (const field of ['description', 'errorMessage'])
      expect(weight({ [field]: text(letter) }) - weight({ [field]: 'a' })).toBe(bytes - 1);
  });

  it('counts a text with one character beyond Latin-1 as one of two bytes each', () => {
    expect(weight({ name: `${text('a')}漢` }) - weight({})).toBe(202);
  });
});
