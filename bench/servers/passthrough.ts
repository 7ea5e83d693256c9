import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import { IMAGE_ID } from '../workloads.ts';
import { getBytes } from './api.ts';

/** The API's own bytes, one call for each request. */
const PATHS: Readonly<Record<string, string>> = {
  W2: '/v2/images?page=1&per_page=200',
  W3: `/v2/images/${IMAGE_ID}`,
};

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.resume();
  const path = PATHS[String(request.headers['x-workload'])] ?? '/v2/images?page=1&per_page=20';
  const body = await getBytes(path, request.headers.authorization);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
}

createServer((request, response) => void answer(request, response)).listen(
  Number(process.env['PORT']),
  '127.0.0.1',
);
