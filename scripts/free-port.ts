import { once } from 'node:events';
import { createServer } from 'node:net';

/** A port of loopback on which nobody listened just now: for a process that cannot say which one it has taken. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
