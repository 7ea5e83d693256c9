import { setTimeout } from 'node:timers/promises';

interface CloseOptions {
  readonly withinMs: number;
  readonly logger: { warn(about: object, message: string): void };
}

/**
 * Closes all parts at once, by their names. It never rejects, and takes no longer than it may: a part that fails or hangs
 * is logged, since what stops a process must not depend on what it talks to.
 */
export async function closeAll(
  parts: Readonly<Record<string, () => Promise<unknown>>>,
  { withinMs, logger }: CloseOptions,
): Promise<void> {
  const open = new Set(Object.keys(parts));
  const close = async (part: string, work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      logger.warn({ err: error, part }, 'could not be closed');
    }
    open.delete(part);
  };
  const over = new AbortController();
  const all = Promise.all(Object.entries(parts).map(([part, work]) => close(part, work)));
  await Promise.race([all, setTimeout(withinMs, undefined, { signal: over.signal })]);
  over.abort();
  for (const part of open) logger.warn({ part, withinMs }, 'could not be closed in time');
}
