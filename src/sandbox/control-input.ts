import type { ListPosition } from './account-images.ts';

import { type InsertedImage, ControlError } from './control.ts';
import { FAULT_KINDS, type Fault, type FaultKind } from './faults.ts';
import { type Json, type JsonObject, isObject } from './json.ts';
import type { OddPage } from './odd-pages.ts';

/** A reader of one field; throws ControlError, naming the field, for a value that will not do. */
type Reader<T> = (value: Json, name: string) => T;

/** Reads one fault. Fields that a fault does not have are refused: a slip would match every request. */
export function parseFault(value: Json | undefined): Fault {
  return readFields<Fault>(toObject(value ?? null, 'body'), '', {
    match: (match, name) =>
      readFields<NonNullable<Fault['match']>>(toObject(match, name), `${name}.`, {
        method: toText,
        path: toText,
        query: toTexts,
        token: toText,
      }),
    times: (times, name) => toCount(times, name, 1),
    skip: toCount,
    latencyMs: toCount,
    status: toStatus,
    retryAfter: (retryAfter, name) =>
      typeof retryAfter === 'number' ? retryAfter : toText(retryAfter, name),
    headers: toTexts,
    body: (body) => body,
    kind: toKind,
    page: (page, name) =>
      readFields<OddPage>(toObject(page, name), `${name}.`, {
        cap: (cap, field) => toCount(cap, field, 1),
        omit: toCount,
        total: (total) => total,
        next: toBoolean,
      }),
  });
}

/** Reads the images to add. */
export function parseInsertedImages(value: Json): InsertedImage[] {
  return toList(value, 'insert').map((item, index) => {
    const { at, ...image } = toObject(item, `insert[${index}]`);
    if (at === undefined) return image;
    const position = toPosition(at, `insert[${index}].at`);
    return Object.assign(image, { at: position });
  });
}

export function toObject(value: Json, name: string): JsonObject {
  if (!isObject(value)) throw new ControlError(`${name}: must be an object`);
  return value;
}

export function toList(value: Json, name: string): readonly Json[] {
  if (!Array.isArray(value)) throw new ControlError(`${name}: must be a list`);
  return value;
}

export function toText(value: Json, name: string): string {
  if (typeof value !== 'string') throw new ControlError(`${name}: must be a string`);
  return value;
}

export function toCount(value: Json, name: string, least = 0): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least) return value;
  throw new ControlError(`${name}: must be an integer of at least ${least}`);
}

function toBoolean(value: Json, name: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new ControlError(`${name}: must be true or false`);
}

function toStatus(value: Json, name: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 200 && value <= 599) return value;
  throw new ControlError(`${name}: must be an HTTP status from 200 to 599`);
}

function toKind(value: Json, name: string): FaultKind {
  const kind = FAULT_KINDS.find((known) => known === value);
  if (kind === undefined) throw new ControlError(`${name}: must be one of ${FAULT_KINDS.join(', ')}`);
  return kind;
}

function toPosition(value: Json, name: string): ListPosition {
  return value === 'head' || value === 'tail' ? value : toCount(value, name);
}

function toTexts(value: Json, name: string): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [key, text] of Object.entries(toObject(value, name)))
    texts[key] = toText(text, `${name}.${key}`);
  return texts;
}

function readFields<T extends object>(
  input: JsonObject,
  prefix: string,
  readers: { readonly [K in keyof T]-?: Reader<Exclude<T[K], undefined>> },
): Partial<T> {
  const output: Partial<T> = {};
  for (const name of Object.keys(input)) {
    if (!Object.hasOwn(readers, name)) throw new ControlError(`${prefix}${name}: is not known here`);
  }
  for (const name in readers) {
    const value = input[name];
    if (value !== undefined) output[name] = readers[name](value, `${prefix}${name}`);
  }
  return output;
}
