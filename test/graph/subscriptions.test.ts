import { createClient } from 'graphql-sse';
import { describe, expect, it } from 'vitest';

import { TestGateway } from '../support/test-gateway.ts';

const WATCH = 'subscription ($id: ID!) { imageStatus(id: $id) { id status errorMessage regions { slug } } }';

async function beginImport(gateway: TestGateway, url = 'https://example.com/image.qcow2'): Promise<string> {
  const { data } = await gateway.query(
    'mutation ($url: String!) { createImage(input: { name: "mine", url: $url, region: "nyc3" }) { image { id } } }',
    { url },
  );
  gateway.upstream();
  return Object(data?.['createImage']).image.id;
}

/** The states of an image to its end; the sandbox's clock goes on by three seconds after each. */
async function statesOf(gateway: TestGateway, id: string, asking = {}): Promise<unknown[]> {
  const states: unknown[] = [];
  for await (const { data, errors } of gateway.subscribe(WATCH, { id }, asking)) {
    states.push(errors.length > 0 ? errors[0] : data?.['imageStatus']);
    gateway.sandbox.control.advance(3_000);
  }
  return states;
}

async function untilIdle(gateway: TestGateway): Promise<void> {
  await expect.poll(() => gateway.watched).toBe(0);
  gateway.upstream();
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(gateway.upstream()).toEqual([]);
}

