import cluster, { type Worker } from 'node:cluster';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';

import { z } from 'zod';

import { type Config, TENANT_SALT } from './config.ts';
import { openEmbeddedSandbox } from './embedded-sandbox.ts';
import { closeAll } from './lib/close-all.ts';
import { type Logger, openProcessLog } from './logger.ts';

/** How long one worker waits for the answers of the others. */
const ANSWERS_MS = 2_000;
/** After a worker's death, time until another takes its place; twice as long after each that soon dies as well. */
const FIRST_PAUSE_MS = 100;
const LAST_PAUSE_MS = 10_000;
/** A worker that has lived for so long dies of something else than its start. */
const SETTLED_MS = 60_000;
/** A worker ends by itself within some 10 seconds of the notice's end; one that hangs does not. */
const KILL_MS = 15_000;
const CLOSE_MS = 1_000;

/** A worker's metrics, as `Metrics` reports them. */
const Report = z.array(z.custom<object>((value) => typeof value === 'object' && value !== null)).readonly();
type Report = z.infer<typeof Report>;

/** What a worker asks of others: of all, what they count; or of all but itself, to forget what a tenant has read. */
const Question = z.discriminatedUnion('about', [
  z.object({ about: z.literal('metrics') }),
  z.object({
    about: z.literal('forget'),
    tenant: z.string(),
    isOnlyHeld: z.boolean(),
    created: z.string().optional(),
  }),
]);
type Question = z.infer<typeof Question>;

const FromWorker = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('listening'), announcement: z.string() }),
  z.object({ kind: z.literal('failed'), message: z.string() }),
  z.object({ kind: z.literal('question'), id: z.number(), question: Question }),
  z.object({ kind: z.literal('answer'), asker: z.number(), id: z.number(), answer: Report }),
]);
type FromWorker = z.infer<typeof FromWorker>;

const FromPrimary = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('question'), asker: z.number(), id: z.number(), question: Question }),
  z.object({ kind: z.literal('answers'), id: z.number(), answers: z.array(Report) }),
]);
type FromPrimary = z.infer<typeof FromPrimary>;

/**
 * Forks the workers, which share one port, and keeps their number until it is told to stop; then ends after the last
 * of them. Hands out connections, and answers nobody itself.
 */
export async function startWorkers(config: Config): Promise<void> {
  const { logger, flush, flushSync } = openProcessLog(config.logLevel, { isShared: true });
  const sandbox = config.apiUrl === null ? await openEmbeddedSandbox(logger) : null;
  flush();
  const primary = new Primary({
    count: config.workers,
    env: { [TENANT_SALT]: randomUUID(), ...(sandbox !== null && standInFor(sandbox)) },
    noticeMs: config.shutdownNoticeMs,
    logger,
    async exit(code) {
      await closeAll({ sandbox: async () => sandbox?.close() }, { withinMs: CLOSE_MS, logger });
      try {
        flushSync();
      } finally {
        process.exit(code);
      }
    },
  });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => primary.stop());
  primary.start();
}

/** What tells a worker of the sandbox that its primary runs. Nobody else's token is in it, so any host may serve it. */
function standInFor({ url, token }: { readonly url: URL; readonly token: string }): Record<string, string> {
  return { DIGITALOCEAN_API_URL: url.origin, DIGITALOCEAN_TOKEN: token, ALLOW_SHARED_TOKEN: 'true' };
}

/** A worker's part of what is configured for all of them together. */
export function shareOf(config: Config): Config {
  return {
    ...config,
    cacheMaxBytes: Math.floor(config.cacheMaxBytes / config.workers),
    answerCacheMaxBytes: Math.floor(config.answerCacheMaxBytes / config.workers),
  };
}

interface PrimaryOptions {
  readonly count: number;
  /** Beside the primary's own environment. */
  readonly env: Record<string, string>;
  /** How long a worker still takes requests after SIGTERM. */
  readonly noticeMs: number;
  readonly logger: Logger;
  readonly exit: (code: number) => Promise<void>;
}

