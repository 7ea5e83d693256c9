import { destination, type Logger, pino } from 'pino';

import { redact } from './redact.ts';

export type { Logger };

const BUFFER_BYTES = 32_768;
/** What a pipe takes as a whole, however many processes write to it: PIPE_BUF of Linux. */
const SHARED_BYTES = 4_096;
const FLUSH_MS = 100;

export interface ProcessLog {
  readonly logger: Logger;
  /** Has what is still to be written written now. */
  readonly flush: () => void;
  /** Waits until it is written: for the end of the process. Where nobody reads any more it could wait for ever at its start. */
  readonly flushSync: () => void;
}

/** Of a destination that takes bytes; the types of pino have it for text only. */
interface ByteOutput {
  write(bytes: string | Uint8Array): boolean;
  flush(): void;
  flushSync(): void;
}

/**
 * One JSON line an event, to standard output, without tokens wherever they may have come from. Lines are written some
 * together and a tenth of a second late at the most: a write for each is a good part of what a short request costs.
 * Where processes share the output each line has its `pid`, and lines of two do not run into one another.
 *
 * Lines are handed over as bytes: text is joined, and the length of all of it counted again with each line.
 */
export function openProcessLog(level: string, { isShared = false } = {}): ProcessLog {
  const output: ByteOutput = destination({
    dest: 1,
    sync: false,
    contentMode: 'buffer',
    minLength: isShared ? SHARED_BYTES / 2 : BUFFER_BYTES,
    maxWrite: isShared ? SHARED_BYTES : 2 * BUFFER_BYTES,
  });
  // Each looked up when it is needed: pino replaces them once nobody reads.
  const flush = () => output.flush();
  const flushSync = () => output.flushSync();
  // pino flushes after a line of the level fatal, where it can.
  const lines = { write: (line: string) => output.write(Buffer.from(redact(line))), flushSync };
  const logger = pino({ level, base: isShared ? { pid: process.pid } : null, timestamp: isoTime() }, lines);
  setInterval(flush, FLUSH_MS).unref();
  return { logger, flush, flushSync };
}

/** The time as pino writes it: many lines are of the same millisecond. */
function isoTime(): () => string {
  let ms = 0;
  let text = '';
  return () => {
    const now = Date.now();
    if (now !== ms) {
      ms = now;
      text = `,"time":"${new Date(now).toISOString()}"`;
    }
    return text;
  };
}
