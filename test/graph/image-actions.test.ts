import { describe, expect, it } from 'vitest';

import { TestGateway } from '../support/test-gateway.ts';

const MINE = 'do:image:230000203';
const BACKUP = 'do:image:230000101';
const SNAPSHOT = 'do:image:230000001';

const TRANSFER = `mutation ($input: TransferImageInput!) {
  transferImage(input: $input) { actions { actionId type status region { slug } completedAt } userErrors { code field message } }
}`;
const ACTIONS = `query ($id: ID!, $first: Int, $after: String) {
  image(id: $id) { regions { slug } type actions(first: $first, after: $after) {
    totalCount nodes { id actionId type status startedAt completedAt region { slug } } pageInfo { hasNextPage endCursor }
  } }
}`;

/** What was sent to the API since the last look, reads left out. */
function writes(gateway: TestGateway): string[] {
  return gateway.upstream().filter((request) => !request.startsWith('GET '));
}

describe('transferImage', () => {
  it('begins one action for each region, once, and they end by adding it', async () => {
    await using gateway = await TestGateway.start();
    const { data, errors } = await gateway.query(TRANSFER, {
      input: { id: MINE, regions: ['nyc3', 'sgp1', 'nyc3'] },
    });
    expect(errors).toEqual([]);
    const begun = { type: 'TRANSFER', status: 'IN_PROGRESS', completedAt: null };
    expect(data).toMatchObject({
      transferImage: {
        actions: [
          { ...begun, region: { slug: 'nyc3' } },
          { ...begun, region: { slug: 'sgp1' } },
        ],
        userErrors: [],
      },
    });
    expect(writes(gateway)).toEqual([
      'POST /v2/images/230000203/actions',
      'POST /v2/images/230000203/actions',
    ]);
    gateway.sandbox.control.advance(60_000);
    const after = await gateway.query(ACTIONS, { id: MINE });
    expect(after.data).toMatchObject({
      image: { actions: { totalCount: 2, nodes: [{ status: 'COMPLETED' }, { status: 'COMPLETED' }] } },
    });
    const slugs = Object(after.data?.['image']).regions.map(({ slug }: { slug: string }) => slug);
    expect(slugs).toEqual(expect.arrayContaining(['nyc3', 'sgp1']));
  });

  it('goes on with other regions where one is refused, and tells which', async () => {
    await using gateway = await TestGateway.start();
    const { data, errors } = await gateway.query(TRANSFER, {
      input: { id: MINE, regions: ['ams3', 'sgp1'] },
    });
    expect(errors).toEqual([]);
    expect(data).toMatchObject({
      transferImage: {
        actions: [{ region: { slug: 'sgp1' } }],
        userErrors: [{ code: 'REFUSED', field: ['input', 'regions', '0'] }],
      },
    });
  });

  it('tells of a failure next to what was begun before it, and sends no more', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ match: { method: 'POST' }, skip: 1, status: 503 });
    const { data } = await gateway.query(TRANSFER, {
      input: { id: MINE, regions: ['nyc3', 'sgp1', 'blr1'] },
    });
    expect(data).toMatchObject({
      transferImage: {
        actions: [{ region: { slug: 'nyc3' } }],
        userErrors: [
          { code: 'FAILED', field: ['input', 'regions', '1'], message: expect.stringContaining('1 more') },
        ],
      },
    });
    expect(writes(gateway)).toHaveLength(2);
  });

  it('says that a region was not begun where that is certain', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ match: { method: 'POST' }, skip: 1, status: 429, retryAfter: 9 });
    const { data } = await gateway.query(TRANSFER, { input: { id: MINE, regions: ['nyc3', 'sgp1'] } });
    expect(data).toMatchObject({
      transferImage: {
        userErrors: [{ code: 'FAILED', message: expect.stringContaining('It was not done.') }],
      },
    });
  });

  it('is an error where already the first fails', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ match: { method: 'POST' }, kind: 'reset' });
    const { errors } = await gateway.query(TRANSFER, { input: { id: MINE, regions: ['nyc3', 'sgp1'] } });
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_UNAVAILABLE', outcome: 'unknown' } }]);
    expect(writes(gateway)).toHaveLength(1);
  });

  it.each([[[]], [['nyc 3']], [Array.from({ length: 51 }, (_, index) => `r${index}`)]])(
    'refuses the regions %j, without a call',
    async (regions) => {
      await using gateway = await TestGateway.start();
      const { data } = await gateway.query(TRANSFER, { input: { id: MINE, regions } });
      expect(data).toMatchObject({
        transferImage: { actions: [], userErrors: [{ code: 'INVALID', field: ['input', 'regions'] }] },
      });
      expect(gateway.upstream()).toEqual([]);
    },
  );

  it('names the scope that the token lacks', async () => {
    await using gateway = await TestGateway.start();
    const input = { id: MINE, regions: ['nyc3'] };
    const { errors } = await gateway.query(TRANSFER, { input }, { token: 'sandbox-readonly' });
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', requiredScope: 'image:update' } }]);
  });
});

