import { GraphQLError } from 'graphql';

import { formatDateTime, normalizeDateTime, parseDateTime } from '../lib/date-time.ts';
import { builder } from './builder.ts';

/** What the specification asks beyond RFC 3339: exactly three digits of a fraction, and an offset that is known. */
const REFINEMENTS = /:\d{2}\.\d{3}(?:z|\+.{5}|-(?!00:00).{5})$/i;
const RESULT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const EXAMPLE = '2026-03-21T04:25:45.000Z';

builder.scalarType('DateTime', {
  description: `A date and time of RFC 3339 with exactly three digits of milliseconds and an offset, as \`${EXAMPLE}\`. Responses have it in UTC always, so that it sorts as text.`,
  specifiedByURL: 'https://scalars.graphql.org/andimarek/date-time.html',
  serialize(value) {
    // What the API sent is in this form already.
    if (typeof value === 'string' && RESULT.test(value)) return value;
    const text = value instanceof Date ? formatDateTime(value.getTime()) : normalizeDateTime(value);
    if (text === null) throw new GraphQLError('DateTime cannot represent a value that is no date and time.');
    return text;
  },
  parseValue(value) {
    const ms = typeof value === 'string' && REFINEMENTS.test(value) ? parseDateTime(value) : NaN;
    if (!Number.isNaN(ms)) return ms;
    throw new GraphQLError(
      `DateTime must be an RFC 3339 date and time with three digits of milliseconds and an offset, as "${EXAMPLE}".`,
    );
  },
});