/** One worker, from its fork to its end. */
interface Member {
  readonly worker: Worker;
  readonly startedAt: number;
  /** How many have died in its place before it in a row, each soon after its start. */
  readonly deaths: number;
  isListening: boolean;
  /** Why it cannot start, in its own words. */
  failure: string | null;
}

/** What a worker has asked, and who is still to answer. */
interface Asked {
  readonly asker: Worker;
  readonly id: number;
  readonly awaited: Set<Member>;
  readonly answers: Report[];
}

class Primary {
  readonly #options: PrimaryOptions;
  readonly #members = new Set<Member>();
  readonly #asked = new Set<Asked>();
  #announced: string | null = null;
  #isStopping = false;
  #exitCode = 0;

  constructor(options: PrimaryOptions) {
    this.#options = options;
  }

  start(): void {
    for (let index = 0; index < this.#options.count; index += 1) this.#fork(0);
  }

  /** Once more changes nothing. */
  stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#signal('SIGTERM');
    void this.#killLate();
    if (this.#members.size === 0) void this.#options.exit(0);
  }

  async #killLate(): Promise<void> {
    await setTimeout(this.#options.noticeMs + KILL_MS, undefined, { ref: false });
    this.#signal('SIGKILL');
  }

  #signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    for (const { worker } of this.#members) worker.process.kill(signal);
  }

  #fork(deaths: number): void {
    const worker = cluster.fork(this.#options.env);
    const startedAt = performance.now();
    const member: Member = { worker, startedAt, deaths, isListening: false, failure: null };
    this.#members.add(member);
    worker.on('message', (message: unknown) => {
      const known = FromWorker.safeParse(message);
      if (known.success) this.#onMessage(member, known.data);
    });
    worker.once('exit', (code: number | null, signal: string | null) => {
      void this.#onExit(member, signal ?? `code ${code}`);
    });
    // Where it could not be forked at all there is no exit.
    worker.on('error', (error) => {
      if (worker.process.pid === undefined) void this.#onExit(member, error.message);
    });
  }

  #onMessage(member: Member, message: FromWorker): void {
    switch (message.kind) {
      case 'listening':
        member.isListening = true;
        this.#announce(message.announcement);
        return;
      case 'failed':
        member.failure = message.message;
        return;
      case 'question':
        void this.#ask(member, message.id, message.question);
        return;
      case 'answer':
        for (const asked of this.#asked) {
          const isIts = asked.asker.id === message.asker && asked.id === message.id;
          if (!isIts || !asked.awaited.delete(member)) continue;
          asked.answers.push(message.answer);
          this.#passOn(asked);
        }
    }
  }

  async #ask(member: Member, id: number, question: Question): Promise<void> {
    const asker = member.worker;
    const others = [...this.#members].filter(
      (one) => one.isListening && (one !== member || question.about === 'metrics'),
    );
    const asked: Asked = { asker, id, awaited: new Set(others), answers: [] };
    this.#asked.add(asked);
    for (const { worker } of others) tell(worker, { kind: 'question', asker: asker.id, id, question });
    this.#passOn(asked);
    await setTimeout(ANSWERS_MS, undefined, { ref: false });
    this.#asked.delete(asked);
  }

  /** Once nobody is left to answer. */
  #passOn(asked: Asked): void {
    if (asked.awaited.size > 0) return;
    this.#asked.delete(asked);
    tell(asked.asker, { kind: 'answers', id: asked.id, answers: asked.answers });
  }

  /** Once for all; again only where the port is another, since all had died and any was free to take. */
  #announce(announcement: string): void {
    const listening = [...this.#members].filter(({ isListening }) => isListening);
    if (listening.length < this.#options.count || announcement === this.#announced) return;
    this.#announced = announcement;
    this.#options.logger.info(announcement);
  }

  async #onExit(member: Member, end: string): Promise<void> {
    const { worker, isListening } = member;
    // What it said last may still be on its way.
    if (worker.isConnected()) await once(worker, 'disconnect');
    this.#members.delete(member);
    for (const asked of this.#asked) if (asked.awaited.delete(member)) this.#passOn(asked);
    const reason = member.failure ?? `a worker has ended with ${end}`;
    if (!this.#isStopping && this.#announced !== null) return this.#replace(member, reason);
    if (!this.#isStopping) {
      // What one cannot start with, none can.
      process.stderr.write(`${reason}\n`);
      this.#isStopping = true;
      this.#signal('SIGKILL');
      this.#exitCode = 1;
    }
    // One that has not listened yet had nothing to lose.
    if (isListening && end !== 'code 0') this.#exitCode = 1;
    if (this.#members.size === 0) await this.#options.exit(this.#exitCode);
  }

  async #replace({ worker, startedAt, deaths: before }: Member, reason: string): Promise<void> {
    const deaths = performance.now() - startedAt > SETTLED_MS ? 0 : before + 1;
    const pauseMs = Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** deaths);
    this.#options.logger.error(
      { worker: worker.process.pid, reason, pauseMs },
      'a worker has ended, and another takes its place',
    );
    await setTimeout(pauseMs);
    if (!this.#isStopping) this.#fork(deaths);
  }
}

