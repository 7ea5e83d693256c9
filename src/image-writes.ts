import { acceptImage, endTransfer, offerImage, type Recipient } from './digitalocean/account-transfers.ts';
import type { ApiClient, Caller } from './digitalocean/client.ts';
import { convertImage, transferImage } from './digitalocean/image-actions.ts';
import {
  createImage,
  deleteImage,
  type ImageChanges,
  type ImageImport,
  updateImage,
} from './digitalocean/images.ts';
import type { Image, ImageAction } from './digitalocean/payloads.ts';

/**
 * The writes of the API. Each is sent once, and not ended by a caller who goes away. After it, and also where its
 * outcome is unknown, nothing that was read before serves this tenant any more.
 * @throws WriteRefusedError where the API refuses the input
 */
export interface ImageWrites {
  create(input: ImageImport): Promise<Image>;
  update(id: string, changes: ImageChanges): Promise<Image>;
  delete(id: string): Promise<void>;
  transfer(id: string, region: string): Promise<ImageAction>;
  convert(id: string): Promise<ImageAction>;
  /** The id of the transfer; null where it was accepted at once. */
  offer(id: string, recipient: Recipient): Promise<number | null>;
  accept(id: string, transfer: { transferId: number; recipientUuid: string }): Promise<void>;
  endTransfer(id: string, transfer: { transferId: number; by: 'recipient' | 'sender' }): Promise<void>;
}

/** @param write Sends a write, and drops what was read before it; it notes the name of what the write has created. */
export function createImageWrites(
  client: ApiClient,
  write: <T>(work: (caller: Caller) => Promise<T>, toCreated?: (result: T) => string) => Promise<T>,
): ImageWrites {
  const act = (imageId: string, work: (caller: Caller) => Promise<ImageAction>) =>
    write(work, (action) => `${imageId} ${action.id}`);
  return {
    create: (input) =>
      write(
        (caller) => createImage(client, caller, input),
        (image) => String(image.id),
      ),
    update: (id, changes) => write((caller) => updateImage(client, caller, id, changes)),
    delete: (id) => write((caller) => deleteImage(client, caller, id)),
    transfer: (id, region) => act(id, (caller) => transferImage(client, caller, id, region)),
    convert: (id) => act(id, (caller) => convertImage(client, caller, id)),
    offer: (id, recipient) => write((caller) => offerImage(client, caller, id, recipient)),
    accept: (id, transfer) =>
      write(
        (caller) => acceptImage(client, caller, id, transfer),
        () => id,
      ),
    endTransfer: (id, transfer) => write((caller) => endTransfer(client, caller, id, transfer)),
  };
}
