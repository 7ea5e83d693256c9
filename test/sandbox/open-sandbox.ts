import { type Sandbox, type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts';

interface Sent {
  readonly token?: string | null;
  readonly method?: string;
  readonly body?: unknown;
}

/** A sandbox of one test, on a clock that stands still until it is advanced, with a client of its API. */
export class OpenSandbox implements AsyncDisposable {
  readonly sandbox: Sandbox;

  private constructor(sandbox: Sandbox) {
    this.sandbox = sandbox;
  }

  static async start(options: SandboxOptions = {}): Promise<OpenSandbox> {
    return new OpenSandbox(await startSandbox({ now: () => Date.UTC(2026, 9, 10, 12), ...options }));
  }

  get control() {
    return this.sandbox.control;
  }

  fetch(path: string, { token = 'sandbox', method = 'GET', body }: Sent = {}): Promise<Response> {
    return fetch(new URL(path, this.sandbox.url), {
      method,
      redirect: 'manual',
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  }

  /** Status and body; null where there is none. */
  async ask(path: string, sent?: Sent) {
    const response = await this.fetch(path, sent);
    const text = await response.text();
    return { status: response.status, body: text === '' ? null : JSON.parse(text) };
  }

  /** The ids that a list shows. */
  async ids(path: string, token = 'sandbox'): Promise<number[]> {
    const { body } = await this.ask(path, { token });
    return body.images.map(({ id }: { id: number }) => id);
  }

  /** How many images a list has over all its pages. */
  async total(path: string, token = 'sandbox'): Promise<number> {
    return (await this.ask(path, { token })).body.meta.total;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.sandbox.close();
  }
}