describe('imageStatus', () => {
  it('follows an import from new over pending to available, and ends', async () => {
    await using gateway = await TestGateway.start();
    const id = await beginImport(gateway);
    expect(await statesOf(gateway, id)).toEqual([
      { id, status: 'NEW', errorMessage: null, regions: [] },
      { id, status: 'PENDING', errorMessage: null, regions: [] },
      { id, status: 'AVAILABLE', errorMessage: null, regions: [{ slug: 'nyc3' }] },
    ]);
    await untilIdle(gateway);
  });

  it('gives the reason of an import that fails, which no list shows', async () => {
    await using gateway = await TestGateway.start();
    const id = await beginImport(gateway, 'https://example.com/corrupt.qcow2');
    const states = await statesOf(gateway, id);
    expect(states.map((state) => Object(state).status)).toEqual(['NEW', 'PENDING', 'DELETED']);
    expect(Object(states.at(-1)).errorMessage).toMatch(/\w+/);
    const { data } = await gateway.query('{ images(last: 1) { nodes { id } } }');
    expect(Object(data?.['images']).nodes).not.toContainEqual({ id });
    await untilIdle(gateway);
  });

  it('gives the present state at once, and only that, of an image that does not change any more', async () => {
    await using gateway = await TestGateway.start();
    const states = await statesOf(gateway, 'do:image:195932981');
    expect(states).toMatchObject([{ status: 'AVAILABLE' }]);
    expect(gateway.upstream()).toHaveLength(1);
  });

  it('is one stream of calls for a thousand who watch, and each sees every state', async () => {
    // Longer than a busy machine takes for a thousand subscriptions.
    const importMs = { pendingAfter: 600_000, doneAfter: 1_200_000 };
    await using gateway = await TestGateway.start({ sandbox: { importMs } });
    const id = await beginImport(gateway);
    const seen: string[][] = [];
    const all = Array.from({ length: 1_000 }, async (_, index) => {
      const states: string[] = [];
      seen[index] = states;
      for await (const { data } of gateway.subscribe(WATCH, { id }))
        states.push(Object(data?.['imageStatus']).status);
    });
    await expect
      .poll(() => seen.filter((states) => states?.length === 1).length, { timeout: 25_000 })
      .toBe(1_000);
    expect(gateway.watched).toBe(1);
    gateway.upstream();
    await new Promise((resolve) => setTimeout(resolve, 200));
    // Twenty milliseconds apart at the least by then: ten or so, and not a thousand times as many.
    expect(gateway.upstream().length).toBeLessThan(40);
    gateway.sandbox.control.advance(importMs.pendingAfter);
    await expect
      .poll(() => seen.filter((states) => states.length === 2).length, { timeout: 25_000 })
      .toBe(1_000);
    gateway.sandbox.control.advance(importMs.doneAfter);
    await Promise.all(all);
    expect(new Set(seen.map((states) => states.join(' ')))).toEqual(new Set(['NEW PENDING AVAILABLE']));
    await untilIdle(gateway);
  }, 60_000);

  it('gives who comes later the present state first', async () => {
    await using gateway = await TestGateway.start();
    const id = await beginImport(gateway);
    const first = gateway.subscribe(WATCH, { id });
    expect((await first.next()).value).toMatchObject({ data: { imageStatus: { status: 'NEW' } } });
    gateway.sandbox.control.advance(3_000);
    expect((await first.next()).value).toMatchObject({ data: { imageStatus: { status: 'PENDING' } } });
    const second = gateway.subscribe(WATCH, { id });
    expect((await second.next()).value).toMatchObject({ data: { imageStatus: { status: 'PENDING' } } });
    expect(gateway.watched).toBe(1);
    await first.return(undefined);
    expect(gateway.watched).toBe(1);
    gateway.sandbox.control.advance(10_000);
    expect((await second.next()).value).toMatchObject({ data: { imageStatus: { status: 'AVAILABLE' } } });
    await second.return(undefined);
    await untilIdle(gateway);
  });

  it('leaves no timer and no call when the last one has gone, with a word or by closing the connection', async () => {
    await using gateway = await TestGateway.start();
    const id = await beginImport(gateway);
    const events = gateway.subscribe(WATCH, { id });
    await events.next();
    expect(gateway.watched).toBe(1);
    await events.return(undefined);
    await untilIdle(gateway);

    const { port, close } = await gateway.listen();
    const leaving = new AbortController();
    const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: {
        accept: 'text/event-stream',
        authorization: 'Bearer sandbox',
        'content-type': 'application/json',
      },
      body: JSON.stringify({ query: WATCH, variables: { id } }),
      signal: leaving.signal,
    });
    await response.body?.getReader().read();
    await expect.poll(() => gateway.watched).toBe(1);
    leaving.abort();
    await untilIdle(gateway);
    close();
  });

  it('goes on through failures that pass, and ends with one that does not', async () => {
    await using gateway = await TestGateway.start();
    const id = await beginImport(gateway);
    gateway.sandbox.control.addFault({ times: 3, status: 503 });
    const events = gateway.subscribe(WATCH, { id });
    expect((await events.next()).value).toMatchObject({ data: { imageStatus: { status: 'NEW' } } });
    gateway.sandbox.control.addFault({ status: 401 });
    expect((await events.next()).value).toMatchObject({
      errors: [{ extensions: { code: 'UNAUTHENTICATED', requestId: expect.any(String) } }],
    });
    expect((await events.next()).done).toBe(true);
    await untilIdle(gateway);
  });

  it('tells nobody of an image of another tenant', async () => {
    await using gateway = await TestGateway.start();
    const id = await beginImport(gateway);
    const own = gateway.subscribe(WATCH, { id });
    await own.next();
    const [state] = await statesOf(gateway, id, { token: 'sandbox-b' });
    expect(state).toMatchObject({ extensions: { code: 'NOT_FOUND' } });
    await own.return(undefined);
  });

  it.each([
    ['no token', { token: null }, { id: 'do:image:5' }, 'UNAUTHENTICATED'],
    ['an id that is none', {}, { id: '5' }, 'BAD_USER_INPUT'],
  ])('refuses %s, without a call', async (_, asking, { id }, code) => {
    await using gateway = await TestGateway.start();
    const [state] = await statesOf(gateway, id, asking);
    expect(state).toMatchObject({ extensions: { code } });
    expect(gateway.upstream()).toEqual([]);
  });

  it('without a token is refused as a whole', async () => {
    await using gateway = await TestGateway.start();
    const response = await gateway.fetch('/graphql', {
      method: 'POST',
      headers: { accept: 'text/event-stream', 'content-type': 'application/json' },
      body: JSON.stringify({ query: WATCH, variables: { id: 'do:image:5' } }),
    });
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(gateway.watched).toBe(0);
  });

  it('that cannot be answered in the accepted form watches nothing', async () => {
    await using gateway = await TestGateway.start();
    const id = await beginImport(gateway);
    const response = await gateway.fetch('/graphql', {
      method: 'POST',
      headers: { accept: 'image/png', authorization: 'Bearer sandbox', 'content-type': 'application/json' },
      body: JSON.stringify({ query: WATCH, variables: { id } }),
    });
    expect(response.status).toBe(406);
    await untilIdle(gateway);
  });

  it('has a time of its own for each event', async () => {
    await using gateway = await TestGateway.start({ env: { REQUEST_TIMEOUT_MS: '1000' } });
    const id = await beginImport(gateway);
    const query =
      'subscription ($id: ID!) { imageStatus(id: $id) { status actions(first: 1) { totalCount } } }';
    const events: unknown[] = [];
    for await (const event of gateway.subscribe(query, { id })) {
      events.push(event);
      await new Promise((resolve) => setTimeout(resolve, 1_200));
      gateway.sandbox.control.advance(3_000);
    }
    expect(events).toMatchObject(
      ['NEW', 'PENDING', 'AVAILABLE'].map((status) => ({
        errors: [],
        data: { imageStatus: { status, actions: { totalCount: 0 } } },
      })),
    );
  });

  it('shows whoever comes after a write what that has done', async () => {
    await using gateway = await TestGateway.start();
    const id = await beginImport(gateway);
    const query = 'subscription ($id: ID!) { imageStatus(id: $id) { name } }';
    const first = gateway.subscribe(query, { id });
    await first.next();
    await gateway.query(
      'mutation ($id: ID!) { updateImage(input: { id: $id, name: "new" }) { image { id } } }',
      { id },
    );
    const second = gateway.subscribe(query, { id });
    expect((await second.next()).value).toMatchObject({ data: { imageStatus: { name: 'new' } } });
    expect((await first.next()).value).toMatchObject({ data: { imageStatus: { name: 'new' } } });
    await Promise.all([first.return(undefined), second.return(undefined)]);
    await untilIdle(gateway);
  });

  it('ends when the gateway drains', async () => {
    await using gateway = await TestGateway.start();
    const id = await beginImport(gateway);
    const events = gateway.subscribe(WATCH, { id });
    await events.next();
    gateway.drain();
    expect((await events.next()).done).toBe(true);
    expect((await gateway.subscribe(WATCH, { id }).next()).done).toBe(true);
    await untilIdle(gateway);
  });

  it('is followed by the client of another project', async () => {
    await using gateway = await TestGateway.start();
    const id = await beginImport(gateway);
    const { port, close } = await gateway.listen();
    const client = createClient({
      url: `http://127.0.0.1:${port}/graphql`,
      headers: { authorization: 'Bearer sandbox' },
    });
    const states: unknown[] = [];
    for await (const { data } of client.iterate({ query: WATCH, variables: { id } })) {
      states.push(Object(data?.['imageStatus']).status);
      gateway.sandbox.control.advance(3_000);
    }
    client.dispose();
    close();
    expect(states).toEqual(['NEW', 'PENDING', 'AVAILABLE']);
    await untilIdle(gateway);
  });
});

