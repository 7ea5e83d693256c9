import { describe, expect, it } from 'vitest';

import { CreateImageDocument, DeleteImageDocument, UpdateImageDocument } from '../generated/graphql.ts';
import { TestGateway } from '../support/test-gateway.ts';

const IMPORT = { name: 'my image', url: 'https://example.com/image.qcow2?v=1', region: 'nyc3' };
const MINE = 'do:image:230000203';
const NAMES = '{ images(last: 200) { totalCount nodes { id name } facets { types { value count } } } }';

async function listed(gateway: TestGateway): Promise<{ totalCount: number; names: Map<string, string> }> {
  const { data, errors } = await gateway.query(NAMES);
  expect(errors).toEqual([]);
  const { totalCount, nodes } = Object(data?.['images']);
  return {
    totalCount,
    names: new Map(nodes.map(({ id, name }: { id: string; name: string }) => [id, name])),
  };
}

/** What was sent to the API since the last look, reads left out. */
function writes(gateway: TestGateway): string[] {
  return gateway.upstream().filter((request) => !request.startsWith('GET '));
}

describe('createImage', () => {
  it('begins an import, once, and the next query shows it', async () => {
    await using gateway = await TestGateway.start();
    const before = await listed(gateway);
    const input = { ...IMPORT, distribution: 'UBUNTU', description: 'mine', tags: ['prod'] } as const;
    const { data, errors } = await gateway.query(CreateImageDocument, {
      input: { ...input, tags: [...input.tags] },
    });
    expect(errors).toEqual([]);
    expect(data?.createImage).toMatchObject({
      image: {
        name: 'my image',
        status: 'NEW',
        distribution: 'UBUNTU',
        description: 'mine',
        tags: ['prod'],
        regions: [],
      },
      userErrors: [],
    });
    expect(writes(gateway)).toEqual(['POST /v2/images']);
    const after = await listed(gateway);
    expect(after.totalCount).toBe(before.totalCount + 1);
    expect(after.names.get(data?.createImage?.image?.id ?? '')).toBe('my image');
  });

  it.each(['ftp://example.com/image.raw', 'FTP://example.com/image.raw', 'http://example.com/image.raw'])(
    'imports from %s, as the API does',
    async (from) => {
      await using gateway = await TestGateway.start();
      const { data, errors } = await gateway.query(CreateImageDocument, { input: { ...IMPORT, url: from } });
      expect(errors).toEqual([]);
      expect(data?.createImage?.userErrors).toEqual([]);
      expect(gateway.sandbox.control.requests().requests[0]?.body).toEqual({ ...IMPORT, url: from });
    },
  );

  it('sends what was given, under the names of the API, and nothing else', async () => {
    await using gateway = await TestGateway.start();
    await gateway.query(CreateImageDocument, { input: { ...IMPORT, description: null } });
    const { requests } = gateway.sandbox.control.requests();
    expect(requests[0]?.body).toEqual(IMPORT);
    expect(requests[0]?.headers['content-type']).toBe('application/json');
  });

  it.each([
    ['name', { name: '' }],
    ['name', { name: ' ' }],
    ['name', { name: 'x'.repeat(256) }],
    ['name', { name: 'a\nb' }],
    ['url', { url: 'ftp://user:pass@example.com/x' }],
    ['url', { url: 'ftps://example.com/x' }],
    ['url', { url: 'sftp://example.com/x' }],
    ['url', { url: 'data:,x' }],
    ['url', { url: 'file:///etc/passwd' }],
    ['url', { url: 'https://user:pass@example.com/x' }],
    ['url', { url: 'https://example.com/a b' }],
    ['url', { url: 'https://example.com/\r\nX: y' }],
    ['url', { url: `https://example.com/${'x'.repeat(2_048)}` }],
    ['url', { url: 'nonsense' }],
    ['region', { region: 'nyc 3' }],
    ['description', { description: 'x'.repeat(1_001) }],
    ['tags', { tags: ['a b'] }],
  ])('tells whoever wrote it what is wrong with the %s, and sends nothing: %j', async (field, wrong) => {
    await using gateway = await TestGateway.start();
    const { data, errors } = await gateway.query(CreateImageDocument, { input: { ...IMPORT, ...wrong } });
    expect(errors).toEqual([]);
    expect(data?.createImage).toEqual({
      image: null,
      userErrors: [{ code: 'INVALID', field: ['input', field], message: expect.stringContaining('must be') }],
    });
    expect(gateway.upstream()).toEqual([]);
  });

  it('tells all that is wrong at once', async () => {
    await using gateway = await TestGateway.start();
    const { data } = await gateway.query(CreateImageDocument, { input: { name: '', url: '', region: '' } });
    expect(data?.createImage?.userErrors.map(({ field }) => field?.[1])).toEqual(['name', 'url', 'region']);
  });

  it("passes the API's own words on where it refuses the input, without what could be a token", async () => {
    await using gateway = await TestGateway.start();
    const body = {
      id: 'unprocessable_entity',
      message: `Bad\nregion for Bearer abc dop_v1_123 ${'x'.repeat(400)}`,
    };
    gateway.sandbox.control.addFault({ status: 422, body });
    const { data, errors } = await gateway.query(CreateImageDocument, { input: IMPORT });
    expect(errors).toEqual([]);
    const [error] = data?.createImage?.userErrors ?? [];
    expect(error).toMatchObject({ code: 'REFUSED', field: null });
    expect(error?.message).toMatch(/^Bad region for \[redacted\] \[redacted\] x+$/);
    expect(error?.message.length).toBeLessThanOrEqual(300);
  });
});

