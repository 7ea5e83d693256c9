import { request } from 'undici';

import type { RequestTracer } from '../../src/tracing.ts';
import { TestGateway } from './test-gateway.ts';

export interface Sent {
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** A gateway on a socket, since the door is one of `node:http`. */
export class OpenDoor implements AsyncDisposable {
  readonly gateway: TestGateway;
  readonly #url: string;
  readonly #close: () => void;

  private constructor(gateway: TestGateway, { port, close }: { port: number; close: () => void }) {
    this.gateway = gateway;
    this.#url = `http://127.0.0.1:${port}/graphql`;
    this.#close = close;
  }

  static async start(
    env: Record<string, string> = {},
    { tracer = null }: { tracer?: RequestTracer | null } = {},
  ): Promise<OpenDoor> {
    const gateway = await TestGateway.start({ env, tracer });
    return new OpenDoor(gateway, await gateway.listen());
  }

  async ask(query: string, { token = 'sandbox', headers = {}, signal }: Sent = {}, variables: object = {}) {
    const {
      statusCode,
      headers: told,
      body,
    } = await request(this.#url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
      body: JSON.stringify({ query, variables }),
      ...(signal === undefined ? {} : { signal }),
    });
    return { status: statusCode, headers: told, text: await body.text() };
  }

  /** How many answers were given again. */
  async repeated(): Promise<number> {
    const text = await (await this.gateway.fetch('/metrics')).text();
    return Number(/^images_gateway_repeated_answers_total (\d+)$/m.exec(text)?.[1]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close();
    await this.gateway[Symbol.asyncDispose]();
  }
}