const NOT_FOUND = { id: 'not_found', message: 'The resource you were accessing could not be found.' };
const missing = (path: string, times?: number) => ({
  match: { method: 'GET', path },
  status: 404,
  body: NOT_FOUND,
  ...(times !== undefined && { times }),
});
const pathOf = (id: string) => `/v2/images/${id.split(':').at(-1)}`;

describe('an image that the gateway created seconds ago', () => {
  it('is watched past any number of 404s of a replica that lags behind, and nothing cached is dropped', async () => {
    await using gateway = await TestGateway.start();
    const id = await beginImport(gateway);
    await gateway.query('{ images(first: 1) { totalCount } }');
    gateway.upstream();
    gateway.sandbox.control.addFault(missing(pathOf(id), 12));
    const events = gateway.subscribe(WATCH, { id });
    expect((await events.next()).value).toMatchObject({
      data: { imageStatus: { status: 'NEW' } },
      errors: [],
    });
    gateway.upstream();
    await gateway.query('{ images(first: 1) { totalCount } }');
    expect(gateway.upstream().filter((call) => call.includes('page'))).toEqual([]);
    await events.return(undefined);
  });

  it('is watched past a few 404s after it was seen', async () => {
    await using gateway = await TestGateway.start();
    const id = await beginImport(gateway);
    const events = gateway.subscribe(WATCH, { id });
    await events.next();
    gateway.sandbox.control.addFault(missing(pathOf(id), 3));
    gateway.sandbox.control.advance(3_000);
    expect((await events.next()).value).toMatchObject({ data: { imageStatus: { status: 'PENDING' } } });
    await events.return(undefined);
  });

  it('is not found where it is gone after it was seen', async () => {
    await using gateway = await TestGateway.start();
    const id = await beginImport(gateway);
    const events = gateway.subscribe(WATCH, { id });
    await events.next();
    gateway.sandbox.control.delete({ token: 'sandbox', ids: [Number(id.split(':').at(-1))] });
    expect((await events.next()).value).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] });
    await untilIdle(gateway);
  });

  it('is not found once a replica had its time', async () => {
    await using gateway = await TestGateway.start();
    const id = await beginImport(gateway);
    gateway.sandbox.control.addFault(missing(pathOf(id)));
    const events = gateway.subscribe(WATCH, { id });
    const first = events.next();
    await expect.poll(() => gateway.sandbox.control.requests().count).toBeGreaterThan(6);
    gateway.clock.nowMs += 15_000;
    expect((await first).value).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] });
    await untilIdle(gateway);
  });

  it('is not remembered as missing', async () => {
    await using gateway = await TestGateway.start();
    const id = await beginImport(gateway);
    gateway.sandbox.control.addFault(missing(pathOf(id), 1));
    const query = `{ image(id: "${id}") { id } }`;
    expect((await gateway.query(query)).data).toEqual({ image: null });
    expect((await gateway.query(query)).data).toEqual({ image: { id } });
  });

  it('is one for its own tenant only, and any other is not found at once', async () => {
    await using gateway = await TestGateway.start();
    const id = await beginImport(gateway);
    for (const [watched, token] of [
      [id, 'sandbox-b'],
      ['do:image:1', 'sandbox'],
    ] as const) {
      const states = await statesOf(gateway, watched, { token });
      expect(states).toMatchObject([{ extensions: { code: 'NOT_FOUND' } }]);
      expect(gateway.upstream()).toHaveLength(1);
    }
  });
});

