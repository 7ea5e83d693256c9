import type { Account } from './accounts.ts';
import type { RequestLog } from './request-log.ts';
import type { SandboxState } from './state.ts';

import { type ImageRow, type ListPosition, createRow } from './account-images.ts';
import { type ImageKind, catalogue } from './catalogue.ts';
import { createImage, createNthImage } from './created-images.ts';
import type { Fault, Faults } from './faults.ts';
import { type Json, type JsonObject, field, isObject } from './json.ts';

/** Fields of an image on the wire, and where in the list it goes: by default where new images appear. */
export interface InsertedImage {
  readonly at?: ListPosition;
  readonly [field: string]: Json | undefined;
}

/** Changes behind the API's back, as they happen to a real account through other programs. */
export interface Control {
  /** Adds generated private images, or drops images from the tail, until the account lists `count`. */
  fill(change: { readonly token: string; readonly count: number }): number;
  /** Adds images, each in turn; gives their ids. */
  insert(change: { readonly token: string; readonly images: readonly InsertedImage[] }): number[];
  /** Removes images by id, from lists at once as well; gives how many there were. */
  delete(change: { readonly token: string; readonly ids: readonly number[] }): number;
  /** Overwrites fields of an image with whatever is given, and gives the image. */
  patch(change: { readonly token: string; readonly id: number; readonly image: JsonObject }): Json;
  /** Makes the account list exactly these rows, whatever they are; gives their count. */
  replace(change: { readonly token: string; readonly images: readonly Json[] }): number;
  addFault(fault: Fault): void;
  clearFaults(): void;
  requests(): ReturnType<RequestLog['read']>;
  clearRequests(): void;
  /** Pushes the clock forward, in milliseconds. */
  advance(ms: number): void;
}

/** A change that cannot be made; the message names the field that is at fault. */
export class ControlError extends Error {
  override readonly name = 'ControlError';
}

/** All methods that take a token throw ControlError where it opens no account. */
export function createControl(state: SandboxState, faults: Faults, log: RequestLog): Control {
  const { clock } = state;
  /** The nth generated image is the same in every account and every run. */
  const generated = new Map<Account, number>();

  function accountOf(token: string): Account {
    clock.settle();
    const access = state.access.get(token);
    if (access === undefined) throw new ControlError('token: opens no account');
    return access.account;
  }

  function addGenerated(account: Account): void {
    const n = generated.get(account) ?? 0;
    generated.set(account, n + 1);
    account.images.add(createRow('user', createNthImage(n, state.imageIds.next())), clock.now());
  }

  return {
    fill({ token, count }) {
      const account = accountOf(token);
      const now = clock.now();
      const listed = account.images.listed(now);
      for (const row of listed.slice(count)) account.images.delete(row, now, 0);
      for (let total = listed.length; total < count; total += 1) addGenerated(account);
      return account.images.listed(now).length;
    },
    insert({ token, images }) {
      const account = accountOf(token);
      return images.map(({ at, ...fields }) => {
        const id = typeof fields['id'] === 'number' ? fields['id'] : state.imageIds.next();
        state.imageIds.passed(id);
        const image = createImage({ ...defined(fields), id }, clock.now());
        account.images.add(createRow(kindOf(image), image), clock.now(), at);
        return id;
      });
    },
    delete({ token, ids }) {
      const { images } = accountOf(token);
      const rows = ids.map((id) => images.find(id)).filter((row) => row !== undefined);
      for (const row of rows) images.delete(row, clock.now(), 0);
      return rows.length;
    },
    patch({ token, id, image }) {
      const row = accountOf(token).images.find(id);
      if (row === undefined) throw new ControlError('id: the account has no such image');
      row.image = { ...(isObject(row.image) ? row.image : {}), ...image };
      if (typeof image['public'] === 'boolean') row.kind = kindOf(row.image);
      return row.image;
    },
    replace({ token, images }) {
      const account = accountOf(token);
      const known = new Map(
        account.images.listed(clock.now()).map((row) => [field(row.image, 'id'), row.kind]),
      );
      const rows = images.map((image): ImageRow => {
        const id = field(image, 'id');
        if (typeof id === 'number' && Number.isSafeInteger(id)) state.imageIds.passed(id);
        return createRow(known.get(id) ?? kindOf(image), image);
      });
      account.images.replace(rows);
      return rows.length;
    },
    addFault: (fault) => faults.add(fault),
    clearFaults: () => faults.clear(),
    requests: () => log.read(),
    clearRequests: () => log.clear(),
    advance(ms) {
      clock.advance(ms);
      clock.settle();
    },
  };
}

const catalogueKinds = new Map(catalogue.map(({ kind, image }) => [image['id'], kind]));

/** Applications look like snapshots, and only the catalogue knows better about old distributions. */
function kindOf(image: Json): ImageKind {
  if (field(image, 'public') !== true) return 'user';
  const known = catalogueKinds.get(field(image, 'id') ?? null);
  if (known !== undefined && known !== 'user') return known;
  return field(image, 'type') === 'snapshot' ? 'application' : 'distribution';
}

function defined(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  const kept: Record<string, Json> = {};
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}
