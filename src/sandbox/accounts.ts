import { type AccountImages, createAccountImages, createRow } from './account-images.ts';
import { catalogue } from './catalogue.ts';
import { createImage } from './created-images.ts';
import { type JsonObject, field } from './json.ts';

export interface Account {
  readonly name: string;
  /** How other accounts name this one when they send it an image. */
  readonly uuid: string;
  readonly email: string;
  readonly images: AccountImages;
  /** Oldest first. */
  readonly actions: ImageAction[];
}

/** Work on an image that takes a while; times in epoch milliseconds. */
export interface ImageAction {
  readonly id: number;
  readonly imageId: number;
  readonly type: 'transfer' | 'convert';
  readonly region: JsonObject | null;
  readonly startedAt: number;
  completedAt: number | null;
  status: 'in-progress' | 'completed' | 'errored';
}

/** What a token opens, and what it may do there. */
export interface Access {
  readonly account: Account;
  readonly scopes: ReadonlySet<string>;
}

type OwnImage = JsonObject & { readonly id: number };

/** The permission to read images brings those for what an image refers to. */
const READ_SCOPES = ['image:read', 'actions:read', 'regions:read', 'sizes:read', 'droplet:read'];
const ALL_SCOPES = [...READ_SCOPES, 'image:create', 'image:update', 'image:delete', 'tag:create'];

const SECOND_ACCOUNT: readonly OwnImage[] = [
  { id: 230000009, name: 'shop-db-weekly', distribution: 'Debian', regions: ['lon1'], tags: ['shop'] },
  { id: 230000110, name: 'shop-web 2026-09-07', type: 'backup', regions: ['lon1'], size_gigabytes: 11.2 },
  {
    id: 230000210,
    name: 'nixos-minimal',
    type: 'custom',
    distribution: 'Unknown',
    regions: ['ams3', 'lon1'],
  },
  { id: 230000310, name: 'shop-web-golden', regions: ['fra1'], tags: ['prod', 'shop'], min_disk_size: 50 },
];

/**
 * The accounts by token: `sandbox`, `sandbox-readonly` (the same account, reading only), `sandbox-b`, and one
 * for each further token, whose private image has the token's index in its name.
 *
 * Everybody has a list of their own, public images included: what happens to one is not seen in another.
 */
export function createAccounts(tokens: readonly string[], newestAt: 'head' | 'tail'): Map<string, Access> {
  const access = new Map<string, Access>();
  let opened = 0;

  function open(name: string, privateImages: readonly JsonObject[]): Account {
    opened += 1;
    return {
      name,
      uuid: `00000000-0000-4000-8000-${String(opened).padStart(12, '0')}`,
      email: `${name}@example.test`,
      images: createAccountImages(seedRows(privateImages), newestAt),
      actions: [],
    };
  }

  const first = open(
    'sandbox',
    catalogue.filter(({ kind }) => kind === 'user').map(({ image }) => image),
  );
  access.set('sandbox', { account: first, scopes: new Set(ALL_SCOPES) });
  access.set('sandbox-readonly', { account: first, scopes: new Set(READ_SCOPES) });
  access.set('sandbox-b', {
    account: open('sandbox-b', SECOND_ACCOUNT.map(completeImage)),
    scopes: new Set(ALL_SCOPES),
  });
  for (const [index, token] of tokens.entries()) {
    const image = completeImage({ id: 230100001 + index, name: `tenant-${index}-golden` });
    access.set(token, { account: open(`tenant-${index}`, [image]), scopes: new Set(ALL_SCOPES) });
  }
  return access;
}

const SEED_CREATED_AT = Date.UTC(2026, 8, 14, 10, 2, 11);

function completeImage(image: OwnImage): JsonObject {
  return createImage(image, SEED_CREATED_AT);
}

function seedRows(privateImages: readonly JsonObject[]) {
  const publicRows = catalogue
    .filter(({ kind }) => kind !== 'user')
    .map(({ kind, listed, image }) => createRow(kind, image, listed ? -Infinity : Infinity));
  const rows = [...publicRows, ...privateImages.map((image) => createRow('user', image))];
  return rows.toSorted((a, b) => Number(field(a.image, 'id')) - Number(field(b.image, 'id')));
}