describe('convertImageToSnapshot', () => {
  const CONVERT = `mutation ($id: ID!) {
    convertImageToSnapshot(input: { id: $id }) {
      action { type typeName status region { slug } }
      userErrors { code message }
    }
  }`;

  it('turns a backup into a snapshot', async () => {
    await using gateway = await TestGateway.start();
    const { data } = await gateway.query(CONVERT, { id: BACKUP });
    expect(data).toEqual({
      convertImageToSnapshot: {
        action: {
          type: 'CONVERT',
          typeName: 'convert',
          status: 'IN_PROGRESS',
          region: { slug: expect.stringMatching(/^[a-z]+\d$/) },
        },
        userErrors: [],
      },
    });
    expect(writes(gateway)).toHaveLength(1);
    gateway.sandbox.control.advance(60_000);
    expect((await gateway.query(ACTIONS, { id: BACKUP })).data).toMatchObject({
      image: { type: 'SNAPSHOT' },
    });
  });

  it("passes the API's words on where the image is no backup", async () => {
    await using gateway = await TestGateway.start();
    const { data } = await gateway.query(CONVERT, { id: MINE });
    expect(data).toMatchObject({
      convertImageToSnapshot: { action: null, userErrors: [{ code: 'REFUSED' }] },
    });
  });
});

describe('Image.actions', () => {
  it('is walked page by page', async () => {
    await using gateway = await TestGateway.start();
    const regions = ['nyc3', 'sgp1', 'blr1', 'lon1', 'sfo3'];
    await gateway.query(TRANSFER, { input: { id: MINE, regions } });
    const seen: string[] = [];
    let after: unknown = null;
    for (let more = true; more;) {
      const { data, errors } = await gateway.query(ACTIONS, { id: MINE, first: 2, after });
      expect(errors).toEqual([]);
      const { nodes, pageInfo, totalCount } = Object(data?.['image']).actions;
      expect(totalCount).toBe(5);
      for (const { region } of nodes) seen.push(region.slug);
      after = pageInfo.endCursor;
      more = pageInfo.hasNextPage;
    }
    expect(seen.toSorted()).toEqual(regions.toSorted());
  });

  it('is asked for once a request, also where it fails', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({
      status: 403,
      match: { path: `/v2/images/${MINE.split(':').at(-1)}/actions` },
    });
    const { errors } = await gateway.query(ACTIONS, { id: MINE, first: 2, after: null });
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
    const calls = gateway.upstream().filter((call) => call.includes('/actions'));
    expect(calls).toHaveLength(1);
  });

  it('refuses a cursor of another image', async () => {
    await using gateway = await TestGateway.start();
    await gateway.query(TRANSFER, { input: { id: MINE, regions: ['nyc3', 'sgp1'] } });
    const { data } = await gateway.query(ACTIONS, { id: MINE, first: 1 });
    const after = Object(data?.['image']).actions.pageInfo.endCursor;
    const { errors } = await gateway.query(ACTIONS, { id: BACKUP, first: 1, after });
    expect(errors).toMatchObject([{ extensions: { argument: 'after', reason: 'CURSOR_MISMATCH' } }]);
  });
});

const ID = 230000203;
const wire = (fields: object) => ({
  id: 5,
  type: 'transfer',
  status: 'completed',
  started_at: '2026-11-24T12:00:00Z',
  completed_at: '2026-11-24T12:00:01Z',
  resource_id: ID,
  resource_type: 'image',
  region_slug: 'nyc3',
  ...fields,
});

