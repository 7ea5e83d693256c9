import { builder } from './builder.ts';
import { reference } from './directives.ts';

/** A region, known here by its slug alone; the slug is the value. */
export const Region = builder.objectRef<string>('Region').implement({
  description:
    'A data centre region. Here it has its slug only; in a supergraph another subgraph may add its name. A plain slug and no enum, since new regions appear.',
  directives: [reference('slug')],
  fields: (t) => ({
    slug: t.id({ description: 'The slug, as `nyc3`.', resolve: (slug) => slug }),
  }),
});
