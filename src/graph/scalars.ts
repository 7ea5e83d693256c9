import { GraphQLError } from 'graphql';

import { builder } from './builder.ts';

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;

builder.scalarType('DateTime', {
  description: 'A date and time of RFC 3339 with its offset, as `2026-03-21T04:25:45Z`.',
  specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time.html',
  serialize: (value) => value,
  parseValue: (value) => {
    if (typeof value === 'string' && RFC_3339.test(value) && !Number.isNaN(Date.parse(value))) return value;
    throw new GraphQLError(
      'DateTime must be an RFC 3339 date and time with its offset, as "2026-03-21T04:25:45Z".',
    );
  },
});