describe('updateImage', () => {
  it('changes what is given and leaves the rest, and the next query shows it', async () => {
    await using gateway = await TestGateway.start();
    await listed(gateway);
    const { data } = await gateway.query(UpdateImageDocument, {
      input: { id: MINE, name: 'renamed', description: null },
    });
    expect(data?.updateImage).toMatchObject({ image: { id: MINE, name: 'renamed' }, userErrors: [] });
    const { requests } = gateway.sandbox.control.requests();
    expect(requests.at(-1)).toMatchObject({
      method: 'PUT',
      path: '/v2/images/230000203',
      body: { name: 'renamed' },
    });
    expect((await listed(gateway)).names.get(MINE)).toBe('renamed');
  });

  it('that changes nothing is told so, without a call', async () => {
    await using gateway = await TestGateway.start();
    const { data } = await gateway.query(UpdateImageDocument, { input: { id: MINE } });
    expect(data?.updateImage).toMatchObject({
      image: null,
      userErrors: [{ code: 'INVALID', field: ['input', 'id'] }],
    });
    expect(gateway.upstream()).toEqual([]);
  });

  it('names an id that is none', async () => {
    await using gateway = await TestGateway.start();
    const { errors } = await gateway.query(UpdateImageDocument, { input: { id: '230000203', name: 'x' } });
    expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT', argument: 'input.id' } }]);
    expect(gateway.upstream()).toEqual([]);
  });
});

describe('deleteImage', () => {
  it('deletes, and the next query shows it', async () => {
    await using gateway = await TestGateway.start();
    const before = await listed(gateway);
    const { data } = await gateway.query(DeleteImageDocument, { input: { id: MINE } });
    expect(data?.deleteImage).toEqual({ deletedImageId: MINE, userErrors: [] });
    const after = await listed(gateway);
    expect(after.totalCount).toBe(before.totalCount - 1);
    expect(after.names.has(MINE)).toBe(false);
    expect((await gateway.query(`{ node(id: "${MINE}") { id } }`)).data).toEqual({ node: null });
  });

  it('succeeds a second time', async () => {
    await using gateway = await TestGateway.start();
    for (const _ of [1, 2]) {
      const { data, errors } = await gateway.query(DeleteImageDocument, { input: { id: MINE } });
      expect(errors).toEqual([]);
      expect(data?.deleteImage).toEqual({ deletedImageId: MINE, userErrors: [] });
    }
    expect(writes(gateway)).toEqual(['DELETE /v2/images/230000203', 'DELETE /v2/images/230000203']);
  });
});

