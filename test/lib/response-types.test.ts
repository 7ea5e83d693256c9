import { describe, expect, it } from 'vitest';

import { acceptsEvents, prefersPage, responseTypeOf } from '../../src/lib/response-types.ts';

const JSON_TYPE = 'application/json';
const GRAPHQL = 'application/graphql-response+json';
const EVENTS = 'text/event-stream';
const MULTIPART = 'multipart/mixed';
const CHROMIUM =
  'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7';

describe('the media type of a response', () => {
  it.each([
    [undefined, JSON_TYPE],
    ['', JSON_TYPE],
    ['*/*', JSON_TYPE],
    ['application/*', JSON_TYPE],
    [CHROMIUM, JSON_TYPE],
    [`${GRAPHQL};q=0.5, ${JSON_TYPE}`, JSON_TYPE],
    [`${JSON_TYPE};q=0.5, ${GRAPHQL}`, GRAPHQL],
    [`${JSON_TYPE}, ${GRAPHQL}`, JSON_TYPE],
    [`${GRAPHQL}, ${JSON_TYPE}`, GRAPHQL],
    [`${GRAPHQL};charset=utf-8, ${JSON_TYPE};charset=utf-8`, GRAPHQL],
    [`${JSON_TYPE};q=0, */*`, GRAPHQL],
    [`${JSON_TYPE};q=0, ${GRAPHQL};q=0, */*`, EVENTS],
    [`*/*, ${JSON_TYPE};q=0, ${GRAPHQL};q=0, ${EVENTS};q=0`, MULTIPART],
    [`application/*;q=0, */*;q=0.1`, EVENTS],
    ['text/*', EVENTS],
    // What clients send: urql, Apollo Client with and without @defer, graphql-tools, graphql-sse.
    [`${GRAPHQL}, application/graphql+json, ${JSON_TYPE}, ${EVENTS}, ${MULTIPART}`, GRAPHQL],
    [`${MULTIPART};deferSpec=20220824,${GRAPHQL},${JSON_TYPE};q=0.9`, GRAPHQL],
    [`${GRAPHQL},${JSON_TYPE};q=0.9`, GRAPHQL],
    [`${GRAPHQL}, ${JSON_TYPE}, ${MULTIPART}`, GRAPHQL],
    [EVENTS, EVENTS],
    [MULTIPART, MULTIPART],
    // A stream only where the client prefers it.
    [`${EVENTS}, ${JSON_TYPE}`, JSON_TYPE],
    [`${MULTIPART}, ${JSON_TYPE}`, JSON_TYPE],
    [`${EVENTS}, ${JSON_TYPE};q=0.9`, EVENTS],
    [`${EVENTS};q=0.1, ${JSON_TYPE};q=0`, EVENTS],
    [`${EVENTS};q=0, */*;q=0.5`, JSON_TYPE],
    ['image/png', null],
    ['text/html', null],
    [`${JSON_TYPE};q=0`, null],
    ['*/*;q=0', null],
    [`${JSON_TYPE};charset=iso-8859-1`, null],
    [`${EVENTS};q=0, text/*`, null],
  ])('under %j is %s', (accept, type) => {
    expect(responseTypeOf(accept)).toBe(type);
    // The second time from the cache.
    expect(responseTypeOf(accept)).toBe(type);
  });
});

it('is chosen as well by a header that is too long for the cache', () => {
  const accept = `${'x/y, '.repeat(1_000)}${GRAPHQL};q=0.5, ${JSON_TYPE}`;
  for (let time = 0; time < 2; time += 1) expect(responseTypeOf(accept)).toBe(JSON_TYPE);
});

describe('events', () => {
  it.each([
    [undefined, true],
    [EVENTS, true],
    ['text/*;q=0.1', true],
    [`${JSON_TYPE}, ${EVENTS};q=0.1`, true],
    [`${EVENTS};q=0`, false],
    [`*/*, ${EVENTS};q=0`, false],
    [JSON_TYPE, false],
    [MULTIPART, false],
  ])('under %j are accepted: %s', (accept, isAccepted) => {
    expect(acceptsEvents(accept)).toBe(isAccepted);
  });
});

describe('a page', () => {
  it.each([
    [CHROMIUM, true],
    ['text/html', true],
    ['text/html, */*', true],
    ['text/html;q=0.9, application/json;q=0.8', true],
    ['text/html, application/json', true],
    ['application/json, text/html', false],
    ['application/json, text/html;q=0.5', false],
    ['text/html;q=0, */*;q=0.1', false],
    ['text/html;q=0', false],
    ['*/*', false],
    [undefined, false],
  ])('under %j is preferred: %s', (accept, isPreferred) => {
    expect(prefersPage(accept)).toBe(isPreferred);
  });
});
