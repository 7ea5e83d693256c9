import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { parseTrustedDocuments } from '../../src/operations/trusted-documents.ts';
import { FirstPageDocument, NodesDocument } from '../generated/graphql.ts';
import { TestGateway } from '../support/test-gateway.ts';

const MANIFEST = readFileSync(new URL('../generated/persisted-documents.json', import.meta.url), 'utf8');
const trustedDocuments = parseTrustedDocuments(MANIFEST);

const sha256 = (document: string) => createHash('sha256').update(document).digest('hex');

interface Sent {
  readonly token?: string | null;
  readonly accept?: string;
}

async function answer(response: Response) {
  const { data, errors = [] } = await response.json();
  return { status: response.status, data, errors };
}

function headersOf({ token = 'sandbox', accept = 'application/json' }: Sent) {
  return { accept, ...(token === null ? {} : { authorization: `Bearer ${token}` }) };
}

async function post(gateway: TestGateway, body: unknown, sent: Sent = {}) {
  const headers = { ...headersOf(sent), 'content-type': 'application/json' };
  return answer(await gateway.fetch('/graphql', { method: 'POST', headers, body: JSON.stringify(body) }));
}

async function get(gateway: TestGateway, params: Record<string, unknown>, sent: Sent = {}) {
  const query = new URLSearchParams(
    Object.entries(params).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : JSON.stringify(value),
    ]),
  );
  return answer(await gateway.fetch(`/graphql?${query}`, { headers: headersOf(sent) }));
}

/** The hash that the code generator has put into a document. */
function hashOf({ __meta__: meta }: { __meta__?: Record<string, unknown> | undefined }): string {
  return String(meta?.['hash']);
}

const apq = (sha256Hash: string) => ({ extensions: { persistedQuery: { version: 1, sha256Hash } } });

describe('trusted documents', () => {
  const hash = hashOf(FirstPageDocument);
  const page = { images: { totalCount: expect.any(Number) } };

  it.each([
    ['as documentId', { documentId: hash }],
    ['as documentId without its prefix', { documentId: hash.replace('sha256:', '') }],
    ['as a persisted query', apq(hash)],
  ])('run by their hash, %s, by POST and by GET', async (_, params) => {
    await using gateway = await TestGateway.start({ trustedDocuments });
    expect(await post(gateway, params)).toMatchObject({ status: 200, data: page, errors: [] });
    expect(await get(gateway, params)).toMatchObject({ status: 200, data: page, errors: [] });
  });

  it('take variables', async () => {
    await using gateway = await TestGateway.start({ trustedDocuments });
    const params = { documentId: hashOf(NodesDocument), variables: { ids: ['do:image:195932981'] } };
    expect((await post(gateway, params)).data).toMatchObject({ nodes: [{ id: 'do:image:195932981' }] });
    expect((await get(gateway, params)).data).toMatchObject({ nodes: [{ id: 'do:image:195932981' }] });
  });

  it('still need a token', async () => {
    await using gateway = await TestGateway.start({ trustedDocuments });
    expect(await get(gateway, { documentId: hash }, { token: null })).toMatchObject({
      status: 401,
      errors: [{ extensions: { code: 'UNAUTHENTICATED' } }],
    });
  });

  it('never write by GET', async () => {
    const document = 'mutation { deleteImage(input: { id: "do:image:230000044" }) { deletedImageId } }';
    const documents = new Map([['remove', document]]);
    await using gateway = await TestGateway.start({ trustedDocuments: documents });
    const response = await gateway.fetch('/graphql?documentId=remove', { headers: headersOf({}) });
    expect(response.status).toBe(405);
    expect(gateway.upstream()).toEqual([]);
  });

  it('let other documents run as well, unless they alone are served', async () => {
    await using open = await TestGateway.start({ trustedDocuments });
    expect((await post(open, { query: '{ __typename }' })).errors).toEqual([]);
  });

  describe('alone', () => {
    const env = { TRUSTED_DOCUMENTS: 'manifest.json', TRUSTED_DOCUMENTS_ONLY: 'true' };

    it('run', async () => {
      await using gateway = await TestGateway.start({ trustedDocuments, env });
      expect(await post(gateway, { documentId: hash })).toMatchObject({ data: page, errors: [] });
      expect(await get(gateway, apq(hash))).toMatchObject({ data: page, errors: [] });
    });

    const OTHER = '{ images(first: 1) { totalCount } }';
    it.each([
      ['another document', { query: OTHER }, 'PERSISTED_QUERY_ID_REQUIRED'],
      ['one with its hash', { query: OTHER, ...apq(sha256(OTHER)) }, 'PERSISTED_QUERY_ID_REQUIRED'],
      ['a trusted id with another document', { query: OTHER, ...apq(hash) }, 'PERSISTED_QUERY_ID_REQUIRED'],
      ['a hash that is not in the list', apq(sha256(OTHER)), 'PERSISTED_QUERY_NOT_IN_LIST'],
      ['an id that every object has', { documentId: 'constructor' }, 'PERSISTED_QUERY_NOT_IN_LIST'],
      ['neither', { variables: {} }, 'PERSISTED_QUERY_ID_REQUIRED'],
      ['introspection', { query: '{ __schema { types { name } } }' }, 'PERSISTED_QUERY_ID_REQUIRED'],
    ])('refuse %s, without a call', async (_, params, code) => {
      await using gateway = await TestGateway.start({ trustedDocuments, env });
      const accept = 'application/graphql-response+json';
      for (const refused of [
        await post(gateway, params, { accept }),
        await get(gateway, params, { accept }),
        // What was refused once is not remembered either.
        await post(gateway, apq(sha256(OTHER)), { accept }),
      ]) {
        expect(refused.status).toBe(400);
        expect(refused.data).toBeUndefined();
        expect(refused.errors).toMatchObject([
          { extensions: { code: expect.stringMatching(/^PERSISTED_/) } },
        ]);
      }
      expect((await post(gateway, params)).errors).toMatchObject([{ extensions: { code } }]);
      expect(gateway.upstream()).toEqual([]);
    });
  });
});

