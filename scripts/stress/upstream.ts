import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout } from 'node:timers/promises';

import { privateImage, publicImage } from '../catalogue-images.ts';

/** What the upstream does with each request. */
export interface Behaviour {
  /** Milliseconds before it answers. */
  latencyMs: number;
  /** Answers this, or breaks the connection at 0; undefined answers as it should. */
  fault: number | undefined;
}

/** An images API that takes every token, each for an account of its own, and counts what it is asked. */
export async function startUpstream(imagesPerAccount = 100) {
  const behaviour: Behaviour = { latencyMs: 0, fault: undefined };
  let count = 0;

  const answer = async ({ url = '', headers }: IncomingMessage, response: ServerResponse): Promise<void> => {
    count += 1;
    if (behaviour.latencyMs > 0) await setTimeout(behaviour.latencyMs);
    if (behaviour.fault === 0) return void response.destroy();
    const { pathname, searchParams } = new URL(url, 'http://upstream');
    const owner = ownerOf(headers.authorization ?? '');
    const id = /^\/v2\/images\/(\d+)$/.exec(pathname)?.[1];
    const body =
      id === undefined
        ? pageOf(owner, searchParams, imagesPerAccount)
        : { image: imageOf(owner, Number(id)) };
    response.writeHead(behaviour.fault ?? 200, { 'content-type': 'application/json', 'retry-after': '1' });
    response.end(JSON.stringify(behaviour.fault === undefined ? body : { id: 'fault', message: 'a fault' }));
  };

  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    behaviour,
    /** How often it was asked since the last look. */
    takeCount(): number {
      const taken = count;
      count = 0;
      return taken;
    },
    close(): void {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A part of the name of each private image of an account. */
export function ownerOf(authorization: string): string {
  return createHash('sha256').update(authorization).digest('hex').slice(0, 16);
}

function pageOf(owner: string, search: URLSearchParams, total: number) {
  const perPage = Number(search.get('per_page') ?? 20);
  const first = (Number(search.get('page') ?? 1) - 1) * perPage;
  const length = Math.max(0, Math.min(perPage, total - first));
  return {
    images: Array.from({ length }, (_, index) => imageOf(owner, first + index + 1)),
    meta: { total },
    links: {},
  };
}

/** Every third image is public and the same for all accounts. */
function imageOf(owner: string, id: number) {
  return id % 3 === 2 ? publicImage(Math.floor(id / 3), id) : privateImage(id, id, `${owner}-${id}`);
}
