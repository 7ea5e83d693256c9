import { describe, expect, it } from 'vitest';

import { ToldLater } from '../src/told-later.ts';

describe('what is told later', () => {
  it('is handed on once each and in its order, however much it is', () => {
    const handed: [string, string, number][] = [];
    const later = new ToldLater((...told) => void handed.push(told));
    const told = Array.from({ length: 1_000 }, (_, n): [string, string, number] => [`a${n}`, `b${n}`, n / 7]);
    for (const [first, second, value] of told) later.tell(first, second, value);
    later.handOn();
    later.handOn();
    expect(handed).toEqual(told);
  });

  it('waits for no more than some hundred', () => {
    let handed = 0;
    const later = new ToldLater(() => void (handed += 1));
    for (let n = 0; n < 1_000; n += 1) later.tell('', '', NaN);
    expect(handed).toBeGreaterThan(500);
  });
});
