import { type Logger, pino } from 'pino';

import { redact } from './redact.ts';

export type { Logger };

/** One JSON line an event, to standard output, without tokens wherever they may have come from. */
export function createLogger(level: string): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    hooks: { streamWrite: redact },
  });
}
