import type { ServerResponse } from 'node:http';

import { setTimeout as delay } from 'node:timers/promises';

import type { FaultKind } from './faults.ts';

import { type Answer, firstHalf } from './spoiled-answers.ts';

const DRIP_MS = 100;
/** A reset overtakes what was written before it; this lets the first half arrive. */
const RESET_AFTER_MS = 20;

/** Faults whose request gets no answer at all. */
export function isSilent(kind: FaultKind | undefined): boolean {
  return kind === 'reset' || kind === 'close' || kind === 'hang';
}

/** Ends a request without an answer: the connection is reset, closed, or left open. */
export function stayAway(response: ServerResponse, kind: FaultKind | undefined): void {
  if (kind === 'reset') response.socket?.resetAndDestroy();
  if (kind === 'close') response.socket?.destroy();
}

/** Writes an answer, whole or in the broken way that a fault asks for. */
export function deliver(response: ServerResponse, answer: Answer, kind: FaultKind | undefined): void {
  const bare = answer.status === 204 || answer.status === 304;
  const body = Buffer.from(bare ? '' : answer.body);
  const headers: Record<string, string | number> = { ...answer.headers };
  if (bare) delete headers['content-type'];
  else headers['content-length'] = body.length;
  response.writeHead(answer.status, headers);

  if (kind === 'drip') {
    void drip(response, body);
  } else if (kind === 'hang-mid-body') {
    response.write(firstHalf(body));
  } else if (kind === 'reset-mid-body') {
    void resetMidBody(response, body);
  } else {
    response.end(body);
  }
}

async function drip(response: ServerResponse, body: Buffer): Promise<void> {
  for (const byte of body) {
    if (response.destroyed) return;
    response.write(Buffer.of(byte));
    await delay(DRIP_MS, undefined, { ref: false });
  }
  response.end();
}

async function resetMidBody(response: ServerResponse, body: Buffer): Promise<void> {
  response.write(firstHalf(body));
  await delay(RESET_AFTER_MS, undefined, { ref: false });
  response.socket?.resetAndDestroy();
}
