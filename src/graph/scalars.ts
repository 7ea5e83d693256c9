import { builder } from './builder.ts';

builder.scalarType('DateTime', {
  description: 'A date and time of RFC 3339 with its offset, as `2026-03-21T04:25:45Z`.',
  specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time.html',
  serialize: (value) => value,
  parseValue: (value) => {
    throw new TypeError(`no argument takes a DateTime, got ${typeof value}`);
  },
});
