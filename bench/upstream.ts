import { createServer } from 'node:http';

/** An images API stripped to its fastest: every answer is made once, whoever asks. */
const TOTAL = Number(process.env['TOTAL'] ?? 300);

const images = Array.from({ length: TOTAL }, (_, index) => ({
  id: 100_000 + index,
  name: `image ${index}`,
  slug: index % 3 === 0 ? `image-${index}-x64` : null,
  distribution: 'Ubuntu',
  type: 'snapshot',
  status: 'available',
  public: false,
  regions: ['nyc1', 'nyc3', 'fra1'],
  tags: ['bench'],
  min_disk_size: 20,
  size_gigabytes: 2.36,
  created_at: '2026-03-21T04:25:45Z',
  description: 'an image to measure with',
  error_message: '',
}));

const answers = new Map<string, Buffer>();
let count = 0;

function answerOf(url: string): Buffer {
  const known = answers.get(url);
  if (known !== undefined) return known;
  const { pathname, searchParams } = new URL(url, 'http://upstream');
  const id = Number(/^\/v2\/images\/(\d+)$/.exec(pathname)?.[1]);
  const perPage = Number(searchParams.get('per_page') ?? 20);
  const first = (Number(searchParams.get('page') ?? 1) - 1) * perPage;
  const body = Number.isNaN(id)
    ? { images: images.slice(first, first + perPage), meta: { total: TOTAL }, links: {} }
    : { image: images[id - 100_000] };
  const answer = Buffer.from(JSON.stringify(body));
  answers.set(url, answer);
  return answer;
}

createServer((request, response) => {
  const url = request.url ?? '';
  if (url === '/count') {
    response.end(String(count));
    count = 0;
    return;
  }
  count += 1;
  const body = answerOf(url);
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
}).listen(Number(process.env['PORT']), '127.0.0.1');
