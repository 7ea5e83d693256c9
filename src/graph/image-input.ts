import { invalid, type UserError } from './user-error.ts';

/** The form of a tag's name in DigitalOcean's API. */
export const TAG_NAME = /^[\p{L}\p{N}_:-]{1,255}$/u;

/** The form of a region's slug: new ones appear, so no list of them. */
export const REGION = /^[\w-]{1,64}$/;

const MAX_NAME_LENGTH = 255;
const MAX_URL_LENGTH = 2_048;
const MAX_DESCRIPTION_LENGTH = 1_000;
const MAX_TAGS = 50;
const CONTROL = /\p{Cc}/u;

export function invalidName(name: string): UserError | null {
  const isValid = name.trim() !== '' && name.length <= MAX_NAME_LENGTH && !CONTROL.test(name);
  return isValid ? null : invalid('name', `must be 1 to ${MAX_NAME_LENGTH} characters, without line breaks.`);
}

/** The gateway never fetches it, DigitalOcean does; still only the schemes that DigitalOcean fetches are passed on. */
export function invalidUrl(url: string): UserError | null {
  const parsed = url.length <= MAX_URL_LENGTH && !/[\s\p{Cc}]/u.test(url) ? URL.parse(url) : null;
  const isValid =
    parsed !== null && /^(?:https?|ftp):$/.test(parsed.protocol) && !parsed.username && !parsed.password;
  const form = `must be an http, https or ftp URL without user and password, of at most ${MAX_URL_LENGTH} characters.`;
  return isValid ? null : invalid('url', form);
}

export function invalidRegion(region: string): UserError | null {
  return REGION.test(region) ? null : invalid('region', 'must be the slug of a region, as "nyc3".');
}

export function invalidDescription(description: string | null | undefined): UserError | null {
  const isValid = description == null || description.length <= MAX_DESCRIPTION_LENGTH;
  return isValid ? null : invalid('description', `must be at most ${MAX_DESCRIPTION_LENGTH} characters.`);
}

export function invalidTags(tags: readonly string[] | null | undefined): UserError | null {
  const isValid = tags == null || (tags.length <= MAX_TAGS && tags.every((tag) => TAG_NAME.test(tag)));
  const form = `must be at most ${MAX_TAGS} tags of 1 to 255 letters, digits, colons, hyphens and underscores.`;
  return isValid ? null : invalid('tags', form);
}
