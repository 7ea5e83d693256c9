import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

/** The floor: reads a request and sends a buffer. */
const responses: Record<string, string> = JSON.parse(readFileSync(process.env['RESPONSES'] ?? '', 'utf8'));
const bodies = new Map(Object.entries(responses).map(([name, text]) => [name, Buffer.from(text)]));

createServer((request, response) => {
  request.on('data', () => {});
  request.on('end', () => {
    const body = bodies.get(String(request.headers['x-workload'])) ?? Buffer.alloc(0);
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
  });
}).listen(Number(process.env['PORT']), '127.0.0.1');
