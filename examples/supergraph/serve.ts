import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

/** A server on this machine. */
export interface Serving {
  /** Where GraphQL answers. */
  readonly url: string;
  close(): void;
}

/** Serves on a port of this machine; 0 takes a free one. */
export async function serve(
  listener: (request: IncomingMessage, response: ServerResponse) => unknown,
  port = 0,
): Promise<Serving> {
  const server = createServer((request, response) => void listener(request, response));
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://127.0.0.1:${bound}/graphql`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