describe('a delete that the API refuses', () => {
  const refused = (message: string) =>
    ({ match: { method: 'DELETE' }, status: 422, body: { id: 'unprocessable_entity', message } }) as const;

  it.each([
    ['Image has a pending event.'],
    ['Image can not be deleted: it is not deleted already.'],
    ['The Droplet of this image was already deleted. Image is locked.'],
    ['Image is in use'],
    ['deleted'],
    ['', 'The images API refused the input.'],
  ])('with "%s" is no success while the image is there', async (message, shown = message) => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault(refused(message));
    const { data, errors } = await gateway.query(DeleteImageDocument, { input: { id: MINE } });
    expect(errors).toEqual([]);
    expect(data?.deleteImage).toEqual({
      deletedImageId: null,
      userErrors: [{ code: 'REFUSED', field: null, message: shown }],
    });
    expect(gateway.upstream()).toEqual(['DELETE /v2/images/230000203', 'GET /v2/images/230000203']);
  });

  it.each([
    'Can not delete an already deleted image.',
    'Image Can not delete an already deleted image.',
    'Cannot delete an already deleted image',
    'Image has already been deleted.',
    'The image was already deleted',
    'Image already deleted.',
  ])('with "%s" is a success, without another call', async (message) => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault(refused(message));
    const { data, errors } = await gateway.query(DeleteImageDocument, { input: { id: MINE } });
    expect(errors).toEqual([]);
    expect(data?.deleteImage).toEqual({ deletedImageId: MINE, userErrors: [] });
    expect(gateway.upstream()).toEqual(['DELETE /v2/images/230000203']);
  });

  it.each<[string, Parameters<TestGateway['sandbox']['control']['addFault']>[0]]>([
    ['knows none afterwards', { status: 404 }],
    ['says itself that it is deleted', { body: { image: { id: 230000203, status: 'deleted' } } }],
  ])('with other words is a success where the API %s', async (_, fault) => {
    await using gateway = await TestGateway.start();
    await listed(gateway);
    gateway.sandbox.control.addFault(refused('Image is gone'));
    gateway.sandbox.control.addFault({ ...fault, match: { method: 'GET', path: '/v2/images/230000203' } });
    const { data, errors } = await gateway.query(DeleteImageDocument, { input: { id: MINE } });
    expect(errors).toEqual([]);
    expect(data?.deleteImage).toEqual({ deletedImageId: MINE, userErrors: [] });
    gateway.upstream();
    await listed(gateway);
    expect(gateway.upstream()).toHaveLength(1);
  });

  it.each<[string, Parameters<TestGateway['sandbox']['control']['addFault']>[0]]>([
    ['fails', { status: 500 }],
    ['refuses the token', { status: 401 }],
    ['is hidden behind a page', { status: 404, kind: 'html' }],
    ['answers with another image', { body: { image: { id: 7, status: 'deleted' } } }],
  ])('is no success where the API cannot be asked, since it %s', async (_, fault) => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault(refused('Image is busy'));
    gateway.sandbox.control.addFault({ ...fault, match: { method: 'GET' } });
    const { data, errors } = await gateway.query(DeleteImageDocument, { input: { id: MINE } });
    expect(errors).toEqual([]);
    expect(data?.deleteImage).toEqual({
      deletedImageId: null,
      userErrors: [{ code: 'REFUSED', field: null, message: 'Image is busy' }],
    });
  });

  it.each([400, 409, 410, 412, 423])('by a %d is no success either', async (status) => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({
      match: { method: 'DELETE' },
      status,
      body: { id: 'x', message: 'Can not delete an already deleted image.' },
    });
    const { data, errors } = await gateway.query(DeleteImageDocument, { input: { id: MINE } });
    expect(data?.deleteImage?.deletedImageId ?? null).toBeNull();
    expect(errors.length + (data?.deleteImage?.userErrors.length ?? 0)).toBe(1);
  });
});

