import { createServer } from 'node:http';

import { Account } from './accounts.ts';

/** An images API stripped to its fastest. Every token has an account of its own. */
const TOTAL = Number(process.env['TOTAL'] ?? 300);
const ROWS = Array.from({ length: TOTAL }, (_, row) => row);
const MAX_CACHED = 2_000;

const responses = new Map<string, Buffer>();
let count = 0;

function respond(url: string, authorization: string): Buffer {
  const key = `${authorization} ${url}`;
  const known = responses.get(key);
  if (known !== undefined) return known;
  if (responses.size === MAX_CACHED) responses.clear();
  const body = Buffer.from(
    toBody(new URL(url, 'http://upstream'), new Account(authorization.slice('Bearer '.length))),
  );
  responses.set(key, body);
  return body;
}

function toBody({ pathname, searchParams }: URL, account: Account): string {
  const id = Number(/^\/v2\/images\/(\d+)$/.exec(pathname)?.[1]);
  if (!Number.isNaN(id)) {
    return `{"image":${account.jsonAt(ROWS.findIndex((row) => account.idAt(row) === id))}}`;
  }
  const perPage = Number(searchParams.get('per_page') ?? 20);
  const page = Number(searchParams.get('page') ?? 1);
  const images = ROWS.slice((page - 1) * perPage, page * perPage).map((row) => account.jsonAt(row));
  const linkTo = (target: number) => `https://api.example.test/v2/images?page=${target}&per_page=${perPage}`;
  const last = Math.ceil(TOTAL / perPage);
  const pages = {
    ...(page > 1 && { first: linkTo(1), prev: linkTo(page - 1) }),
    ...(page < last && { next: linkTo(page + 1), last: linkTo(last) }),
  };
  const links = JSON.stringify(last > 1 ? { pages } : {});
  return `{"images":[${images.join(',')}],"links":${links},"meta":{"total":${TOTAL}}}`;
}

createServer((request, response) => {
  const { url = '', headers } = request;
  if (url === '/count') {
    response.end(String(count));
    count = 0;
    return;
  }
  count += 1;
  const body = respond(url, headers.authorization ?? '');
  response
    .writeHead(200, {
      'content-type': 'application/json',
      'content-length': body.length,
      'ratelimit-limit': '5000',
      'ratelimit-remaining': '4816',
      'ratelimit-reset': String(Math.ceil(Date.now() / 1_000) + 3_600),
    })
    .end(body);
}).listen(Number(process.env['PORT']), '127.0.0.1');
