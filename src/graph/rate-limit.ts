import type { RateLimit as Budget } from '../digitalocean/rate-limit.ts';
import { builder } from './builder.ts';
import { INTERNAL } from './directives.ts';

const RateLimit = builder.objectRef<Budget>('RateLimit').implement({
  description:
    "The request budget of the caller's token at the images API, as the API's last answer told it.",
  fields: (t) => ({
    limit: t.exposeInt('limit', { description: 'Requests that the token has in an hour.' }),
    remaining: t.exposeInt('remaining', { description: 'Requests that are left of them.' }),
    resetAt: t.field({
      type: 'DateTime',
      description: 'When the oldest request that counts no longer does.',
      resolve: ({ resetAtMs }) => new Date(resetAtMs),
    }),
  }),
});

builder.queryField('rateLimit', (t) =>
  t.field({
    type: RateLimit,
    nullable: true,
    directives: [INTERNAL],
    description:
      'The request budget of your token; null before the gateway has had an answer with it. Costs nothing.',
    resolve: (_root, _args, context) => context.rateLimit(),
  }),
);
