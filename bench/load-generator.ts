import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** What is to be sent. */
export interface Load {
  readonly port: number;
  /** A workload's name. */
  readonly workload: string;
  /** The gateway takes cursors, the others offsets. */
  readonly takesCursors: boolean;
  readonly seconds: number;
  readonly connections: number;
  /** A body with fewer bytes is none of the workload's: it has failed. */
  readonly minBytes: number;
}

export interface LoadResult {
  readonly elapsedMs: number;
  readonly failed: number;
  /** Microseconds from each request to the end of its response. */
  readonly latencies: Uint32Array;
}

/** The process that sends the load, for all servers the same one. */
export class LoadGenerator {
  readonly #child: ChildProcess;
  readonly #ended: Promise<never>;

  /** @param cursorsFile the cursors of each token's list, as JSON */
  constructor(cursorsFile: string) {
    this.#child = fork(fileURLToPath(new URL('load-process.ts', import.meta.url)), {
      env: { CURSORS: cursorsFile },
      serialization: 'advanced',
    });
    this.#ended = once(this.#child, 'exit').then(() => {
      throw new Error('The process that sends the load ended.');
    });
    // It also ends when it is stopped.
    this.#ended.catch(() => {});
  }

  async run(load: Load): Promise<LoadResult> {
    this.#child.send(load);
    const [result]: LoadResult[] = await Promise.race([once(this.#child, 'message'), this.#ended]);
    if (result === undefined) throw new Error('The process that sends the load reported nothing.');
    return result;
  }

  stop(): void {
    this.#child.disconnect();
  }
}
