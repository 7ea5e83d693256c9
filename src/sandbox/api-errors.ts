import type { JsonObject } from './json.ts';

/** An error answer in the making: thrown by endpoints, written by the server. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly id: string;

  constructor(status: number, id: string, message: string) {
    super(message);
    this.status = status;
    this.id = id;
  }
}

const STANDARD: Readonly<Record<number, readonly [id: string, message: string]>> = {
  400: ['bad_request', 'error parsing request body'],
  401: ['unauthorized', 'Unable to authenticate you'],
  403: ['forbidden', 'You do not have access for the attempted action.'],
  404: ['not_found', 'The resource you were accessing could not be found.'],
  405: ['method_not_allowed', 'The method is not allowed for this resource.'],
  409: ['conflict', 'The request could not be completed due to a conflict.'],
  422: ['unprocessable_entity', 'The request could not be processed.'],
  429: ['too_many_requests', 'API rate limit exceeded.'],
  500: ['server_error', 'Unexpected server-side error'],
  503: ['service_unavailable', 'Service is currently unavailable.'],
};

/** The API's usual error for a status; statuses without one of their own share 400's or 500's id. */
export function apiError(status: number): ApiError {
  const [id, message] = STANDARD[status] ??
    STANDARD[status < 500 ? 400 : 500] ?? ['server_error', 'Unexpected server-side error'];
  return new ApiError(status, id, message);
}

/** A 400 that says what is wrong with the body. */
export function badRequest(message: string): ApiError {
  return new ApiError(400, 'bad_request', message);
}

/** A 422 with the one message that the API gives. */
export function unprocessable(message: string): ApiError {
  return new ApiError(422, 'unprocessable_entity', message);
}

/** The body of an error answer; the API repeats the request's id in those that are its own fault. */
export function toErrorBody({ status, id, message }: ApiError, requestId: string): JsonObject {
  return status >= 500 ? { id, message, request_id: requestId } : { id, message };
}
