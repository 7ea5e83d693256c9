import { Account } from './accounts.ts';

/** What clients send: to the gateway with cursors, to the others with offsets. */
export interface Workload {
  readonly name: string;
  readonly title: string;
  /** Most of a server's code runs, much of it rarely elsewhere: it takes longer until all of that is compiled. */
  readonly isLong?: true;
  /** The nth request. */
  request(n: number, target: Target): WorkloadRequest;
}

export interface WorkloadRequest {
  readonly token: string;
  readonly body: object;
  readonly traceparent?: string;
}

export interface Target {
  /** The cursor of the image before a position of a token's list, null before the first; undefined where a server takes offsets. */
  cursorAt(token: string, position: number): string | null | undefined;
}

/** The cursors of each token's list, from its first image on. */
export type Cursors = Readonly<Record<string, readonly string[]>>;

export function withCursors(cursors: Cursors): Target {
  return {
    cursorAt: (token, position) => (position === 0 ? null : (cursors[token]?.[position - 1] ?? null)),
  };
}

export const OFFSETS: Target = { cursorAt: () => undefined };

/** The token of all workloads with one list. */
export const TOKEN = 'bench';
/** The tokens of W6. */
export const TOKENS: readonly string[] = Array.from({ length: 64 }, (_, index) => `bench-${index}`);
/** A private one. */
export const IMAGE_ID = new Account(TOKEN).idAt(8);

const FIVE = 'id name slug status type';
const FOURTEEN =
  'id imageId name slug description distributionName type status public tags minDiskSize sizeGigabytes createdAt errorMessage';

function windowOf(target: Target, token: string, offset: number, first: number) {
  const after = target.cursorAt(token, offset);
  const [type, argument] = after === undefined ? ['Int', 'offset'] : ['String', 'after'];
  const query = `query ($first: Int, $${argument}: ${type}) { images(first: $first, ${argument}: $${argument}) { nodes { ${FIVE} } } }`;
  return { query, variables: { first, [argument]: after === undefined ? offset : after } };
}

const same = (query: string) => () => ({ token: TOKEN, body: { query } });
const W1 = `{ images(first: 20) { nodes { ${FIVE} } } }`;

export const WORKLOADS: readonly Workload[] = [
  { name: 'W1', title: '20 images x 5 fields', request: same(W1) },
  {
    name: 'traced',
    title: 'W1 with a trace of its own each time',
    request: (n) => {
      const id = (n + 1).toString(16);
      const traceparent = `00-${id.padStart(32, '0')}-${id.padStart(16, '0')}-01`;
      return { token: TOKEN, body: { query: W1 }, traceparent };
    },
  },
  { name: 'W2', title: '200 x 14', request: same(`{ images(first: 200) { nodes { ${FOURTEEN} } } }`) },
  { name: 'W3', title: 'one image', request: same(`{ image(imageId: "${IMAGE_ID}") { ${FIVE} } }`) },
  {
    name: 'W4',
    title: 'offset 30, 25 images',
    request: (_n, target) => ({ token: TOKEN, body: windowOf(target, TOKEN, 30, 25) }),
  },
  {
    name: 'W5',
    title: 'one page by three aliases',
    request: same(
      `{ ${['a', 'b', 'c'].map((alias) => `${alias}: images(first: 20) { nodes { ${FIVE} } }`).join(' ')} }`,
    ),
  },
  {
    name: 'W6',
    title: '64 tokens x 12 windows',
    request: (n, target) => {
      const token = TOKENS[n % 64] ?? '';
      return { token, body: windowOf(target, token, 20 * (Math.floor(n / 64) % 12), 20) };
    },
  },
  {
    name: 'W7',
    title: 'never the same request twice',
    request: (n, target) => ({
      token: TOKEN,
      body: { ...windowOf(target, TOKEN, n % 250, 20), extensions: { n } },
    }),
  },
  {
    name: 'W8',
    title: 'a new token each time',
    isLong: true,
    request: (n, target) => ({ token: `new-${n}`, body: windowOf(target, '', 0, 20) }),
  },
  {
    name: 'first',
    title: 'a query for the first time',
    isLong: true,
    request: (n) => ({
      token: TOKEN,
      body: { query: `query First${n} { images${n}: images(first: 20) { nodes { ${FIVE} } } }` },
    }),
  },
];
