import { describe, expect, it } from 'vitest';

import { OpenSandbox } from './open-sandbox.ts';

const PATH = '/v2/images/230000001/account_transfer';
const FIRST = '00000000-0000-4000-8000-000000000001';
const SECOND = '00000000-0000-4000-8000-000000000002';

const offer = async (api: OpenSandbox): Promise<number> => {
  const sent = { method: 'POST', body: { recipient_email: 'sandbox-b@example.test' } };
  const { status, body } = await api.ask(PATH, sent);
  expect(status).toBe(201);
  return body.transfer_id;
};

const end = (api: OpenSandbox, how: string, token: string, body: unknown) =>
  api.ask(`${PATH}/${how}`, { method: 'POST', token, body });

describe('transfers between accounts', () => {
  it('move a snapshot to the recipient who accepts it', async () => {
    await using api = await OpenSandbox.start();
    const body = { transfer_id: await offer(api), recipient_uuid: SECOND };
    expect((await end(api, 'accept', 'sandbox', body)).status).toBe(404);
    expect(await end(api, 'accept', 'sandbox-b', body)).toEqual({ status: 201, body: null });
    expect((await api.ask('/v2/images/230000001')).status).toBe(404);
    expect((await api.ask('/v2/images/230000001', { token: 'sandbox-b' })).status).toBe(200);
    expect((await end(api, 'accept', 'sandbox-b', body)).status).toBe(404);
  });

  it('are over at once within a team', async () => {
    await using api = await OpenSandbox.start();
    const sent = { method: 'POST', body: { recipient_uuid: FIRST } };
    expect(await api.ask(PATH, sent)).toEqual({ status: 201, body: { transfer_id: 0 } });
  });

  it('are cancelled by the sender alone, and declined by the recipient alone', async () => {
    await using api = await OpenSandbox.start();
    const first = { transfer_id: await offer(api) };
    expect((await end(api, 'cancel', 'sandbox-b', first)).status).toBe(404);
    expect(await end(api, 'cancel', 'sandbox', first)).toEqual({ status: 204, body: null });
    const second = { transfer_id: await offer(api) };
    expect((await end(api, 'decline', 'sandbox', second)).status).toBe(404);
    expect(await end(api, 'decline', 'sandbox-b', second)).toEqual({ status: 204, body: null });
    expect((await end(api, 'cancel', 'sandbox', second)).status).toBe(404);
    expect((await api.ask('/v2/images/230000001')).status).toBe(200);
  });

  it.each([
    ['no recipient', {}],
    ['two recipients', { recipient_email: 'sandbox-b@example.test', recipient_uuid: SECOND }],
    ['no JSON', '{'],
  ])('with %s are bad requests', async (_, body) => {
    await using api = await OpenSandbox.start();
    expect((await api.ask(PATH, { method: 'POST', body })).status).toBe(400);
  });

  it('need all ids to end, and take nothing but snapshots', async () => {
    await using api = await OpenSandbox.start();
    const id = await offer(api);
    expect((await end(api, 'accept', 'sandbox-b', { transfer_id: id })).status).toBe(400);
    expect((await end(api, 'cancel', 'sandbox', {})).status).toBe(400);
    const sent = { method: 'POST', body: { recipient_uuid: SECOND } };
    expect((await api.ask('/v2/images/230000101/account_transfer', sent)).status).toBe(422);
  });
});
