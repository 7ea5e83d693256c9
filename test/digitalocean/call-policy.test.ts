import { describe, expect, it, vi } from 'vitest';

import { CallPolicy } from '../../src/digitalocean/call-policy.ts';
import { NetworkError } from '../../src/digitalocean/errors.ts';

const RESET = new NetworkError('GET /v2/images', new Error('reset'), { wasSent: true });

function call(tenant: string, attempt: () => Promise<string>, reads = true) {
  const { signal } = new AbortController();
  return { name: 'GET /v2/images', reads, tenant, signal, leftMs: () => 8_000, attempt };
}

describe('calls of many tenants', () => {
  it('are sent a tenth more often than they are made, and three times, where many of them fail', async () => {
    const policy = new CallPolicy({ attemptMs: 1_000, random: () => 0 });
    let sent = 0;
    const fail = async () => {
      sent += 1;
      throw RESET;
    };
    for (let index = 0; index < 300; index += 1) {
      for (const name of ['b', 'c']) await policy.run(call(`${name}-${index}`, async () => 'done'));
      await expect(policy.run(call(`a-${index}`, fail))).rejects.toBe(RESET);
    }
    expect(sent).toBe(300 + 3 + 90);
  });

  it('are stopped for all where they fail for all, however few each of them makes', async () => {
    const policy = new CallPolicy({ attemptMs: 1_000, random: () => 0 });
    let sent = 0;
    const gate = Promise.withResolvers<never>();
    const fail = () => {
      sent += 1;
      return gate.promise;
    };
    // As many as run at once, and as many as wait.
    const calls = Array.from({ length: 192 }, (_, index) => policy.run(call(`tenant-${index}`, fail, false)));
    gate.reject(RESET);
    const ends = await Promise.allSettled(calls);
    expect(ends.every(({ status }) => status === 'rejected')).toBe(true);
    expect(policy.circuits.open).toEqual({ origin: true, tenants: 0 });
    // What waits when it opens is not sent after all.
    expect(sent).toBe(64);
    for (let index = 0; index < 808; index += 1)
      await expect(policy.run(call(`late-${index}`, fail))).rejects.toMatchObject({
        name: 'CircuitOpenError',
      });
    expect(sent).toBe(64);
  });

  it('are stopped for the one whose calls fail, and for no other', async () => {
    const policy = new CallPolicy({ attemptMs: 1_000, random: () => 0 });
    for (let index = 0; index < 20; index += 1) {
      await policy.run(call('a', () => Promise.reject(RESET), false)).catch(() => {});
    }
    expect(policy.circuits.open).toEqual({ origin: false, tenants: 1 });
    await expect(policy.run(call('a', async () => 'done'))).rejects.toMatchObject({
      name: 'CircuitOpenError',
    });
    expect(await policy.run(call('b', async () => 'done'))).toBe('done');
  });

  it('are stopped by their failures alone, however many went well before the first of them', async () => {
    const policy = new CallPolicy({ attemptMs: 1_000, random: () => 0 });
    for (let index = 0; index < 100; index += 1) await policy.run(call('a', async () => 'done'));
    const fail = () => policy.run(call('a', () => Promise.reject(RESET), false));
    for (let index = 0; index < 9; index += 1) await expect(fail()).rejects.toBe(RESET);
    expect(policy.circuits.open.tenants).toBe(0);
    await expect(fail()).rejects.toBe(RESET);
    expect(policy.circuits.open).toEqual({ origin: false, tenants: 1 });
  });

  it('fail by what came of each where they fail together, and stop the next', async () => {
    const policy = new CallPolicy({ attemptMs: 1_000, random: () => 0 });
    const gate = Promise.withResolvers<never>();
    const calls = Array.from({ length: 30 }, () => policy.run(call('a', () => gate.promise, false)));
    gate.reject(RESET);
    expect(await Promise.allSettled(calls)).toEqual(calls.map(() => ({ status: 'rejected', reason: RESET })));
    await expect(policy.run(call('a', async () => 'done'))).rejects.toMatchObject({
      name: 'CircuitOpenError',
    });
  });

  it('go on where most of those that fail together with others succeed', async () => {
    const policy = new CallPolicy({ attemptMs: 1_000, random: () => 0 });
    const gate = Promise.withResolvers<void>();
    const calls = Array.from({ length: 40 }, (_, index) => {
      const attempt = () =>
        gate.promise.then(() => {
          if (index % 4 === 0) throw RESET;
          return 'done';
        });
      return policy.run(call('a', attempt, false));
    });
    gate.resolve();
    const ends = await Promise.allSettled(calls);
    expect(ends.filter(({ status }) => status === 'rejected')).toHaveLength(10);
    expect(policy.circuits.open.tenants).toBe(0);
  });

  it('are not stopped again by those that were under way before they were stopped', async () => {
    vi.useFakeTimers();
    try {
      const states: string[] = [];
      const policy = new CallPolicy({
        attemptMs: 1_000,
        random: () => 0,
        onCircuitChange: (state) => states.push(state),
      });
      const gate = Promise.withResolvers<never>();
      const late = Array.from({ length: 30 }, () => policy.run(call('a', () => gate.promise, false)));
      const fail = () => policy.run(call('a', () => Promise.reject(RESET), false));
      for (let index = 0; index < 10; index += 1) await expect(fail()).rejects.toBe(RESET);
      vi.advanceTimersByTime(1_050);
      expect(await policy.run(call('a', async () => 'done'))).toBe('done');
      gate.reject(RESET);
      await Promise.allSettled(late);
      expect(states).toEqual(['open', 'half-open', 'closed']);
    } finally {
      vi.useRealTimers();
    }
  });

  it('leave no open circuit behind where their tenant was forgotten', async () => {
    const policy = new CallPolicy({ attemptMs: 1_000, random: () => 0 });
    const fail = (tenant: string) =>
      policy.run(call(tenant, () => Promise.reject(RESET), false)).catch(() => {});
    await fail('a');
    const gate = Promise.withResolvers<never>();
    const late = Array.from({ length: 12 }, () => policy.run(call('a', () => gate.promise, false)));
    for (let tenant = 0; tenant < 10_000; tenant += 1) await fail(`other ${tenant}`);
    gate.reject(RESET);
    await Promise.allSettled(late);
    expect(policy.circuits.open.tenants).toBe(0);
  });
});