describe('automatic persisted queries', () => {
  const QUERY = '{ images(first: 1) { totalCount } }';

  it('run by their hash once a caller has registered them', async () => {
    await using gateway = await TestGateway.start();
    expect(await post(gateway, apq(sha256(QUERY)))).toMatchObject({
      errors: [{ message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }],
    });
    const registered = await post(gateway, { query: QUERY, ...apq(sha256(QUERY)) });
    expect(registered.errors).toEqual([]);
    expect(await post(gateway, apq(sha256(QUERY)))).toEqual(registered);
    expect(await get(gateway, apq(sha256(QUERY)))).toEqual(registered);
  });

  it('are kept only where they run', async () => {
    await using gateway = await TestGateway.start();
    for (const query of ['{ nothing }', '{ images {', `# ${'x'.repeat(30_000)}\n{ __typename }`]) {
      expect((await post(gateway, { query, ...apq(sha256(query)) })).errors).toHaveLength(1);
      expect((await post(gateway, apq(sha256(query)))).errors).toMatchObject([
        { extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } },
      ]);
    }
  });

  it('take no other id for a hash: that of a trusted document may come with it', async () => {
    const documents = new Map([['total', QUERY]]);
    await using gateway = await TestGateway.start({ trustedDocuments: documents });
    expect((await post(gateway, { query: QUERY, documentId: 'total' })).errors).toEqual([]);
    expect((await post(gateway, { documentId: 'total', ...apq(sha256('{ nothing }')) })).errors).toEqual([]);
  });

  it.each([2, '1', undefined])('are of version 1, and of no other: %s', async (version) => {
    await using gateway = await TestGateway.start({ trustedDocuments });
    const sha256Hash = hashOf(FirstPageDocument);
    const body = { extensions: { persistedQuery: { version, sha256Hash } } };
    expect((await post(gateway, body)).errors).toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }]);
  });

  it("are each tenant's own, so that nobody learns what another asks for", async () => {
    await using gateway = await TestGateway.start();
    await post(gateway, { query: QUERY, ...apq(sha256(QUERY)) });
    for (const token of ['sandbox-b', null]) {
      expect((await post(gateway, apq(sha256(QUERY)), { token })).errors).toMatchObject([
        { extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } },
      ]);
    }
  });

  it('are refused under a hash that is not theirs, and not kept', async () => {
    await using gateway = await TestGateway.start();
    const hash = sha256('{ __typename }');
    expect((await post(gateway, { query: QUERY, ...apq(hash) })).errors).toMatchObject([
      { extensions: { code: 'PERSISTED_QUERY_MISMATCH' } },
    ]);
    expect((await post(gateway, apq(hash))).errors).toMatchObject([
      { extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } },
    ]);
    expect(gateway.upstream()).toEqual([]);
  });

  it('serve a router, whose entities are asked for by hash', async () => {
    await using gateway = await TestGateway.start();
    const query = `query ($representations: [_Any!]!) {
      _entities(representations: $representations) { ... on Image { slug } }
    }`;
    const variables = { representations: [{ __typename: 'Image', imageId: '195932981' }] };
    await post(gateway, { query, variables, ...apq(sha256(query)) });
    expect(await post(gateway, { variables, ...apq(sha256(query)) })).toMatchObject({
      data: { _entities: [{ slug: 'ubuntu-24-04-x64' }] },
      errors: [],
    });
  });

  it('are told apart from what is not supported, when they are switched off', async () => {
    const env = { AUTOMATIC_PERSISTED_QUERIES: 'false' };
    await using gateway = await TestGateway.start({ env });
    expect((await post(gateway, { query: QUERY, ...apq(sha256(QUERY)) })).errors).toEqual([]);
    expect((await post(gateway, apq(sha256(QUERY)))).errors).toMatchObject([
      { message: 'PersistedQueryNotSupported', extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' } },
    ]);
    await using trusting = await TestGateway.start({ env, trustedDocuments });
    expect((await post(trusting, apq(sha256(QUERY)))).errors).toMatchObject([
      { extensions: { code: 'PERSISTED_QUERY_NOT_IN_LIST' } },
    ]);
  });

  it.each([
    null,
    7,
    'text',
    [],
    {},
    { variables: {} },
    { query: 7 },
    { extensions: { persistedQuery: 'x' } },
  ])('change nothing for a request that is none: %j', async (body) => {
    await using gateway = await TestGateway.start();
    expect(await post(gateway, body)).toMatchObject({
      status: 400,
      errors: [{ extensions: { code: 'BAD_REQUEST' } }],
    });
  });
});

