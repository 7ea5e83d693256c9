import { describe, expect, it, vi } from 'vitest';

import { startDeadline } from '../../src/deadline.ts';
import { RequestTimeoutError } from '../../src/errors.ts';
import type { Deadline } from '../../src/lib/waiter.ts';
import { InFlight, type Joined } from '../../src/operations/in-flight.ts';
import { QueryCost } from '../../src/query-cost.ts';
import { OpenDoor, type Sent } from '../support/open-door.ts';

/** A request whose client goes away by `leave`. */
function createRequest(timeoutMs = 60_000): Joined & { leave(): void } {
  const gone = new AbortController();
  let deadline: Deadline | undefined;
  return {
    get deadline() {
      return (deadline ??= startDeadline(gone.signal, timeoutMs));
    },
    leave: () => gone.abort(),
  };
}

/** An execution that began for a request, its own deadline, and how it ends. */
function createFlight(first: Joined, isUntouched = () => true) {
  const flight = new InFlight<{ isUntouched(): boolean; startDeadline(): Deadline }, string>(
    first,
    (start) => ({ isUntouched, startDeadline: start }),
  );
  const executed = Promise.withResolvers<string>();
  flight.begin(executed.promise);
  return { flight, finish: executed.resolve };
}

describe('an execution in flight', () => {
  it('is joined while nothing of its data has arrived', () => {
    let isUntouched = true;
    const { flight } = createFlight(createRequest(), () => isUntouched);
    expect(flight.isJoinable).toBe(true);
    isUntouched = false;
    expect(flight.isJoinable).toBe(false);
  });

  it('lets requests leave one by one, and is aborted with the last, which gets what it still has', async () => {
    const [first, second, third] = [createRequest(), createRequest(), createRequest()];
    const { flight, finish } = createFlight(first);
    flight.add(second);
    const { signal } = flight.context.startDeadline();
    flight.add(third);
    const results = [first, second, third].map((request) => flight.waitFor(request));
    first.leave();
    second.leave();
    expect([signal.aborted, flight.isJoinable]).toEqual([false, true]);
    third.leave();
    expect([signal.aborted, flight.isJoinable]).toEqual([true, false]);
    finish('what it has');
    expect(await Promise.all(results)).toEqual([null, null, 'what it has']);
  });

  it('is aborted where all had left before it had to wait', () => {
    const [first, second] = [createRequest(), createRequest()];
    const { flight } = createFlight(first);
    flight.add(second);
    for (const request of [first, second]) request.leave();
    expect(flight.context.startDeadline().signal.aborted).toBe(true);
  });

  it('has the time of the request that came last, and lets each go when its own is over', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const [first, second] = [createRequest(1_000), createRequest(1_000)];
    const { flight, finish } = createFlight(first);
    const deadline = flight.context.startDeadline();
    const early = flight.waitFor(first);
    vi.advanceTimersByTime(600);
    flight.add(second);
    const late = flight.waitFor(second);
    expect(deadline.leftMs()).toBe(1_000);
    vi.advanceTimersByTime(400);
    expect(await early).toBeNull();
    expect(first.deadline.signal.reason).toBeInstanceOf(RequestTimeoutError);
    expect([deadline.leftMs(), deadline.signal.aborted]).toEqual([600, false]);
    finish('result');
    expect(await late).toBe('result');
    deadline.end();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });
});

describe('the cost of what is shared', () => {
  it('is of each request, but how stale it is holds for all, also what turns out later', () => {
    const cost = new QueryCost();
    cost.requests = 2;
    const shared = cost.ofShared();
    cost.noteStale(5);
    expect(shared).toMatchObject({ requests: 0, cached: 0, coalesced: 1, staleMs: 5 });
    shared.noteStale(9);
    shared.noteStale(3);
    expect(cost.staleMs).toBe(9);
  });
});

const PARENT = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';