function tell(worker: Worker, message: FromPrimary): void {
  // One that ends just now has no more to say.
  worker.send(message, () => {});
}

interface Answers {
  report(): Promise<Report>;
  forget(tenant: string, isOnlyHeld: boolean, created?: string): void;
}

/** A worker's line to its primary, and over it to the other workers. */
export class Membership {
  #questions = 0;
  /** What becomes of the answers, by the question's id. */
  readonly #waiting = new Map<number, (answers: readonly Report[]) => void>();

  tellListening(announcement: string): void {
    void send({ kind: 'listening', announcement });
  }

  /** Without a primary nobody would end this process, or take its place. */
  onPrimaryGone(end: () => void): void {
    cluster.worker?.once('disconnect', () => {
      // Node would end the process at once otherwise, with all that is under way.
      if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true;
      end();
    });
  }

  /** Takes what this worker answers when another one asks. */
  onAsked(answers: Answers): void {
    process.on('message', (message: unknown) => {
      const known = FromPrimary.safeParse(message);
      if (!known.success) return;
      if (known.data.kind === 'answers') this.#waiting.get(known.data.id)?.(known.data.answers);
      else void answer(answers, known.data);
    });
  }

  /**
   * What each of the workers counts.
   * @throws Error where one of them does not say so in time: without it sums would fall, and seem to begin anew.
   */
  async gather(): Promise<readonly Report[]> {
    const answers = await this.#ask({ about: 'metrics' });
    if (answers === null) throw new Error(`not every worker has reported within ${ANSWERS_MS} ms`);
    return answers;
  }

  /** Ends when all other workers have forgotten what they read for a tenant, but for one that is stuck. */
  async tellForget(tenant: string, isOnlyHeld: boolean, created?: string): Promise<void> {
    await this.#ask({ about: 'forget', tenant, isOnlyHeld, created });
  }

  /** Null where not all have answered in time. */
  async #ask(question: Question): Promise<readonly Report[] | null> {
    const id = (this.#questions += 1);
    const { promise, resolve } = Promise.withResolvers<readonly Report[] | null>();
    const over = new AbortController();
    this.#waiting.set(id, resolve);
    void send({ kind: 'question', id, question });
    const answers = await Promise.race([promise, setTimeout(ANSWERS_MS, null, { signal: over.signal })]);
    over.abort();
    this.#waiting.delete(id);
    return answers;
  }
}

async function answer(
  answers: Answers,
  { asker, id, question }: Extract<FromPrimary, { kind: 'question' }>,
): Promise<void> {
  if (question.about === 'forget') answers.forget(question.tenant, question.isOnlyHeld, question.created);
  const report = question.about === 'metrics' ? await answers.report() : [];
  await send({ kind: 'answer', asker, id, answer: report });
}

/** Leaves it to the primary to tell why this worker could not start. */
export function tellFailure(message: string): Promise<void> {
  return send({ kind: 'failed', message });
}

/** Ends once it is sent, or cannot be: then there is no primary any more. */
function send(message: FromWorker): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined) return resolve();
    process.send(message, undefined, undefined, () => resolve());
  });
}