const UUID = '00000000-0000-4000-8000-000000000002';
const SNAPSHOT = 'do:image:230000001';
const mutation = (name: string, input: string, payload: string) =>
  `mutation ($input: ${input}!) { ${name}(input: $input) { ${payload} userErrors { code message field } } }`;

const EACH: [string, { toString(): string }, Record<string, unknown>, string][] = [
  ['createImage', CreateImageDocument, IMPORT, 'image:create'],
  ['createImage', CreateImageDocument, { ...IMPORT, tags: ['prod'] }, 'image:create tag:create'],
  ['createImage', CreateImageDocument, { ...IMPORT, tags: [] }, 'image:create'],
  ['updateImage', UpdateImageDocument, { id: MINE, name: 'x' }, 'image:update'],
  ['deleteImage', DeleteImageDocument, { id: MINE }, 'image:delete'],
  [
    'transferImage',
    mutation('transferImage', 'TransferImageInput', 'actions { id }'),
    { id: MINE, regions: ['nyc3', 'sgp1'] },
    'image:update',
  ],
  [
    'convertImageToSnapshot',
    mutation('convertImageToSnapshot', 'ConvertImageInput', 'action { id }'),
    { id: 'do:image:230000101' },
    'image:update',
  ],
  [
    'transferImageToAccount',
    mutation('transferImageToAccount', 'TransferImageToAccountInput', 'done'),
    { id: SNAPSHOT, recipientUuid: UUID },
    'image:update image:delete',
  ],
  [
    'acceptImageTransfer',
    mutation('acceptImageTransfer', 'AcceptImageTransferInput', 'done'),
    { id: SNAPSHOT, transferId: '5', recipientUuid: UUID },
    'image:create',
  ],
  [
    'cancelImageTransfer',
    mutation('cancelImageTransfer', 'EndImageTransferInput', 'done'),
    { id: SNAPSHOT, transferId: '5' },
    'image:update',
  ],
  [
    'declineImageTransfer',
    mutation('declineImageTransfer', 'EndImageTransferInput', 'done'),
    { id: SNAPSHOT, transferId: '5' },
    'image:create',
  ],
];

const NEEDS_NO_BODY = new Set([
  'deleteImage',
  'acceptImageTransfer',
  'cancelImageTransfer',
  'declineImageTransfer',
]);
const ENDS_TRANSFER = new Set(['acceptImageTransfer', 'cancelImageTransfer', 'declineImageTransfer']);

/** The id of a transfer that is pending. */
async function offer(gateway: TestGateway): Promise<string> {
  const { data } = await gateway.query(
    mutation('transferImageToAccount', 'TransferImageToAccountInput', 'transferId'),
    { input: { id: SNAPSHOT, recipientUuid: UUID } },
  );
  return Object(data?.['transferImageToAccount']).transferId;
}

