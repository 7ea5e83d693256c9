import { expect } from 'vitest';

import { TestGateway } from '../../support/test-gateway.ts';

/** The filter of the walks: part of it goes to the API, and part is answered here. */
export const FILTER = { private: true, statuses: ['AVAILABLE'] };

/** A client that holds a list and can ask for the page at either end of it. */
export interface PagingClient {
  /** What of the list the client shows now, in its order. */
  ids(): string[];
  /** Whether there is more at this end. */
  hasMore(end: 'first' | 'last'): boolean;
  more(end: 'first' | 'last'): Promise<unknown>;
}

/** A gateway on a socket, whose account has 200 images. */
export class ServedGateway implements AsyncDisposable {
  readonly gateway: TestGateway;
  readonly url: string;
  readonly #close: () => void;

  private constructor(gateway: TestGateway, { port, close }: { port: number; close: () => void }) {
    this.gateway = gateway;
    this.url = `http://127.0.0.1:${port}/graphql`;
    this.#close = close;
  }

  static async start(options: Parameters<typeof TestGateway.start>[0] = {}): Promise<ServedGateway> {
    const gateway = await TestGateway.start(options);
    gateway.sandbox.control.fill({ token: 'sandbox', count: 200 });
    return new ServedGateway(gateway, await gateway.listen());
  }

  /** The ids that the filter lets through. */
  async ids(): Promise<string[]> {
    const { data } = await this.gateway.query(
      'query ($filter: ImageFilter) { images(first: 200, filter: $filter) { totalCount nodes { id } } }',
      { filter: FILTER },
    );
    const { images } = JSON.parse(JSON.stringify(data));
    if (images.nodes.length !== images.totalCount) throw new Error('the list is longer than a page');
    return images.nodes.map(({ id }: { id: string }) => id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
    await this.gateway[Symbol.asyncDispose]();
  }
}

/**
 * Walks to the end of a list, pages of 20 behind or ahead of what the client has. After the second page an image
 * that was shown is deleted, and so is one that was not yet: all others are shown once, in the list's order.
 */
export async function expectWholeWalk(
  client: PagingClient,
  end: 'first' | 'last',
  served: ServedGateway,
): Promise<void> {
  const before = await served.ids();
  expect(before.length).toBeGreaterThan(80);
  let pages = 1;
  while (client.hasMore(end)) {
    await client.more(end);
    pages += 1;
    if (pages === 2) {
      const shown = client.ids();
      const unseen = before.filter((id) => !shown.includes(id));
      const gone = [shown[3], unseen[unseen.length >> 1]].map((id) => Number(id?.split(':').at(-1)));
      expect(served.gateway.sandbox.control.delete({ token: 'sandbox', ids: gone })).toBe(2);
      served.gateway.clock.nowMs += 60_000;
    }
    expect(pages).toBeLessThan(20);
  }
  const after = new Set(await served.ids());
  const shown = client.ids();
  expect(new Set(shown).size).toBe(shown.length);
  expect(shown.filter((id) => after.has(id))).toEqual([...after]);
  expect(shown.filter((id) => !after.has(id))).toHaveLength(1);
  expect(pages).toBe(Math.ceil((before.length - 1) / 20));
}