describe('an action', () => {
  it.each([
    ['transfer', 'TRANSFER', 'transfer'],
    ['image_transfer', 'TRANSFER', 'image_transfer'],
    ['convert', 'CONVERT', 'convert'],
    ['image_convert', 'CONVERT', 'image_convert'],
    ['image_destroy', 'DESTROY', 'image_destroy'],
    ['destroy', 'DESTROY', 'destroy'],
    ['Image_Destroy', 'DESTROY', 'Image_Destroy'],
    ['image_create', 'CREATE', 'image_create'],
    ['create', 'CREATE', 'create'],
    ['image_defragment', 'UNKNOWN', 'image_defragment'],
    ['image_', 'UNKNOWN', 'image_'],
    ['unknown', 'UNKNOWN', 'unknown'],
    ['', 'UNKNOWN', null],
    [' ', 'UNKNOWN', null],
    [null, 'UNKNOWN', null],
    [7, 'UNKNOWN', null],
  ])("of the type %j is %s, with the API's own text", async (type, expected, typeName) => {
    await using gateway = await TestGateway.start();
    const body = { actions: [wire({ type })], meta: { total: 1 } };
    gateway.sandbox.control.addFault({ match: { path: `/v2/images/${ID}/actions` }, body });
    const query = `{ image(id: "${MINE}") { actions(first: 1) { nodes { type typeName } } } }`;
    const { data, errors } = await gateway.query(query);
    expect(errors).toEqual([]);
    expect(data).toEqual({ image: { actions: { nodes: [{ type: expected, typeName }] } } });
  });

  it.each([
    ['', null],
    [' ', null],
    [null, null],
    ['nyc3', { slug: 'nyc3' }],
  ])('in the region %j is in %j', async (slug, region) => {
    await using gateway = await TestGateway.start();
    const body = { actions: [wire({ region_slug: slug, region: null })], meta: { total: 1 } };
    gateway.sandbox.control.addFault({ match: { path: `/v2/images/${ID}/actions` }, body });
    const query = `{ image(id: "${MINE}") { actions(first: 1) { nodes { region { slug } } } } }`;
    expect(await gateway.query(query)).toMatchObject({
      errors: [],
      data: { image: { actions: { nodes: [{ region }] } } },
    });
  });

  const WATCH = `subscription ($id: ID!) { imageAction(imageId: "${MINE}", actionId: $id) { actionId } }`;
  /** What a subscription to action 5 gives while the API answers with an action of these fields. */
  async function watchOf(fields: object): Promise<unknown[]> {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({
      match: { path: `/v2/images/${ID}/actions/5` },
      body: { action: wire(fields) },
    });
    const states = [];
    for await (const state of gateway.subscribe(WATCH, { id: '5' })) states.push(state);
    return states;
  }
  const wrong = { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'WRONG_ACTION' };

  it.each([
    ['another id', { id: 6 }],
    ['the image of somebody else', { resource_id: 7 }],
    ['the image of somebody else, as a text', { resource_id: '7', resource_type: undefined }],
  ])('with %s is not passed on to who watches one', async (_, fields) => {
    expect(await watchOf(fields)).toMatchObject([{ errors: [{ extensions: wrong }] }]);
  });

  it.each([
    ['no image', { resource_id: null }],
    ['its image as a text', { resource_id: String(ID) }],
    ['a resource that is no image', { resource_id: 7, resource_type: 'backend' }],
  ])('with %s is taken', async (_, fields) => {
    expect(await watchOf(fields)).toMatchObject([{ data: { imageAction: { actionId: '5' } }, errors: [] }]);
  });

  it('of another image leaves the outcome of a write unknown, and is in no list', async () => {
    await using gateway = await TestGateway.start();
    const path = `/v2/images/${ID}/actions`;
    gateway.sandbox.control.addFault({
      match: { method: 'POST', path },
      status: 201,
      body: { action: wire({ resource_id: 7 }) },
    });
    const begun = await gateway.query(TRANSFER, { input: { id: MINE, regions: ['nyc3'] } });
    expect(begun.errors).toMatchObject([{ extensions: { ...wrong, outcome: 'unknown' } }]);
    gateway.sandbox.control.addFault({
      match: { method: 'GET', path },
      body: { actions: [wire({}), wire({ id: 6, resource_id: 7 })], meta: { total: 2 } },
    });
    const { data, errors } = await gateway.query(ACTIONS, { id: MINE, first: 2 });
    expect(Object(data?.['image']).actions ?? null).toBeNull();
    expect(errors).toMatchObject([{ extensions: wrong }]);
  });
});

