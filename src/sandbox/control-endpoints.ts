import type { Control } from './control.ts';
import type { Reply } from './exchange.ts';
import type { Json, JsonObject } from './json.ts';
import type { LoggedRequest } from './request-log.ts';

import { parseFault, parseInsertedImages, toCount, toList, toObject, toText } from './control-input.ts';
import { ControlError } from './control.ts';

/** Answers `/sandbox/...`: the control's methods over HTTP, for programs outside this process. */
export function answerControl(control: Control, method: string, path: string, body: Json | undefined): Reply {
  try {
    switch (`${method} ${path}`) {
      case 'POST /sandbox/faults':
        control.addFault(parseFault(body));
        return { status: 204 };
      case 'DELETE /sandbox/faults':
        control.clearFaults();
        return { status: 204 };
      case 'POST /sandbox/images':
        return { status: 200, body: changeImages(control, toObject(body ?? null, 'body')) };
      case 'GET /sandbox/requests':
        return { status: 200, body: requestsBody(control) };
      case 'DELETE /sandbox/requests':
        control.clearRequests();
        return { status: 204 };
      case 'POST /sandbox/clock':
        control.advance(toCount(toObject(body ?? null, 'body')['advanceMs'] ?? null, 'advanceMs'));
        return { status: 204 };
      default:
        return { status: 404, body: { message: 'The sandbox has no such control.' } };
    }
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    return { status: 400, body: { message: error.message } };
  }
}

function changeImages(control: Control, body: JsonObject): JsonObject {
  const token = toText(body['token'] ?? null, 'token');
  const [name, ...others] = Object.keys(changes).filter((change) => body[change] !== undefined);
  const change = changes[name ?? ''];
  if (name === undefined || change === undefined || others.length > 0) {
    throw new ControlError(`body: must have exactly one of ${Object.keys(changes).join(', ')}`);
  }
  return change(control, token, body[name] ?? null);
}

const changes: Readonly<Record<string, (control: Control, token: string, value: Json) => JsonObject>> = {
  insert: (control, token, value) => ({ ids: control.insert({ token, images: parseInsertedImages(value) }) }),
  delete(control, token, value) {
    const ids = toList(value, 'delete').map((id, index) => toCount(id, `delete[${index}]`));
    return { deleted: control.delete({ token, ids }) };
  },
  patch(control, token, value) {
    const patch = toObject(value, 'patch');
    const id = toCount(patch['id'] ?? null, 'patch.id');
    return { image: control.patch({ token, id, image: toObject(patch['image'] ?? null, 'patch.image') }) };
  },
  fill(control, token, value) {
    const count = toCount(value, 'fill');
    return { total: control.fill({ token, count }) };
  },
  replace: (control, token, value) => ({
    total: control.replace({ token, images: toList(value, 'replace') }),
  }),
};

function requestsBody(control: Control): JsonObject {
  const { count, requests } = control.requests();
  return { count, requests: requests.map(toJson) };
}

function toJson(request: LoggedRequest): JsonObject {
  return { ...request };
}
