/** A character that V8 does not store in one byte, and with it none of its string. */
const TWO_BYTES = /[\u0100-\uffff]/;

/** The memory that the characters of a string take, in bytes: V8 stores each in one byte, or each in two. */
export function textBytes(text: string): number {
  return TWO_BYTES.test(text) ? 2 * text.length : text.length;
}
