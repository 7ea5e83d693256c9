import { once } from 'node:events';
import { request as httpRequest } from 'node:http';

import { describe, expect, it } from 'vitest';

import { OpenDoor } from '../support/open-door.ts';
import { TestGateway } from '../support/test-gateway.ts';

describe('an operation as JSON', () => {
  it('gets the same response each time, and the one that `fetch` gets, whatever it asks', async () => {
    await using door = await OpenDoor.start({
      ANSWER_CACHE_MAX_BYTES: '0',
      CORS_ORIGINS: 'https://app.example',
    });
    await using alone = await TestGateway.start({ env: { CORS_ORIGINS: 'https://app.example' } });
    const withoutIds = (text: string) => text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'ID');
    const rows = 'nodes { id name slug regions { slug } category }';
    for (const query of [
      `{ images(first: 3) { totalCount ${rows} pageInfo { hasNextPage endCursor } } }`,
      '{ images(first: 3, orderBy: { field: NAME, direction: DESC }) { edges { cursor node { name } } facets { types { value count } } } }',
      '{ node(id: "do:image:16376426") { __typename id ... on Image { name } } }',
      '{ nodes(ids: ["do:image:16376426", "do:image:1"]) { id } }',
      '{ nodes(ids: ["do:image:16376426", "nonsense"]) { id } }',
      '{ image(imageId: "1") { id } }',
      '{ image(slug: "NO SLUG") { id } images(first: 1) { totalCount } }',
      '{ images(first: 500) { totalCount } }',
      '{ images(first: 1, after: "nonsense") { totalCount } }',
      'query A { __typename } query B { __typename }',
      '{ _service { sdl } }',
      '{ __type(name: "Image") { name } }',
      'mutation { deleteImage(input: { id: "do:image:1" }) { deletedImageId } }',
    ]) {
      for (const headers of [
        {},
        { accept: 'application/graphql-response+json', origin: 'https://app.example' },
      ]) {
        const plain = await alone.fetch('/graphql', {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: 'Bearer sandbox', ...headers },
          body: JSON.stringify({ query, variables: {} }),
        });
        const expected = { status: plain.status, text: withoutIds(await plain.text()) };
        for (let time = 0; time < 3; time += 1) {
          const { status, text, headers: told } = await door.ask(query, { headers });
          expect({ status, text: withoutIds(text) }).toEqual(expected);
          for (const name of ['content-type', 'cache-control', 'vary', 'access-control-allow-origin']) {
            expect([name, told[name] ?? null]).toEqual([name, plain.headers.get(name)]);
          }
        }
      }
    }
  });

  it('tells of a request that fails on the way once, with one id, its whole time and its calls', async () => {
    await using door = await OpenDoor.start();
    const query = 'query Q($id: ID!) { image(imageId: $id) { name } }';
    for (let time = 0; time < 2; time += 1) await door.ask(query, {}, { id: '16376426' });
    door.gateway.upstream();
    const logged = door.gateway.log.length;
    await door.ask(query, {}, { id: '230000044' });
    door.gateway.sandbox.control.addFault({ status: 403, latencyMs: 100 });
    const { text } = await door.ask(query, { headers: { 'x-request-id': 'mine' } }, { id: '230000045' });
    expect(text).toContain('mine');
    const lines = door.gateway.log.slice(logged).filter(({ msg }) => msg === 'request');
    expect(lines).toMatchObject([
      { operation: 'query', operationName: 'Q', codes: [], status: 200, upstreamCalls: 1 },
      { operationName: 'Q', requestId: 'mine', codes: ['FORBIDDEN'], upstreamCalls: 1 },
    ]);
    expect(lines[1]?.['durationMs']).toBeGreaterThanOrEqual(99);
    expect(door.gateway.sandbox.control.requests().requests.at(-1)?.headers).toMatchObject({
      'x-request-id': 'mine',
    });
    expect(lines).toHaveLength(2);
  });

  it('ends its own work where the caller goes away, and tells of it', async () => {
    await using door = await OpenDoor.start();
    const query = 'query Q($id: ID!) { image(imageId: $id) { name } }';
    for (let time = 0; time < 2; time += 1) await door.ask(query, {}, { id: '16376426' });
    door.gateway.sandbox.control.addFault({ latencyMs: 1_000 });
    door.gateway.sandbox.control.clearRequests();
    const gone = new AbortController();
    const asked = door.ask(query, { signal: gone.signal }, { id: '230000044' });
    const isAsked = () => door.gateway.sandbox.control.requests().requests.length > 0;
    while (!isAsked()) await new Promise((resolve) => setTimeout(resolve, 5));
    gone.abort();
    await expect(asked).rejects.toThrow('aborted');
    const told = () => door.gateway.log.findLast(({ msg }) => msg === 'request');
    while (told()?.['status'] !== 499) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(told()).toMatchObject({ codes: ['CLIENT_CLOSED_REQUEST'], upstreamCalls: 1 });
  });

  it.each(['plain', 'é', 'ÿ and \u0100', '日本', '😀', '\ud800'])(
    'is answered in UTF-8: %j',
    async (name) => {
      await using door = await OpenDoor.start();
      door.gateway.sandbox.control.patch({ token: 'sandbox', id: 230_000_044, image: { name } });
      for (let time = 0; time < 3; time += 1) {
        const { text, headers } = await door.ask('{ image(imageId: "230000044") { name } }');
        expect(JSON.parse(text)).toEqual({ data: { image: { name } } });
        expect(headers['content-length']).toBe(String(Buffer.byteLength(text)));
      }
    },
  );

  it('is read to its end, in however many pieces it comes', async () => {
    await using gateway = await TestGateway.start();
    const { port, close } = await gateway.listen();
    const body = Buffer.from(JSON.stringify({ query: '{ __typename }', extensions: { text: '😀' } }));
    const sent = httpRequest(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': body.length },
    });
    const answered = once(sent, 'response');
    for (const byte of body) {
      sent.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    sent.end();
    const [response] = await answered;
    expect((await response.toArray()).join('')).toBe('{"data":{"__typename":"Query"}}');
    close();
  });

  it('is logged as gone if it breaks off before it is read', async () => {
    await using gateway = await TestGateway.start();
    const { port, close } = await gateway.listen();
    const sent = httpRequest(`http://127.0.0.1:${port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': 100 },
    });
    sent.on('error', () => {});
    sent.write('{"query"');
    await new Promise((resolve) => setTimeout(resolve, 50));
    sent.destroy();
    const requests = () => gateway.log.filter(({ msg }) => msg === 'request');
    await expect.poll(requests).toMatchObject([{ status: 499, codes: ['CLIENT_CLOSED_REQUEST'] }]);
    close();
  });
});
