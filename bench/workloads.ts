/** What is asked, of the gateway by cursors and of the others by offsets. */
export interface Workload {
  readonly name: string;
  readonly title: string;
  /** The token and the body of the nth request. */
  request(n: number, target: Target): { readonly token: string; readonly body: object };
}

export interface Target {
  /** The cursor behind so many images; null where a server takes offsets. */
  cursorAt(position: number): string | null;
}

const FIVE = 'id name slug status type';
const FOURTEEN =
  'id imageId name slug description distributionName type status public tags minDiskSize sizeGigabytes createdAt errorMessage';

function windowOf(
  target: Target,
  offset: number,
  first: number,
  fields: string,
): { query: string; variables: object } {
  const after = target.cursorAt(offset);
  if (after === null) {
    const query = `query ($first: Int, $offset: Int) { images(first: $first, offset: $offset) { nodes { ${fields} } } }`;
    return { query, variables: { first, offset } };
  }
  const query = `query ($first: Int, $after: String) { images(first: $first, after: $after) { nodes { ${fields} } } }`;
  return { query, variables: { first, after: after === '' ? null : after } };
}

const alone = (query: string) => () => ({ token: 'bench', body: { query } });

/** The one in which nothing at all is known before. */
export const LONGEST_WAY: Workload = {
  name: 'W8',
  title: 'a new token each time',
  request: (n, target) => ({ token: `new-${n}`, body: windowOf(target, 0, 20, FIVE) }),
};

export const WORKLOADS: readonly Workload[] = [
  {
    name: 'W1',
    title: '20 images x 5 fields',
    request: alone(`{ images(first: 20) { nodes { ${FIVE} } } }`),
  },
  { name: 'W2', title: '200 x 14', request: alone(`{ images(first: 200) { nodes { ${FOURTEEN} } } }`) },
  { name: 'W3', title: 'one image', request: alone(`{ image(imageId: "100007") { ${FIVE} } }`) },
  {
    name: 'W4',
    title: 'offset 30, 25 images',
    request: (_n, target) => ({ token: 'bench', body: windowOf(target, 30, 25, FIVE) }),
  },
  {
    name: 'W5',
    title: 'one page by three aliases',
    request: alone(
      `{ ${['a', 'b', 'c'].map((alias) => `${alias}: images(first: 20) { nodes { ${FIVE} } }`).join(' ')} }`,
    ),
  },
  {
    name: 'W6',
    title: '64 tokens x 12 windows',
    request: (n, target) => ({
      token: `bench-${n % 64}`,
      body: windowOf(target, 20 * (Math.floor(n / 64) % 12), 20, FIVE),
    }),
  },
  {
    name: 'W7',
    title: 'never the same request twice',
    request: (n, target) => ({
      token: 'bench',
      body: { ...windowOf(target, n % 250, 20, FIVE), extensions: { n } },
    }),
  },
  LONGEST_WAY,
];
