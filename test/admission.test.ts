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

describe('the door', () => {
  it('is open while the process keeps up, whatever waits', () => {
    const admission = new Admission(() => 1_000);
    vi.advanceTimersByTime(1_000);
    expect(admission.admits()).toBe(true);
    admission.close();
  });

  it('is open while little waits for the API, however late the process is', () => {
    const admission = new Admission(() => 31);
    beLate(500);
    expect(admission.admits()).toBe(true);
    admission.close();
  });

  it('is closed while much waits and the process is late, and no longer', () => {
    const admission = new Admission(() => 32);
    beLate(10);
    expect(admission.admits()).toBe(false);
    beLate(0);
    vi.advanceTimersByTime(40);
    expect(admission.admits()).toBe(true);
    admission.close();
  });
});
