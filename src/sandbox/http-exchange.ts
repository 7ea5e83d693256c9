import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

import type { Control } from './control.ts';
import type { Faults } from './faults.ts';
import type { LoggedRequest, RequestLog } from './request-log.ts';
import type { SandboxState } from './state.ts';

import { createAnswerer, toAnswer } from './answers.ts';
import { answerControl } from './control-endpoints.ts';
import { deliver, isSilent, stayAway } from './delivery.ts';
import { type Json, parseJson } from './json.ts';
import { capPage } from './odd-pages.ts';
import { withoutToken } from './request-log.ts';
import { spoilAnswer } from './spoiled-answers.ts';

interface Parts {
  readonly state: SandboxState;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly control: Control;
}

/** One request from the first byte in to the last byte out: control, or the log, the faults and the API. */
export function createHttpExchange({ state, faults, log, control }: Parts) {
  const answerer = createAnswerer(state);

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = 'GET', url = '/', headers } = request;
    const { path, query } = splitUrl(url);
    const body = await readBody(request);
    const requestId = randomUUID();
    if (path.startsWith('/sandbox/')) {
      const reply = answerControl(control, method, path, body);
      deliver(response, toAnswer(reply, { 'x-request-id': requestId }), undefined);
      return;
    }

    const token = parseToken(headers.authorization);
    const logged: LoggedRequest = {
      method,
      path,
      query: Object.fromEntries(query),
      url,
      account: state.access.get(token ?? '')?.account.name ?? null,
      status: null,
      headers: withoutToken(headers),
      body: body ?? null,
      at: state.clock.now(),
    };
    log.add(logged);

    const fault = faults.take({ method, path, query, token });
    if (fault?.latencyMs !== undefined) await delay(fault.latencyMs, undefined, { ref: false });
    if (isSilent(fault?.kind)) {
      stayAway(response, fault?.kind);
      return;
    }
    const origin = `http://${headers.host ?? 'localhost'}`;
    const real = () =>
      answerer.answer({
        method,
        path,
        query: capPage(query, fault?.page),
        token,
        body,
        origin,
        requestId,
      });
    const elsewhere = `http://localhost:${request.socket.localPort}/elsewhere`;
    const answer =
      fault === undefined
        ? real()
        : spoilAnswer(fault, { real, headers: answerer.headers({ token, requestId }), requestId, elsewhere });
    logged.status = answer.status;
    deliver(response, answer, fault?.kind);
  };
}

function splitUrl(url: string): { path: string; query: URLSearchParams } {
  const mark = url.indexOf('?');
  if (mark === -1) return { path: url, query: new URLSearchParams() };
  return { path: url.slice(0, mark), query: new URLSearchParams(url.slice(mark)) };
}

function parseToken(authorization: string | undefined): string | null {
  return /^Bearer +(\S+) *$/i.exec(authorization ?? '')?.[1] ?? null;
}

/** A body is read whatever the method: some clients send one along with GET and DELETE. */
async function readBody(request: IncomingMessage): Promise<Json | undefined> {
  const { headers } = request;
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return undefined;
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  }
  return parseJson(Buffer.concat(chunks).toString('utf8'));
}