describe.each(EACH)('%s', (name, document, input, requiredScope) => {
  const run = (gateway: TestGateway, asking = {}) => gateway.query(document.toString(), { input }, asking);

  it.each([
    ['401', { status: 401 }, { code: 'UNAUTHENTICATED' }],
    ['404', { status: 404 }, { code: 'NOT_FOUND' }],
    ['409', { status: 409 }, { code: 'CONFLICT' }],
    ['429', { status: 429, retryAfter: 5 }, { code: 'RATE_LIMITED', retryAfter: 5 }],
    ['500', { status: 500 }, { code: 'UPSTREAM_UNAVAILABLE', outcome: 'unknown' }],
    ['503', { status: 503 }, { code: 'UPSTREAM_UNAVAILABLE', outcome: 'unknown' }],
    ['504', { status: 504 }, { code: 'UPSTREAM_TIMEOUT', outcome: 'unknown' }],
    ['a reset', { kind: 'reset' }, { code: 'UPSTREAM_UNAVAILABLE', outcome: 'unknown' }],
    ['no answer', { kind: 'hang' }, { code: 'UPSTREAM_TIMEOUT', outcome: 'unknown' }],
    ['a redirect', { kind: 'redirect' }, { code: 'UPSTREAM_INVALID_RESPONSE', outcome: 'unknown' }],
  ] as const)(
    'is sent exactly once where the API answers %s, and says what is known',
    async (_, fault, expected) => {
      // Short only where the time is what is tested.
      const timeoutMs = 'kind' in fault && fault.kind === 'hang' ? '400' : '10000';
      await using gateway = await TestGateway.start({
        env: { UPSTREAM_TIMEOUT_MS: timeoutMs, REQUEST_TIMEOUT_MS: timeoutMs },
      });
      gateway.sandbox.control.addFault(fault);
      const { errors } = await run(gateway);
      expect(errors).toMatchObject([{ path: [name], extensions: expected }]);
      expect(errors[0]?.extensions['outcome']).toBe(Object(expected).outcome);
      expect(writes(gateway)).toHaveLength(1);
    },
  );

  it('is sent exactly once where the API refuses the input, and tells whoever wrote it', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ status: 400 });
    const { data, errors } = await run(gateway);
    expect(errors).toEqual([]);
    const userErrors: { code: string }[] = Object(data?.[name]).userErrors;
    // A transfer to several regions is a write for each of them.
    const regions = Array.isArray(input['regions']) ? input['regions'].length : 1;
    expect(userErrors.map(({ code }) => code)).toEqual(Array.from({ length: regions }, () => 'REFUSED'));
    expect(writes(gateway)).toHaveLength(regions);
  });

  it('names the scopes that it needs', async () => {
    await using gateway = await TestGateway.start();
    const { errors } = await run(gateway, { token: 'sandbox-readonly' });
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN', requiredScope } }]);
  });

  it('that never left says nothing of an unknown outcome', async () => {
    await using gateway = await TestGateway.start();
    await gateway.sandbox.close();
    const { errors } = await run(gateway);
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_UNAVAILABLE' } }]);
    expect(errors[0]?.extensions).not.toHaveProperty('outcome');
  });

  it.each([200, 201, 202, 203])('is a success by each 2xx that brings what is needed: %d', async (status) => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ match: { method: 'POST' }, status });
    gateway.sandbox.control.addFault({ match: { method: 'PUT' }, status });
    gateway.sandbox.control.addFault({ match: { method: 'DELETE' }, status });
    const transferId = ENDS_TRANSFER.has(name) ? await offer(gateway) : undefined;
    gateway.upstream();
    const token = name.startsWith('accept') || name.startsWith('decline') ? 'sandbox-b' : 'sandbox';
    const { data, errors } = await gateway.query(
      document.toString(),
      { input: { ...input, ...(transferId !== undefined && { transferId }) } },
      { token },
    );
    expect(errors).toEqual([]);
    expect(Object(data?.[name]).userErrors).toEqual([]);
  });

  it.each([204, 205, 206])('is no success by a %d unless it needs no body', async (status) => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ status, body: '' });
    const { errors } = await run(gateway);
    const expected = { code: 'UPSTREAM_INVALID_RESPONSE', reason: 'STATUS', outcome: 'unknown' };
    expect(errors).toMatchObject(NEEDS_NO_BODY.has(name) ? [] : [{ extensions: expected }]);
    expect(writes(gateway)).toHaveLength(1);
  });

  it.each([404, 409, 410, 412, 423])(
    'that a %d refuses drops what was cached of the image',
    async (status) => {
      await using gateway = await TestGateway.start();
      await listed(gateway);
      await gateway.query(`{ image(id: "${MINE}") { id } }`);
      gateway.sandbox.control.addFault({ times: 1, status });
      await run(gateway);
      gateway.upstream();
      await listed(gateway);
      expect(gateway.upstream()).toHaveLength(1);
    },
  );

  it.each([400, 422])('that a %d refuses for its input keeps what was cached', async (status) => {
    await using gateway = await TestGateway.start();
    await listed(gateway);
    gateway.sandbox.control.addFault({ match: { method: 'POST' }, status });
    gateway.sandbox.control.addFault({ match: { method: 'PUT' }, status });
    gateway.sandbox.control.addFault({ match: { method: 'DELETE' }, status });
    await run(gateway);
    gateway.upstream();
    await listed(gateway);
    expect(gateway.upstream()).toHaveLength(0);
  });

  it('of which the outcome is unknown lets go of all that was read', async () => {
    await using gateway = await TestGateway.start();
    await listed(gateway);
    gateway.sandbox.control.addFault({ times: 1, status: 503 });
    await run(gateway);
    gateway.upstream();
    await listed(gateway);
    expect(gateway.upstream()).toHaveLength(1);
  });

  it('is refused over GET', async () => {
    await using gateway = await TestGateway.start();
    const query = encodeURIComponent(
      'mutation { deleteImage(input: { id: "do:image:1" }) { deletedImageId } }',
    );
    const response = await gateway.fetch(`/graphql?query=${query}`, {
      headers: { authorization: 'Bearer sandbox' },
    });
    expect(response.status).toBe(405);
    expect(gateway.upstream()).toEqual([]);
  });
});