describe('requests that are the same and come at the same time', () => {
  const QUERY = 'query Q { images(first: 3) { totalCount nodes { id name } } }';
  const ONE = 'query One { image(imageId: "230000044") { name } }';

  /** A door that knows the queries, with nothing held, before an API that takes a moment. */
  async function open(env: Record<string, string> = {}, latencyMs = 100): Promise<OpenDoor> {
    const door = await OpenDoor.start({ LIST_TTL_MS: '0', CORS_ORIGINS: 'https://app.example', ...env });
    for (const query of [QUERY, ONE]) await door.ask(query);
    door.gateway.sandbox.control.addFault({ latencyMs });
    door.gateway.upstream();
    return door;
  }

  function lines(door: OpenDoor, count: number) {
    return door.gateway.log.filter(({ msg }) => msg === 'request').slice(-count);
  }

  /** The calls to the API that lines tell of. */
  function sumOf(told: ReturnType<typeof lines>): number {
    return told.reduce((sum, { upstreamCalls }) => sum + Number(upstreamCalls), 0);
  }

  /** Waits until the API has been asked. */
  async function isAsked(door: OpenDoor): Promise<void> {
    while (door.gateway.sandbox.control.requests().requests.length === 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
  }

  it.each([QUERY, ONE])('have one answer, for one call, and each its own id and line: %s', async (query) => {
    await using door = await open();
    const ids = ['one', 'two', 'three', 'four'];
    const answers = await Promise.all(ids.map((id) => door.ask(query, { headers: { 'x-request-id': id } })));
    expect(door.gateway.upstream()).toHaveLength(1);
    expect(answers.map(({ headers }) => headers['x-request-id'])).toEqual(ids);
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers[0]?.text).toContain('"name"');
    const told = lines(door, 4);
    expect(new Set(told.map(({ requestId }) => requestId))).toEqual(new Set(ids));
    expect(sumOf(told)).toBe(1);
    for (const { status, codes, operation, durationMs } of told)
      expect({ status, codes, operation, isTimed: Number(durationMs) >= 50 }).toEqual({
        status: 200,
        codes: [],
        operation: 'query',
        isTimed: true,
      });
  });

  it('are counted as readings that are shared', async () => {
    await using door = await open({ LIST_TTL_MS: '1000' });
    door.gateway.clock.nowMs += 20_000;
    await Promise.all(Array.from({ length: 5 }, () => door.ask(QUERY)));
    expect(lines(door, 5).map(({ cached }) => cached)).toEqual([0, 0, 0, 0, 0]);
    const text = await (await door.gateway.fetch('/metrics')).text();
    expect(text).toMatch(/^images_gateway_list_reads_total\{origin="shared"\} 4$/m);
  });

  it.each<[string, Sent, isOther: boolean]>([
    ['token', { token: 'sandbox-b' }, true],
    ['Origin', { headers: { origin: 'https://app.example' } }, false],
  ])('are each answered for themselves where the %s differs', async (_name, sent, isOther) => {
    await using door = await open();
    const logged = door.gateway.log.length;
    const [own, other] = await Promise.all([door.ask(QUERY), door.ask(QUERY, sent)]);
    const alone = await door.ask(QUERY, sent);
    expect(other.text).toBe(alone.text);
    expect(other.headers['access-control-allow-origin']).toBe(alone.headers['access-control-allow-origin']);
    expect(own.text !== other.text).toBe(isOther);
    expect(door.gateway.log.slice(logged).filter(({ msg }) => msg === 'request')).toHaveLength(3);
  });

  it('fail together, for one call, and each with its own id', async () => {
    await using door = await open({ REQUEST_TIMEOUT_MS: '30000' });
    door.gateway.sandbox.control.clearFaults();
    door.gateway.sandbox.control.addFault({ status: 403, latencyMs: 100 });
    const ids = ['one', 'two', 'three'];
    const answers = await Promise.all(ids.map((id) => door.ask(QUERY, { headers: { 'x-request-id': id } })));
    expect(door.gateway.upstream()).toHaveLength(1);
    for (const [place, { text }] of answers.entries()) {
      expect(JSON.parse(text).errors).toMatchObject([
        { extensions: { code: 'FORBIDDEN', requestId: ids[place] } },
      ]);
    }
    const told = lines(door, 3);
    expect(sumOf(told)).toBe(1);
    expect(new Set(told.map(({ requestId }) => requestId))).toEqual(new Set(ids));
  });

  it('are all told that what they show is stale', async () => {
    await using door = await open({ LIST_TTL_MS: '1000' }, 0);
    door.gateway.clock.nowMs += 20_000;
    door.gateway.sandbox.control.clearFaults();
    door.gateway.sandbox.control.addFault({ status: 500, latencyMs: 100 });
    const answers = await Promise.all(Array.from({ length: 3 }, () => door.ask(QUERY)));
    for (const { text } of answers)
      expect(JSON.parse(text)).toMatchObject({
        data: { images: { totalCount: 80 } },
        extensions: { stale: true },
      });
    expect(door.gateway.upstream()).toHaveLength(1);
  });

  it('are counted as readings also where more than lists is asked for', async () => {
    await using door = await open({ LIST_TTL_MS: '1000' });
    const query = 'query M { images(first: 3) { nodes { id } } image(imageId: "230000044") { name } }';
    await door.ask(query);
    door.gateway.clock.nowMs += 20_000;
    await Promise.all(Array.from({ length: 5 }, () => door.ask(query)));
    const text = await (await door.gateway.fetch('/metrics')).text();
    expect(text).toMatch(/^images_gateway_list_reads_total\{origin="shared"\} 8$/m);
  });

  it('are executed anew once a list is held that was not when the first came', async () => {
    await using door = await open({ LIST_TTL_MS: '1000' }, 0);
    const longer = '{ images(first: 100) { nodes { id } } }';
    await door.ask(longer);
    door.gateway.clock.nowMs += 100_000;
    door.gateway.sandbox.control.clearFaults();
    door.gateway.sandbox.control.addFault({ latencyMs: 500, match: { query: { per_page: '3' } } });
    const ends: string[] = [];
    const first = door.ask(QUERY).then(() => ends.push('first'));
    await isAsked(door);
    await door.ask(longer);
    await door.ask(QUERY).then(() => ends.push('second'));
    await first;
    expect(ends).toEqual(['second', 'first']);
  });

  it.each<Record<string, string>>([
    { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'vendor=1' },
    { cookie: 'session=1', baggage: 'user=7', 'apollographql-client-name': 'web', 'x-explain': '0' },
  ])('are one call, in the trace of the first, whatever each has: %j', async (headers) => {
    await using door = await open();
    const first = door.ask(QUERY, { headers: { traceparent: PARENT } });
    await isAsked(door);
    const others = [door.ask(QUERY, { headers }), door.ask(QUERY)];
    const [{ text }, ...answers] = await Promise.all([first, ...others]);
    expect(answers.map((answer) => answer.text)).toEqual([text, text]);
    const { requests } = door.gateway.sandbox.control.requests();
    expect(requests.map((sent) => sent.headers['traceparent'])).toEqual([PARENT]);
  });

  it('may go away each for itself', async () => {
    await using door = await open();
    const gone = new AbortController();
    const stays = door.ask(QUERY);
    await isAsked(door);
    const leaves = door.ask(QUERY, { signal: gone.signal });
    await new Promise((resolve) => setTimeout(resolve, 20));
    gone.abort();
    await expect(leaves).rejects.toThrow('aborted');
    expect((await stays).text).toContain('"totalCount":80');
    const told = lines(door, 2).map(({ status, codes }) => ({ status, codes }));
    expect(told).toContainEqual({ status: 200, codes: [] });
    expect(told).toContainEqual({ status: 499, codes: ['CLIENT_CLOSED_REQUEST'] });
  });

  it('are answered also where the one has gone away with which it began', async () => {
    await using door = await open();
    const gone = new AbortController();
    const first = door.ask(QUERY, { signal: gone.signal });
    await isAsked(door);
    const others = [door.ask(QUERY), door.ask(QUERY)];
    await new Promise((resolve) => setTimeout(resolve, 20));
    gone.abort();
    await expect(first).rejects.toThrow('aborted');
    for (const { text } of await Promise.all(others)) expect(text).toContain('"totalCount":80');
    expect(door.gateway.upstream()).toHaveLength(1);
    const statuses = lines(door, 3).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(2);
    expect(statuses).toContain(499);
  });

  it('fail without the one that has gone away, which is told of as gone', async () => {
    await using door = await open();
    door.gateway.sandbox.control.clearFaults();
    door.gateway.sandbox.control.addFault({ status: 403, latencyMs: 200 });
    const gone = new AbortController();
    const first = door.ask(QUERY, { signal: gone.signal });
    await isAsked(door);
    const stays = door.ask(QUERY);
    await new Promise((resolve) => setTimeout(resolve, 20));
    gone.abort();
    await expect(first).rejects.toThrow('aborted');
    expect((await stays).text).toContain('FORBIDDEN');
    const told = lines(door, 2).map(({ status, codes, upstreamCalls }) => ({ status, codes, upstreamCalls }));
    expect(told).toContainEqual({ status: 499, codes: ['CLIENT_CLOSED_REQUEST'], upstreamCalls: 1 });
    expect(told).toContainEqual(expect.objectContaining({ codes: ['FORBIDDEN'], upstreamCalls: 0 }));
    expect(door.gateway.upstream()).toHaveLength(1);
  });

  it('see what their tenant has written before they came', async () => {
    await using door = await open();
    const before = door.ask(ONE);
    await isAsked(door);
    door.gateway.sandbox.control.clearFaults();
    await door.ask('mutation { deleteImage(input: { id: "do:image:230000044" }) { deletedImageId } }');
    const after = door.ask(ONE);
    expect(JSON.parse((await after).text)).toEqual({ data: { image: null } });
    await before;
    // The sandbox waits first and looks then: only a call of its own tells that it was not joined.
    const [own, write, another, ...more] = door.gateway.upstream();
    expect([own, another]).toEqual(Array(2).fill('GET /v2/images/230000044'));
    expect([write, more]).toEqual(['DELETE /v2/images/230000044', []]);
  });

  it('are executed anew once a page has arrived that another query had asked for', async () => {
    await using door = await open({}, 0);
    const query = 'query Two { images(first: 3) { nodes { id } } image(imageId: "230000044") { name } }';
    await door.ask(query);
    door.gateway.upstream();
    door.gateway.sandbox.control.clearFaults();
    door.gateway.sandbox.control.addFault({ latencyMs: 400, match: { path: '/v2/images/230000044' } });
    door.gateway.sandbox.control.addFault({ latencyMs: 100 });
    const other = door.ask(QUERY);
    await isAsked(door);
    const first = door.ask(query);
    await other;
    const second = door.ask(query);
    expect((await first).text).toBe((await second).text);
    expect(door.gateway.upstream().filter((call) => call.includes('page='))).toHaveLength(2);
  });

  it('are executed anew once the answer of the API has arrived', async () => {
    await using door = await open({}, 0);
    // The second call of the first execution takes long; the first has arrived when the other request comes.
    const query = 'query Two { images(first: 3) { nodes { id } } image(imageId: "230000044") { name } }';
    await door.ask(query);
    door.gateway.upstream();
    door.gateway.sandbox.control.clearFaults();
    const match = { path: '/v2/images/230000044' };
    door.gateway.sandbox.control.addFault({ latencyMs: 300, match });
    const first = door.ask(query);
    await isAsked(door);
    await new Promise((resolve) => setTimeout(resolve, 100));
    const second = door.ask(query);
    expect((await first).text).toBe((await second).text);
    expect(door.gateway.upstream().filter((call) => call.includes('page='))).toHaveLength(2);
  });
});
