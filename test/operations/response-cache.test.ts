import { describe, expect, it } from 'vitest';

import { ImageList } from '../../src/lists/image-list.ts';
import { ResponseCache, toResponseKey } from '../../src/operations/response-cache.ts';
import { OpenDoor } from '../support/open-door.ts';

const LIST = 'query List { images(first: 3) { totalCount nodes { id name } } }';

describe('an answer over the same lists', () => {
  it('is given again to the byte, with an id of its own and a line in the log', async () => {
    await using door = await OpenDoor.start();
    await door.ask(LIST);
    const first = await door.ask(LIST);
    const again = await door.ask(LIST, { headers: { 'x-request-id': 'mine' } });
    expect(again.text).toBe(first.text);
    expect(await door.repeated()).toBe(1);
    const { 'x-request-id': firstId, date: _first, ...headers } = first.headers;
    const { 'x-request-id': againId, date: _again, ...same } = again.headers;
    expect({ ...same, 'content-length': undefined }).toEqual({ ...headers, 'content-length': undefined });
    expect(firstId).toMatch(/^[0-9a-f-]{36}$/);
    expect(againId).toBe('mine');
    const [, line, repeat] = door.gateway.log.filter(({ msg }) => msg === 'request');
    expect(repeat).toEqual({
      ...line,
      time: expect.any(Number),
      requestId: 'mine',
      durationMs: expect.any(Number),
      upstreamCalls: 0,
      cached: 1,
    });
  });

  it('is not that of another tenant', async () => {
    await using door = await OpenDoor.start();
    for (let time = 0; time < 3; time += 1) await door.ask(LIST);
    expect(await door.repeated()).toBe(1);
    const other = await door.ask(LIST, { token: 'sandbox-b' });
    expect(await door.repeated()).toBe(1);
    expect(other.text).not.toBe((await door.ask(LIST)).text);
  });

  it.each([
    ['Accept', { accept: 'application/graphql-response+json' }, 'content-type'],
    ['Origin', { origin: 'https://app.example' }, 'access-control-allow-origin'],
  ])('has headers of its own for another %s', async (_, headers, name) => {
    await using door = await OpenDoor.start({ CORS_ORIGINS: 'https://app.example' });
    const alone = await door.ask('{ __typename }', { headers });
    for (let time = 0; time < 3; time += 1) await door.ask(LIST);
    const other = await door.ask(LIST, { headers });
    expect(await door.repeated()).toBe(2);
    expect(other.headers[name]).toBe(alone.headers[name]);
    expect((await door.ask(LIST)).headers[name]).not.toBe(other.headers[name]);
  });

  it('is not that of other variables', async () => {
    await using door = await OpenDoor.start();
    const query = 'query ($first: Int) { images(first: $first) { nodes { id } } }';
    await door.ask(query, {}, { first: 1 });
    const one = await door.ask(query, {}, { first: 1 });
    const two = await door.ask(query, {}, { first: 2 });
    expect(two.text).not.toBe(one.text);
    expect(await door.repeated()).toBe(0);
  });

  it('is not given again to a request that asks what it costs', async () => {
    await using door = await OpenDoor.start();
    for (let time = 0; time < 2; time += 1) await door.ask(LIST);
    const { text } = await door.ask(LIST, { headers: { 'x-explain': '1' } });
    expect(JSON.parse(text)).toMatchObject({ extensions: { upstream: { cached: 1 } } });
    expect(await door.repeated()).toBe(0);
  });

  it.each<Record<string, string>>([
    { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
    { traceparent: 'nonsense', tracestate: 'vendor=1', baggage: 'user=7' },
    { 'x-request-id': 'mine', 'x-b3-traceid': '80f198ee56343ba8', 'x-cloud-trace-context': '105445aa/1;o=1' },
    { cookie: 'session=1', 'user-agent': 'curl', 'accept-language': 'nl', dnt: '1' },
    { 'apollographql-client-name': 'web', 'apollographql-client-version': '1.2' },
    { 'x-graphql-client-name': 'web', 'graphql-client-version': '1.2', 'x-explain': '0' },
    { 'x-forwarded-for': '192.0.2.1', forwarded: 'for=192.0.2.1', via: '1.1 envoy' },
    { 'x-requested-with': 'XMLHttpRequest', 'apollo-require-preflight': 'true', 'cache-control': 'no-cache' },
  ])('is given again whatever else a request has: %j', async (headers) => {
    await using door = await OpenDoor.start();
    await door.ask(LIST);
    const { text } = await door.ask(LIST);
    expect((await door.ask(LIST, { headers })).text).toBe(text);
    expect(await door.repeated()).toBe(1);
  });

  it('is made anew when a list is no longer fresh, and when it has changed', async () => {
    await using door = await OpenDoor.start();
    await door.ask(LIST);
    const first = await door.ask(LIST);
    door.gateway.clock.nowMs += 15_000;
    await door.ask(LIST);
    expect(await door.repeated()).toBe(0);
    door.gateway.clock.nowMs += 40_000;
    door.gateway.sandbox.control.fill({ token: 'sandbox', count: 90 });
    const { text } = await door.ask(LIST);
    expect(text).not.toBe(first.text);
    expect(text).toContain('"totalCount":90');
  });

  it('is made anew over a new list that is as fresh as the old one was', async () => {
    await using door = await OpenDoor.start();
    const head = '{ images(first: 3) { nodes { id } totalCount } }';
    for (let time = 0; time < 3; time += 1) await door.ask(head);
    expect(await door.repeated()).toBe(1);
    door.gateway.sandbox.control.fill({ token: 'sandbox', count: 90 });
    // Another need of the same list has it read anew, longer.
    await door.ask('{ images(last: 1) { nodes { id } } }');
    expect((await door.ask(head)).text).toContain('"totalCount":90');
  });

  it('is made anew after a write of the tenant', async () => {
    await using door = await OpenDoor.start();
    const query = '{ image(imageId: "230000044") { name } images(last: 1) { totalCount nodes { id } } }';
    for (let time = 0; time < 2; time += 1) await door.ask(query);
    const before = await door.ask(query);
    expect(await door.repeated()).toBe(1);
    await door.ask('mutation { deleteImage(input: { id: "do:image:230000044" }) { deletedImageId } }');
    const after = await door.ask(query);
    expect(before.text).toContain('golden-debian');
    expect(JSON.parse(after.text)).toMatchObject({ data: { image: null, images: { totalCount: 79 } } });
  });

  it('is refused with its tenant', async () => {
    await using door = await OpenDoor.start();
    for (let time = 0; time < 3; time += 1) await door.ask(LIST);
    expect(await door.repeated()).toBe(1);
    door.gateway.sandbox.control.addFault({ status: 401 });
    await door.ask('{ image(imageId: "1") { id } }');
    expect((await door.ask(LIST)).text).toContain('UNAUTHENTICATED');
  });

  it.each([
    ['an error', '{ images(first: 1) { totalCount } image(slug: "NO SLUG") { id } }'],
    ['an image that there is not', '{ images(first: 1) { totalCount } image(imageId: "1") { id } }'],
    ['the budget', '{ images(first: 1) { totalCount } rateLimit { remaining } }'],
    ['actions', '{ images(first: 1) { nodes { actions { totalCount } } } }'],
    ['no list', '{ __typename }'],
  ])('is never kept with %s in it', async (_, query) => {
    await using door = await OpenDoor.start();
    for (let time = 0; time < 4; time += 1) await door.ask(query);
    expect(await door.repeated()).toBe(0);
  });

  it('is given again with an image in it that was read by itself, until that is read anew', async () => {
    await using door = await OpenDoor.start();
    const query = '{ images(first: 1) { totalCount } image(imageId: "230000044") { name } }';
    for (let time = 0; time < 3; time += 1) await door.ask(query);
    expect(await door.repeated()).toBe(1);
    door.gateway.sandbox.control.patch({ token: 'sandbox', id: 230_000_044, image: { name: 'renamed' } });
    door.gateway.clock.nowMs += 31_000;
    expect((await door.ask(query)).text).toContain('renamed');
    expect(await door.repeated()).toBe(1);
  });

  it('is never kept with an image in it that is about to change', async () => {
    await using door = await OpenDoor.start();
    door.gateway.sandbox.control.patch({ token: 'sandbox', id: 230_000_044, image: { status: 'pending' } });
    const query = '{ image(imageId: "230000044") { status } }';
    for (let time = 0; time < 4; time += 1) expect((await door.ask(query)).text).toContain('PENDING');
    door.gateway.sandbox.control.patch({ token: 'sandbox', id: 230_000_044, image: { status: 'available' } });
    expect((await door.ask(query)).text).toContain('AVAILABLE');
    expect(await door.repeated()).toBe(0);
  });

  it('is not kept while it is stale', async () => {
    await using door = await OpenDoor.start();
    for (let time = 0; time < 2; time += 1) await door.ask(LIST);
    door.gateway.sandbox.control.addFault({ status: 503 });
    door.gateway.clock.nowMs += 31_000;
    for (let time = 0; time < 4; time += 1) {
      expect(JSON.parse((await door.ask(LIST)).text)).toMatchObject({ extensions: { stale: true } });
    }
    expect(await door.repeated()).toBe(0);
  });

  it('needs the token that it was made for, whoever else is served without one', async () => {
    await using door = await OpenDoor.start({ DIGITALOCEAN_TOKEN: 'sandbox-b' });
    const own = await door.ask('{ images(filter: { private: true }) { nodes { name } } }');
    const refused = await door.ask('{ images(filter: { private: true }) { nodes { name } } }', {
      token: 'sand box',
    });
    expect(own.text).toContain('golden-debian');
    expect(refused.status).toBe(401);
    expect(refused.text).not.toContain('golden-debian');
  });

  it.each([
    { ANSWER_CACHE_MAX_BYTES: '0' },
    { LIST_TTL_MS: '0' },
    { NODE_ENV: 'development' },
    { ANSWER_CACHE_MAX_BYTES: '100' },
  ])('is made each time under %j', async (env) => {
    await using door = await OpenDoor.start(env);
    for (let time = 0; time < 4; time += 1) {
      expect(JSON.parse((await door.ask(LIST)).text)).toMatchObject({ data: { images: { totalCount: 80 } } });
    }
    expect(await door.repeated()).toBe(0);
  });

  it('is the same through the door as without it, whatever is asked, also what is no request', async () => {
    await using door = await OpenDoor.start();
    await using without = await OpenDoor.start({ ANSWER_CACHE_MAX_BYTES: '0' });
    const withoutIds = (text: string) => text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID');
    for (const query of [
      LIST,
      '{ images {',
      '{ nothing }',
      '',
      '{ images(first: 500) { totalCount } }',
      '😀',
      'query A { __typename } query B { __typename }',
    ]) {
      for (let time = 0; time < 4; time += 1) {
        const { status, text } = await door.ask(query);
        const plain = await without.ask(query);
        expect({ status, text: withoutIds(text) }).toEqual({
          status: plain.status,
          text: withoutIds(plain.text),
        });
      }
    }
  });
});

describe('the response cache', () => {
  const list = new ImageList({ items: [], total: 0, complete: true, coherent: true, readAtMs: 0 });
  const lists = new Map([['filter', list]]);
  const body = { text: 'response', bytes: 8 };
  const create = (
    isCurrent: (tenant: string, filter: string) => boolean = () => true,
    maxBytes = 10_000_000,
  ) => new ResponseCache<{ isJoinable: boolean }>({ maxBytes, isCurrent });

  it('has a key for each tenant, operation and variables', () => {
    const keys = ['a', 'b'].flatMap((tenant) =>
      [1, 11].flatMap((id) => ['', '1', '{"n":1}'].map((variables) => toResponseKey(tenant, id, variables))),
    );
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('caches a response the second time, however many others are made in between', () => {
    const cache = create();
    const keys = Array.from({ length: 1_000 }, (_, id) => toResponseKey('a', id, ''));
    for (const key of keys) cache.add(key, body, lists);
    expect(keys.filter((key) => cache.find(key) !== undefined)).toEqual([]);
    for (const key of keys) cache.add(key, body, lists);
    expect(keys.filter((key) => cache.find(key) !== undefined).length).toBeGreaterThan(990);
  });

  it('asks with the tenant whether each list is current, and forgets the response if one is not', () => {
    let current = new Set(['a filter', 'a other']);
    const cache = create((tenant, filter) => current.has(`${tenant} ${filter}`));
    const key = toResponseKey('a', 1, '');
    const both = new Map([...lists, ['other', list] as const]);
    for (let time = 0; time < 2; time += 1) cache.add(key, body, both);
    expect(cache.find(key)?.lists).toBe(2);
    current = new Set(['a filter']);
    expect(cache.find(key)).toBeUndefined();
    current = new Set(['a filter', 'a other']);
    expect(cache.find(key)).toBeUndefined();
  });

  it('lets requests join an execution until it ends, or its tenant writes', () => {
    const cache = create();
    const [mine, other] = [toResponseKey('a', 1, ''), toResponseKey('b', 1, '')];
    const flight = { isJoinable: true };
    for (const key of [mine, other]) cache.start(key, flight);
    expect(cache.findInFlight(mine)).toBe(flight);
    flight.isJoinable = false;
    expect(cache.findInFlight(mine)).toBeUndefined();
    flight.isJoinable = true;
    cache.forget('a');
    expect([cache.findInFlight(mine), cache.findInFlight(other)]).toEqual([undefined, flight]);
    // An earlier one that ends later makes way for no other.
    cache.end(other, { isJoinable: true });
    expect(cache.findInFlight(other)).toBe(flight);
    cache.end(other, flight);
    expect(cache.findInFlight(other)).toBeUndefined();
  });
});