describe('what is read around a write', () => {
  it('is read anew where a reading was under way when it happened, of a list, a page and an image', async () => {
    for (const env of [{}, { LIST_TTL_MS: '0' }]) {
      await using gateway = await TestGateway.start({ env });
      gateway.sandbox.control.addFault({ match: { method: 'GET' }, times: 2, latencyMs: 300 });
      const early = gateway.query('{ images(first: 1) { totalCount } }');
      const image = gateway.query(`{ image(id: "${MINE}") { name } }`);
      await expect.poll(() => gateway.sandbox.control.requests().count).toBe(2);
      await gateway.query(UpdateImageDocument, { input: { id: MINE, name: 'renamed' } });
      await gateway.query(DeleteImageDocument, { input: { id: 'do:image:230000204' } });
      expect((await gateway.query(`{ image(id: "${MINE}") { name } }`)).data).toEqual({
        image: { name: 'renamed' },
      });
      expect((await gateway.query('{ images(first: 1) { totalCount } }')).data).toEqual({
        images: { totalCount: 79 },
      });
      // Both were asked for again, and not taken from what was under way.
      const reads = gateway.upstream().filter((request) => request.startsWith('GET '));
      expect(reads.filter((read) => read.endsWith('/230000203'))).toHaveLength(2);
      expect(reads.filter((read) => read.includes('per_page=1')).length).toBeGreaterThanOrEqual(2);
      await Promise.all([early, image]);
      expect((await gateway.query('{ images(first: 1) { totalCount } }')).data).toEqual({
        images: { totalCount: 79 },
      });
    }
  });

  it('in one operation sees what the mutation before it has done', async () => {
    await using gateway = await TestGateway.start();
    await listed(gateway);
    const { data } = await gateway.query(
      `mutation { a: updateImage(input: { id: "${MINE}", name: "one" }) { image { name } }
        b: updateImage(input: { id: "${MINE}", name: "two" }) { image { name } } }`,
    );
    expect(data).toEqual({ a: { image: { name: 'one' } }, b: { image: { name: 'two' } } });
  });

  it('leaves what other tenants hold', async () => {
    await using gateway = await TestGateway.start();
    await gateway.query(NAMES, {}, { token: 'sandbox-b' });
    await gateway.query(DeleteImageDocument, { input: { id: MINE } });
    gateway.upstream();
    await gateway.query(NAMES, {}, { token: 'sandbox-b' });
    expect(gateway.upstream()).toEqual([]);
  });
});
