import { ArgumentError } from '../relay/argument-error.ts';

/** An image's numeric id as text: digits, without leading zeros. */
const NUMERIC_ID = /^[1-9]\d{0,14}$/;

const GLOBAL_ID = /^do:image:([1-9]\d{0,14})$/;

/**
 * The global id of an object follows DigitalOcean's own URNs, `do:image:7555620`: unique over all types, and
 * another subgraph can form it from the numeric id that it holds.
 */
export function encodeGlobalId(typename: string, id: string): string {
  return `do:${typename.toLowerCase()}:${id}`;
}

/** The numeric id of an object, as an argument, where it is one. */
export function parseNumericId(argument: string, id: string): number {
  if (NUMERIC_ID.test(id)) return Number(id);
  throw new ArgumentError(argument, 'INVALID_VALUE', 'must be the digits of a numeric id, as "7555620".');
}

/**
 * The numeric id in an image's global id that was given as `argument`.
 * @throws ArgumentError where the text is not one that `encodeGlobalId` gives.
 */
export function decodeImageId(argument: string, globalId: string): string {
  const id = GLOBAL_ID.exec(globalId)?.[1];
  if (id !== undefined) return id;
  throw new ArgumentError(
    argument,
    'INVALID_VALUE',
    'must be a global id of an image, as "do:image:7555620".',
  );
}