describe('an action that the gateway began seconds ago', () => {
  const BEGIN = [
    'transferImage(input: { id: "do:image:230000203", regions: ["nyc3"] }) { actions { actionId } }',
    'convertImageToSnapshot(input: { id: "do:image:230000101" }) { action { actionId } }',
  ];

  it.each(BEGIN)('is watched past 404s: %s', async (mutation) => {
    await using gateway = await TestGateway.start();
    const { data } = await gateway.query(`mutation { payload: ${mutation} }`);
    const { action, actions = [action] } = Object(data?.['payload']);
    const imageId = /do:image:\d+/.exec(mutation)?.[0] ?? '';
    gateway.sandbox.control.addFault(missing(`${pathOf(imageId)}/actions/*`, 12));
    const watch = `subscription { imageAction(imageId: "${imageId}", actionId: "${actions[0].actionId}") { status } }`;
    const events = gateway.subscribe(watch);
    expect((await events.next()).value).toMatchObject({ data: { imageAction: { status: 'IN_PROGRESS' } } });
    await events.return(undefined);
  });

  it('is another one than one that does not exist', async () => {
    await using gateway = await TestGateway.start();
    await gateway.query(`mutation { ${BEGIN[0]} }`);
    const watch = 'subscription { imageAction(imageId: "do:image:230000203", actionId: "1") { status } }';
    const events = gateway.subscribe(watch);
    expect((await events.next()).value).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] });
  });
});

