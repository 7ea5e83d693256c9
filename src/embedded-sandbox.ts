import type { Logger } from './logger.ts';

export interface EmbeddedSandbox {
  readonly url: URL;
  /** A token that it knows, for callers that send none. */
  readonly token: string;
  close(): Promise<void>;
}

/** Stands in for the images API where none is configured, and says so. Loaded only then. */
export async function openEmbeddedSandbox(logger: Logger): Promise<EmbeddedSandbox> {
  const { startSandbox } = await import('./sandbox/server.ts');
  const sandbox = await startSandbox();
  logger.info(
    `No images API is configured: the embedded sandbox at ${sandbox.url.origin} stands in for it, with the token "sandbox"`,
  );
  return { url: sandbox.url, token: 'sandbox', close: () => sandbox.close() };
}
