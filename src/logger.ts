import { destination, type Logger, pino } from 'pino';

import { redact } from './redact.ts';

export type { Logger };

const BUFFER_BYTES = 8_192;
const FLUSH_MS = 100;

export interface ProcessLog {
  readonly logger: Logger;
  /** Writes what is still to be written, at once. */
  readonly flush: () => void;
}

/**
 * One JSON line an event, to standard output, without tokens wherever they may have come from. Lines are written some
 * together and a tenth of a second late at the most: a write for each is a good part of what a short request costs.
 */
export function openProcessLog(level: string): ProcessLog {
  const output = destination({ dest: 1, sync: false, minLength: BUFFER_BYTES });
  const logger = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, hooks: { streamWrite: redact } },
    output,
  );
  setInterval(() => output.flush(), FLUSH_MS).unref();
  return { logger, flush: () => output.flushSync() };
}