describe('imageAction', () => {
  it('follows an action to its end', async () => {
    await using gateway = await TestGateway.start();
    const { data } = await gateway.query(
      'mutation { transferImage(input: { id: "do:image:230000203", regions: ["nyc3"] }) { actions { actionId } } }',
    );
    const [{ actionId }] = Object(data?.['transferImage']).actions;
    const watch = `subscription ($id: ID!) {
      imageAction(imageId: "do:image:230000203", actionId: $id) { status region { slug } }
    }`;
    const states: unknown[] = [];
    for await (const event of gateway.subscribe(watch, { id: actionId })) {
      states.push(event.data?.['imageAction']);
      gateway.sandbox.control.advance(60_000);
    }
    const region = { slug: 'nyc3' };
    expect(states).toEqual([
      { status: 'IN_PROGRESS', region },
      { status: 'COMPLETED', region },
    ]);
    await untilIdle(gateway);
  });
});

describe.each(['image', 'action'])('who watch one %s', (what) => {
  /** Two subscribers to what does not change until the sandbox's clock is moved. */
  async function watchTwice(gateway: TestGateway) {
    const subscribe =
      what === 'image' ? await toSubscribeToImage(gateway) : await toSubscribeToAction(gateway);
    const both = [subscribe('first'), subscribe('second')] as const;
    for (const events of both) expect((await events.next()).value).toMatchObject({ errors: [] });
    return both;
  }

  async function toSubscribeToImage(gateway: TestGateway) {
    const id = await beginImport(gateway);
    return (name: string) => gateway.subscribe(WATCH, { id }, { headers: { 'x-request-id': name } });
  }

  async function toSubscribeToAction(gateway: TestGateway) {
    const id = 'do:image:230000203';
    const { data } = await gateway.query(
      'mutation ($id: ID!) { transferImage(input: { id: $id, regions: ["sgp1"] }) { actions { actionId } } }',
      { id },
    );
    const [{ actionId }] = Object(data?.['transferImage']).actions;
    const query =
      'subscription ($id: ID!, $actionId: ID!) { imageAction(imageId: $id, actionId: $actionId) { status } }';
    return (name: string) =>
      gateway.subscribe(query, { id, actionId }, { headers: { 'x-request-id': name } });
  }

  const lastId = (gateway: TestGateway) =>
    gateway.sandbox.control.requests().requests.at(-1)?.headers['x-request-id'];

  it('are polled for under the id of a request that is still there', async () => {
    await using gateway = await TestGateway.start();
    const [first, second] = await watchTwice(gateway);
    expect(lastId(gateway)).toBe('first');
    await first.return(undefined);
    await expect.poll(() => lastId(gateway)).toBe('second');
    await second.return(undefined);
  });

  it('have a retry for each poll, however long nothing has changed', async () => {
    await using gateway = await TestGateway.start({
      env: { REQUEST_TIMEOUT_MS: '800', UPSTREAM_TIMEOUT_MS: '200' },
    });
    const retries = async () =>
      Number(/retries_total (\d+)\n/.exec(await (await gateway.fetch('/metrics')).text())?.[1]);
    const [first, second] = await watchTwice(gateway);
    await first.return(undefined);
    await expect.poll(() => lastId(gateway)).toBe('second');
    gateway.sandbox.control.addFault({ status: 503, times: 1 });
    await expect.poll(retries).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    gateway.sandbox.control.addFault({ status: 503, times: 1 });
    await expect.poll(retries).toBe(2);
    await second.return(undefined);
  });
});
