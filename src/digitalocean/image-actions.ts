import type { ApiAnswer } from './answer.ts';
import type { ApiClient, Caller } from './client.ts';
import { PayloadError } from './errors.ts';
import { type ImageAction, type Page, parseActionBody, parseActionPage } from './payloads.ts';

const pathOf = (imageId: string) => `/v2/images/${encodeURIComponent(imageId)}/actions` as const;

/** `GET /v2/images/{id}/actions`: one page of what was done to an image. */
export async function listImageActions(
  client: ApiClient,
  caller: Caller,
  imageId: string,
  { page, perPage }: { readonly page: number; readonly perPage: number },
): Promise<Page<ImageAction>> {
  const query = { page: String(page), per_page: String(perPage) };
  const { call, body } = await client.request(caller, {
    method: 'GET',
    path: pathOf(imageId),
    query,
    scopes: ['image:read'],
  });
  const actions = parseActionPage(body);
  if (actions === null) throw new PayloadError(call, 'SHAPE', 'the answer holds no list of actions');
  for (const action of actions.items) checkAction(call, action, { imageId });
  return actions;
}

/** `POST /v2/images/{id}/actions` with `transfer`: copies an image to one more region. */
export function transferImage(
  client: ApiClient,
  caller: Caller,
  imageId: string,
  region: string,
): Promise<ImageAction> {
  return act(client, caller, imageId, { type: 'transfer', region });
}

/** `POST /v2/images/{id}/actions` with `convert`: turns a backup into a snapshot. */
export function convertImage(client: ApiClient, caller: Caller, imageId: string): Promise<ImageAction> {
  return act(client, caller, imageId, { type: 'convert' });
}

async function act(client: ApiClient, caller: Caller, imageId: string, body: object): Promise<ImageAction> {
  const path = pathOf(imageId);
  const scopes = ['image:update'] as const;
  return readAction(await client.request(caller, { method: 'POST', path, body, scopes }), { imageId });
}

/** What is known of an action before it is read. */
interface AskedFor {
  readonly imageId: string;
  readonly actionId?: string;
}

function readAction({ call, body }: ApiAnswer, askedFor: AskedFor): ImageAction {
  const action = parseActionBody(body);
  if (action === null) throw new PayloadError(call, 'SHAPE', 'the answer holds no action');
  checkAction(call, action, askedFor);
  return action;
}

/** An action of another image is refused, never passed on, and so is another one than the one asked for. */
function checkAction(call: string, { id, imageId }: ImageAction, askedFor: AskedFor): void {
  const { actionId = String(id) } = askedFor;
  if (String(id) === actionId && (imageId === null || String(imageId) === askedFor.imageId)) return;
  throw new PayloadError(call, 'WRONG_ACTION', 'the answer is another action than the one asked for');
}

/** `GET /v2/images/{id}/actions/{action_id}`: one action as it is now. */
export async function getImageAction(
  client: ApiClient,
  caller: Caller,
  imageId: string,
  actionId: string,
): Promise<ImageAction> {
  const path = `${pathOf(imageId)}/${encodeURIComponent(actionId)}` as const;
  const answer = await client.request(caller, { method: 'GET', path, scopes: ['image:read'] });
  return readAction(answer, { imageId, actionId });
}
