import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';

import { describe, expect, it } from 'vitest';

import { createNodeDoor } from '../src/node-door.ts';

describe('the door of node:http', () => {
  it('refuses a POST that comes at a bad time, unread, in the form of any other error', async () => {
    const refused: string[] = [];
    const door = createNodeDoor({
      admits: () => false,
      onRefused: (requestId) => refused.push(requestId),
      requestIdOf: (given) => given ?? 'new',
      answer: (_request, response) => response.end('answered'),
    });
    const server = createServer(door.listener);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/graphql`;

    const response = await fetch(url, { method: 'POST', body: '{}', headers: { 'x-request-id': 'mine' } });
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(response.headers.get('x-request-id')).toBe('mine');
    expect(await response.json()).toEqual({
      errors: [
        {
          message: expect.any(String),
          extensions: { code: 'OVERLOADED', retryAfter: 1, requestId: 'mine' },
        },
      ],
    });
    expect(await (await fetch(url)).text()).toBe('answered');
    expect(refused).toEqual(['mine']);
    server.closeAllConnections();
    server.close();
  });

  it('takes a target with its origin for the path in it, and a broken one for no request', async () => {
    const door = createNodeDoor({
      admits: () => true,
      onRefused() {},
      requestIdOf: () => 'new',
      answer: ({ url, headers }, response) => response.end(`${headers.host} ${url}`),
    });
    const server = createServer(door.listener);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const ask = async (target: string) => {
      const socket = connect(Number(port), '127.0.0.1');
      socket.end(`GET ${target} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n`);
      return (await socket.toArray()).join('');
    };
    expect(await ask('http://elsewhere:81/graphql?a=b')).toContain('elsewhere:81 /graphql?a=b');
    expect(await ask('/graphql')).toContain('here /graphql');
    expect(await ask('http://')).toMatch(/^HTTP\/1.1 400 /);
    server.closeAllConnections();
    server.close();
  });
});
