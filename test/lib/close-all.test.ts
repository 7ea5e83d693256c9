import { describe, expect, it } from 'vitest';

import { closeAll } from '../../src/lib/close-all.ts';

function setUp() {
  const warned: object[] = [];
  return { warned, logger: { warn: (about: object, message: string) => warned.push({ ...about, message }) } };
}

describe('closing all parts', () => {
  it('waits for each of them', async () => {
    const { warned, logger } = setUp();
    const closed: string[] = [];
    const slow = async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      closed.push('slow');
    };
    await closeAll({ slow, fast: async () => void closed.push('fast') }, { withinMs: 60_000, logger });
    expect(closed).toEqual(['fast', 'slow']);
    expect(warned).toEqual([]);
  });

  it('logs those that reject, throw or hang, and resolves nevertheless', async () => {
    const { warned, logger } = setUp();
    const error = new Error('no');
    let isClosed = false;
    await closeAll(
      {
        rejecting: () => Promise.reject(error),
        throwing() {
          throw error;
        },
        hanging: () => new Promise(() => {}),
        last: async () => {
          isClosed = true;
        },
      },
      { withinMs: 20, logger },
    );
    expect(isClosed).toBe(true);
    expect(warned).toEqual([
      { err: error, part: 'throwing', message: 'could not be closed' },
      { err: error, part: 'rejecting', message: 'could not be closed' },
      { part: 'hanging', withinMs: 20, message: 'could not be closed in time' },
    ]);
  });
});
