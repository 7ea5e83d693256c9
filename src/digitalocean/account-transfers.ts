import type { ApiClient, Caller } from './client.ts';
import { PayloadError } from './errors.ts';
import { parseTransferBody } from './payloads.ts';

const pathOf = (imageId: string) => `/v2/images/${encodeURIComponent(imageId)}/account_transfer` as const;

/** Who is to receive an image: one of the two. */
export type Recipient = { readonly email: string } | { readonly uuid: string };

/**
 * `POST /v2/images/{id}/account_transfer`: offers a snapshot to another account. The transfer's id; null where it was
 * accepted at once, since the token has rights in the recipient's team.
 */
export async function offerImage(
  client: ApiClient,
  caller: Caller,
  imageId: string,
  recipient: Recipient,
): Promise<number | null> {
  const { call, body } = await client.request(caller, {
    method: 'POST',
    path: pathOf(imageId),
    body: 'email' in recipient ? { recipient_email: recipient.email } : { recipient_uuid: recipient.uuid },
    scopes: ['image:update', 'image:delete'],
  });
  const id = parseTransferBody(body);
  if (id === null) throw new PayloadError(call, 'SHAPE', 'the answer holds no transfer');
  return id === 0 ? null : id;
}

/** `POST …/account_transfer/accept`: takes an image that was offered to a team of the account. */
export async function acceptImage(
  client: ApiClient,
  caller: Caller,
  imageId: string,
  { transferId, recipientUuid }: { readonly transferId: number; readonly recipientUuid: string },
): Promise<void> {
  await client.request(caller, {
    method: 'POST',
    path: `${pathOf(imageId)}/accept`,
    body: { transfer_id: transferId, recipient_uuid: recipientUuid },
    scopes: ['image:create'],
    isEmpty: true,
  });
}

/** `POST …/account_transfer/cancel` by the sender, `…/decline` by the recipient: ends a transfer that is pending. */
export async function endTransfer(
  client: ApiClient,
  caller: Caller,
  imageId: string,
  { transferId, by }: { readonly transferId: number; readonly by: 'recipient' | 'sender' },
): Promise<void> {
  await client.request(caller, {
    method: 'POST',
    path: `${pathOf(imageId)}/${by === 'sender' ? 'cancel' : 'decline'}`,
    body: { transfer_id: transferId },
    scopes: [by === 'sender' ? 'image:update' : 'image:create'],
    isEmpty: true,
  });
}
