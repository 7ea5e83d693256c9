import { describe, expect, it } from 'vitest';

import { AnswerMemo, type KeptAnswer } from '../../src/fast-lane/answer-memo.ts';
import { ImageList } from '../../src/lists/image-list.ts';
import { toPlainPost } from '../../src/fast-lane/plain-post.ts';
import { OpenDoor } from '../support/open-door.ts';

const LIST = 'query List { images(first: 3) { totalCount nodes { id name } } }';

describe('an answer over the same lists', () => {
  it('is given again to the byte, with an id of its own and a line in the log', async () => {
    await using door = await OpenDoor.start();
    for (let time = 0; time < 2; time += 1) await door.ask(LIST);
    const first = await door.ask(LIST);
    const again = await door.ask(LIST, { headers: { 'x-request-id': 'mine' } });
    expect(again.text).toBe(first.text);
    expect(await door.repeated()).toBe(1);
    const { 'x-request-id': firstId, date: _first, ...headers } = first.headers;
    const { 'x-request-id': againId, date: _again, ...same } = again.headers;
    expect({ ...same, 'content-length': undefined }).toEqual({ ...headers, 'content-length': undefined });
    expect(firstId).toMatch(/^[0-9a-f-]{36}$/);
    expect(againId).toBe('mine');
    const [, , line, repeat] = door.gateway.log.filter(({ msg }) => msg === 'request');
    expect(repeat).toEqual({
      ...line,
      time: expect.any(Number),
      requestId: 'mine',
      durationMs: expect.any(Number),
      upstreamCalls: 0,
      cached: 1,
    });
  });

  it.each([
    ['tenant', { token: 'sandbox-b' }],
    ['Accept', { headers: { accept: 'application/graphql-response+json' } }],
    ['Origin', { headers: { origin: 'https://app.example' } }],
  ])('is not that of another %s', async (_, sent) => {
    await using door = await OpenDoor.start({ CORS_ORIGINS: 'https://app.example' });
    for (let time = 0; time < 3; time += 1) await door.ask(LIST);
    const other = await door.ask(LIST, sent);
    await door.ask(LIST, sent);
    expect(await door.repeated()).toBe(0);
    await door.ask(LIST, sent);
    const repeatedBefore = await door.repeated();
    expect(await door.ask(LIST, sent)).toMatchObject({ text: other.text });
    expect(await door.repeated()).toBe(repeatedBefore + 1);
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
    for (let time = 0; time < 3; time += 1) await door.ask(LIST);
    const { text } = await door.ask(LIST, { headers: { 'x-explain': '1' } });
    expect(JSON.parse(text)).toMatchObject({ extensions: { upstream: { cached: 1 } } });
    expect(await door.repeated()).toBe(0);
  });

  it.each<Record<string, string>>([
    { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
    { traceparent: 'nonsense', tracestate: 'vendor=1', baggage: 'user=7' },
    { 'x-request-id': 'mine', 'x-b3-traceid': '80f198ee56343ba8', 'x-cloud-trace-context': '105445aa/1;o=1' },
    { accept: '*/*', 'content-type': 'Application/JSON; charset="UTF-8"' },
    { accept: 'application/json, text/event-stream;q=0.5', 'content-type': 'application/json;charset=utf8' },
    { cookie: 'session=1', 'user-agent': 'curl', 'accept-language': 'nl', dnt: '1' },
    { 'apollographql-client-name': 'web', 'apollographql-client-version': '1.2' },
    { 'x-graphql-client-name': 'web', 'graphql-client-version': '1.2', 'x-explain': '0' },
    { 'x-forwarded-for': '192.0.2.1', forwarded: 'for=192.0.2.1', via: '1.1 envoy' },
    { 'x-requested-with': 'XMLHttpRequest', 'apollo-require-preflight': 'true', 'cache-control': 'no-cache' },
  ])('is given again whatever else a request has: %j', async (headers) => {
    await using door = await OpenDoor.start();
    for (let time = 0; time < 2; time += 1) await door.ask(LIST);
    const { text } = await door.ask(LIST);
    expect((await door.ask(LIST, { headers })).text).toBe(text);
    expect(await door.repeated()).toBe(1);
  });

  it('is made anew when a list is no longer fresh, and when it has changed', async () => {
    await using door = await OpenDoor.start();
    for (let time = 0; time < 2; time += 1) await door.ask(LIST);
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
    for (let time = 0; time < 4; time += 1) await door.ask(head);
    expect(await door.repeated()).toBe(1);
    door.gateway.sandbox.control.fill({ token: 'sandbox', count: 90 });
    // Another need of the same list has it read anew, longer.
    await door.ask('{ images(last: 1) { nodes { id } } }');
    expect((await door.ask(head)).text).toContain('"totalCount":90');
  });

  it('is made anew after a write of the tenant', async () => {
    await using door = await OpenDoor.start();
    const query = '{ image(imageId: "230000044") { name } images(last: 1) { totalCount nodes { id } } }';
    for (let time = 0; time < 3; time += 1) await door.ask(query);
    const before = await door.ask(query);
    expect(await door.repeated()).toBe(1);
    await door.ask('mutation { deleteImage(input: { id: "do:image:230000044" }) { deletedImageId } }');
    const after = await door.ask(query);
    expect(before.text).toContain('golden-debian');
    expect(JSON.parse(after.text)).toMatchObject({ data: { image: null, images: { totalCount: 79 } } });
  });

  it('is refused with its tenant', async () => {
    await using door = await OpenDoor.start();
    for (let time = 0; time < 4; time += 1) await door.ask(LIST);
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
    for (let time = 0; time < 4; time += 1) await door.ask(query);
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
    for (let time = 0; time < 3; time += 1) await door.ask(LIST);
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

describe('the key of an answer', () => {
  const list = new ImageList({ items: [], total: 0, complete: true, coherent: true, readAtMs: 0 });
  const parts = {
    token: 'a',
    tenant: 'a',
    type: 'application/json' as const,
    origin: undefined,
    body: '{"query":"{ x }"}',
  };
  const post = toPlainPost(parts);
  const answer: KeptAnswer = { headers: [], body: 'answer', encoding: 'utf8', operationName: undefined };

  it.each([
    { tenant: 'b' },
    { type: 'application/graphql-response+json' as const },
    { origin: 'https://app.example' },
    { body: '{"query":"{ y }"}' },
  ])('has all in it that an answer depends on: %j', (other) => {
    const memo = new AnswerMemo({ maxBytes: 1_000, isCurrent: () => true });
    memo.keep(post, answer, new Map([['', list]]));
    expect(memo.find(post)).toBeUndefined();
    memo.keep(post, answer, new Map([['', list]]));
    expect(memo.find(post)?.answer).toBe(answer);
    expect(memo.find(toPlainPost({ ...parts, ...other }))).toBeUndefined();
  });

  it('is kept when it is made again, however many are asked for in between', () => {
    const memo = new AnswerMemo({ maxBytes: 10_000_000, isCurrent: () => true });
    const posts = Array.from({ length: 1_000 }, (_, n) =>
      toPlainPost({ ...parts, body: `{"query":"{ x${n} }"}` }),
    );
    for (const each of posts) memo.keep(each, answer, new Map([['', list]]));
    expect(posts.filter((each) => memo.find(each) !== undefined)).toEqual([]);
    for (const each of posts) memo.keep(each, answer, new Map([['', list]]));
    const kept = posts.filter((each) => memo.find(each) !== undefined);
    expect(kept.length).toBeGreaterThan(990);
  });

  it('is forgotten where any of its lists is not current', () => {
    const memo = new AnswerMemo({ maxBytes: 1_000, isCurrent: (_tenant, filter) => filter === 'first' });
    for (let time = 0; time < 2; time += 1)
      memo.keep(
        post,
        answer,
        new Map([
          ['first', list],
          ['second', list],
        ]),
      );
    expect(memo.find(post)).toBeUndefined();
  });

  it('is asked with the tenant whether a list is current, and forgotten where it is not', () => {
    let isHeld = true;
    const memo = new AnswerMemo({
      maxBytes: 1_000,
      isCurrent: (tenant, filter, one) => isHeld && tenant === 'a' && filter === 'f' && one === list,
    });
    for (let time = 0; time < 2; time += 1) memo.keep(post, answer, new Map([['f', list]]));
    expect(memo.find(post)?.lists).toBe(1);
    isHeld = false;
    expect(memo.find(post)).toBeUndefined();
    isHeld = true;
    expect(memo.find(post)).toBeUndefined();
  });
});