describe('a manifest', () => {
  it('may be of the code generator, of Relay or of Apollo', () => {
    const operations = [{ id: 'a1', name: 'A', type: 'query', body: '{ __typename }' }];
    const apollo = { format: 'apollo-persisted-query-manifest', version: 1, operations };
    expect(parseTrustedDocuments(JSON.stringify(apollo))).toEqual(new Map([['a1', '{ __typename }']]));
    const byHash = { 'sha256:a1': '{ __typename }', b2: '{ __schema { types { name } } }' };
    expect([...parseTrustedDocuments(JSON.stringify(byHash)).keys()]).toEqual(['a1', 'b2']);
  });

  it('has one document under an id, and may begin with a byte order mark', () => {
    const operations = ['{ __typename }', '{ a: __typename }'].map((body) => ({ id: 'a1', body }));
    const apollo = { format: 'apollo-persisted-query-manifest', version: 1, operations };
    expect(() => parseTrustedDocuments(JSON.stringify(apollo))).toThrow(
      'the id "a1" stands for two documents',
    );
    expect(parseTrustedDocuments('\uFEFF{"a1":"{ __typename }"}').size).toBe(1);
  });

  it.each(['', 'nonsense', '[]', 'null', '{"a1":7}', '{"a1":""}', '7'])(
    'that is none is refused with the accepted forms: %s',
    (text) => {
      expect(() => parseTrustedDocuments(text)).toThrow(/Accepted: JSON, .*\{"<hash>": "query …"\}/);
    },
  );
});
