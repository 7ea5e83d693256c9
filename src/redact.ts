/** What a token of DigitalOcean looks like, and what stands behind the scheme of an `Authorization` header. */
const SECRETS = /\bdo[por]_v1_\w+|(?<=\bbearer\s+)[\w.~+/=-]+/gi;

/** A text without tokens in it. */
export function redact(text: string): string {
  return text.replaceAll(SECRETS, '[redacted]');
}
