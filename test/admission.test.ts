import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Admission } from '../src/admission.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Lets the process be late for its timer by so many milliseconds. */
function beLate(ms: number): void {
  const realNow = performance.now.bind(performance);
  const late = vi.spyOn(performance, 'now').mockImplementation(() => realNow() + ms);
  vi.advanceTimersByTime(20);
  late.mockRestore();
}

describe('load shedding', () => {
  it('refuses nobody while the process keeps up, whatever waits', () => {
    const admission = new Admission(() => true);
    vi.advanceTimersByTime(1_000);
    expect(admission.admits('a')).toBe(true);
    admission.close();
  });

  it('refuses the tenant whose calls crowd the queue while the process is late, and nobody else', () => {
    const admission = new Admission((tenant) => tenant === 'a');
    beLate(10);
    expect([admission.admits('a'), admission.admits('b'), admission.admits(null)]).toEqual([
      false,
      true,
      true,
    ]);
    beLate(0);
    vi.advanceTimersByTime(40);
    expect(admission.admits('a')).toBe(true);
    admission.close();
  });

  it('refuses nobody where no queue is crowded, however late the process is', () => {
    const admission = new Admission(() => false);
    beLate(500);
    expect(admission.admits('a')).toBe(true);
    admission.close();
  });
});
