import { createYoga } from 'graphql-yoga';

import { compose, type Subgraph } from '../../examples/supergraph/composition.ts';
import { createDropletsSchema, type Droplet, type ImageKey } from '../../examples/supergraph/droplets.ts';
import { introspect } from '../../examples/supergraph/introspect.ts';
import { createRegionsSchema } from '../../examples/supergraph/regions.ts';
import { createRouter } from '../../examples/supergraph/router.ts';
import { serve, type Serving } from '../../examples/supergraph/serve.ts';
import type { TestGateway } from './test-gateway.ts';

/** The gateway, two more subgraphs and a router before them, each on a socket of its own. */
export class TestSupergraph implements Disposable {
  readonly subgraphs: readonly Subgraph[];
  readonly #router: Serving;
  readonly #servers: readonly { close(): void }[];

  private constructor(parts: {
    subgraphs: readonly Subgraph[];
    router: Serving;
    servers: readonly { close(): void }[];
  }) {
    this.subgraphs = parts.subgraphs;
    this.#router = parts.router;
    this.#servers = [...parts.servers, parts.router];
  }

  static async start(
    gateway: TestGateway,
    droplets?: readonly Droplet[],
    imageKey?: ImageKey,
  ): Promise<TestSupergraph> {
    const images = await gateway.listen();
    const others = [
      await serve(createYoga({ schema: createDropletsSchema(droplets, imageKey), logging: false })),
      await serve(createYoga({ schema: createRegionsSchema(), logging: false })),
    ];
    const subgraphs = await Promise.all([
      introspect('images', `http://127.0.0.1:${images.port}/graphql`),
      introspect('droplets', others[0]?.url ?? ''),
      introspect('regions', others[1]?.url ?? ''),
    ]);
    const router = await serve(createRouter(compose(subgraphs)));
    return new TestSupergraph({ subgraphs, router, servers: [images, ...others] });
  }

  async query(query: string, token = 'sandbox') {
    const response = await fetch(this.#router.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query }),
    });
    const { data, errors = [] } = await response.json();
    return { data, errors };
  }

  [Symbol.dispose](): void {
    for (const server of this.#servers) server.close();
  }
}