describe('the transfer of an image to another account', () => {
  const RESULT = '{ transferId done userErrors { code field message } }';
  const OFFER = `mutation ($input: TransferImageToAccountInput!) { transferImageToAccount(input: $input) ${RESULT} }`;
  const ACCEPT = `mutation ($input: AcceptImageTransferInput!) { acceptImageTransfer(input: $input) ${RESULT} }`;
  const END = (name: string) =>
    `mutation ($input: EndImageTransferInput!) { ${name}(input: $input) ${RESULT} }`;
  const uuid = (account: number) => `00000000-0000-4000-8000-00000000000${account}`;
  const LIST = '{ images(last: 200) { nodes { id } } }';

  async function offer(gateway: TestGateway): Promise<string> {
    const { data, errors } = await gateway.query(OFFER, { input: { id: SNAPSHOT, recipientUuid: uuid(2) } });
    expect(errors).toEqual([]);
    expect(data).toMatchObject({ transferImageToAccount: { done: false, userErrors: [] } });
    return Object(data?.['transferImageToAccount']).transferId;
  }

  it('is offered and accepted: the image then is the other one’s', async () => {
    await using gateway = await TestGateway.start();
    await gateway.query(LIST, {}, { token: 'sandbox-b' });
    const transferId = await offer(gateway);
    const input = { id: SNAPSHOT, transferId, recipientUuid: uuid(2) };
    const accepted = await gateway.query(ACCEPT, { input }, { token: 'sandbox-b' });
    expect(accepted).toMatchObject({
      errors: [],
      data: { acceptImageTransfer: { done: true, userErrors: [] } },
    });
    const { data } = await gateway.query(LIST, {}, { token: 'sandbox-b' });
    expect(Object(data?.['images']).nodes).toContainEqual({ id: SNAPSHOT });
  });

  it('is over at once where the recipient is of the same account', async () => {
    await using gateway = await TestGateway.start();
    const { data } = await gateway.query(OFFER, {
      input: { id: SNAPSHOT, recipientEmail: 'sandbox@example.test' },
    });
    expect(data).toEqual({ transferImageToAccount: { transferId: null, done: true, userErrors: [] } });
  });

  it.each([
    ['cancelImageTransfer', 'sandbox'],
    ['declineImageTransfer', 'sandbox-b'],
  ])('is ended by %s of %s', async (name, token) => {
    await using gateway = await TestGateway.start();
    const transferId = await offer(gateway);
    const input = { id: SNAPSHOT, transferId };
    expect(await gateway.query(END(name), { input }, { token })).toMatchObject({
      errors: [],
      data: { [name]: { done: true, userErrors: [] } },
    });
    expect((await gateway.query(END(name), { input }, { token })).errors).toMatchObject([
      { extensions: { code: 'NOT_FOUND' } },
    ]);
  });

  it.each([
    [{}, 'recipientEmail'],
    [{ recipientEmail: 'a@b.example', recipientUuid: uuid(2) }, 'recipientEmail'],
    [{ recipientEmail: 'nobody' }, 'recipientEmail'],
    [{ recipientUuid: 'x' }, 'recipientUuid'],
  ])('is told what is wrong with the recipient %j, without a call', async (recipient, field) => {
    await using gateway = await TestGateway.start();
    const { data } = await gateway.query(OFFER, { input: { id: SNAPSHOT, ...recipient } });
    expect(data).toMatchObject({
      transferImageToAccount: { done: false, userErrors: [{ code: 'INVALID', field: ['input', field] }] },
    });
    expect(gateway.upstream()).toEqual([]);
  });

  it("passes the API's words on where the image is no snapshot", async () => {
    await using gateway = await TestGateway.start();
    const { data } = await gateway.query(OFFER, { input: { id: MINE, recipientUuid: uuid(2) } });
    expect(data).toMatchObject({ transferImageToAccount: { userErrors: [{ code: 'REFUSED' }] } });
  });

  it('names the scopes that a token lacks', async () => {
    await using gateway = await TestGateway.start();
    const reader = { token: 'sandbox-readonly' };
    const input = { id: SNAPSHOT, transferId: '5' };
    const scopeOf = async (query: string, variables: object) =>
      (await gateway.query(query, { input: { ...input, ...variables } }, reader)).errors[0]?.extensions[
        'requiredScope'
      ];
    expect(await scopeOf(END('cancelImageTransfer'), {})).toBe('image:update');
    expect(await scopeOf(END('declineImageTransfer'), {})).toBe('image:create');
    expect(await scopeOf(ACCEPT, { recipientUuid: uuid(2) })).toBe('image:create');
    const offered = { input: { id: SNAPSHOT, recipientUuid: uuid(2) } };
    const { errors } = await gateway.query(OFFER, offered, reader);
    expect(errors[0]?.extensions['requiredScope']).toBe('image:update image:delete');
  });

  it('names a transfer id that is none', async () => {
    await using gateway = await TestGateway.start();
    const { errors } = await gateway.query(END('cancelImageTransfer'), {
      input: { id: SNAPSHOT, transferId: '../x' },
    });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument: 'input.transferId' } }]);
    expect(gateway.upstream()).toEqual([]);
  });
});
