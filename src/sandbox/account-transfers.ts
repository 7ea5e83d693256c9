import type { Account } from './accounts.ts';
import type { JsonObject } from './json.ts';
import type { AccountTransfer } from './state.ts';

import { createRow } from './account-images.ts';
import { apiError, badRequest, unprocessable } from './api-errors.ts';
import { type Exchange, type Reply, requireBody, toId } from './exchange.ts';
import { findOwnImage } from './images.ts';
import { field } from './json.ts';

/** `POST /v2/images/{id}/account_transfer`: a transfer to the caller's own team is over at once, and has id 0. */
export function createAccountTransfer(exchange: Exchange): Reply {
  const { account, state } = exchange;
  const row = findOwnImage(exchange);
  const recipient = parseRecipient(exchange);
  if (field(row.image, 'type') !== 'snapshot') throw unprocessable('Only snapshots can be transferred');
  if (recipient === account) return { status: 201, body: { transfer_id: 0 } };

  const id = state.transferIds.next();
  state.transfers.set(id, { id, imageId: Number(field(row.image, 'id')), sender: account, recipient });
  return { status: 201, body: { transfer_id: id } };
}

/** `POST /v2/images/{id}/account_transfer/accept`, by the recipient: the image changes hands. */
export function acceptAccountTransfer(exchange: Exchange): Reply {
  const { account, state, now } = exchange;
  const body = requireBody(exchange);
  if (typeof body['recipient_uuid'] !== 'string') throw badRequest('recipient_uuid is required');
  const transfer = findTransfer(exchange, body);
  if (transfer.recipient !== account || body['recipient_uuid'] !== account.uuid) throw apiError(404);
  const row = transfer.sender.images.find(transfer.imageId);
  state.transfers.delete(transfer.id);
  if (row === undefined) throw apiError(404);

  transfer.sender.images.delete(row, now, state.options.lagMs);
  account.images.add(createRow('user', row.image, now + state.options.lagMs), now);
  return { status: 201 };
}

/** `POST /v2/images/{id}/account_transfer/cancel`, by the sender. */
export function cancelAccountTransfer(exchange: Exchange): Reply {
  return end(exchange, ({ sender }) => sender);
}

/** `POST /v2/images/{id}/account_transfer/decline`, by the recipient. */
export function declineAccountTransfer(exchange: Exchange): Reply {
  return end(exchange, ({ recipient }) => recipient);
}

function end(exchange: Exchange, party: (transfer: AccountTransfer) => Account | null): Reply {
  const transfer = findTransfer(exchange, requireBody(exchange));
  if (party(transfer) !== exchange.account) throw apiError(404);
  exchange.state.transfers.delete(transfer.id);
  return { status: 204 };
}

/** The two addresses exclude each other. */
function parseRecipient(exchange: Exchange): Account | null {
  const { recipient_email: email, recipient_uuid: uuid } = requireBody(exchange);
  const address = email ?? uuid;
  if (typeof address !== 'string' || address === '' || (email != null && uuid != null)) {
    throw badRequest('exactly one of recipient_email and recipient_uuid is required');
  }
  for (const { account } of exchange.state.access.values()) {
    if ((email == null ? account.uuid : account.email) === address) return account;
  }
  return null;
}

function findTransfer({ state, params }: Exchange, body: JsonObject): AccountTransfer {
  const id = body['transfer_id'];
  if (typeof id !== 'number' || !Number.isSafeInteger(id)) throw badRequest('transfer_id is required');
  const transfer = state.transfers.get(id);
  if (transfer === undefined || transfer.imageId !== toId(params[0])) throw apiError(404);
  return transfer;
}
