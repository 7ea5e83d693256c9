import { readFileSync, symlinkSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { describe, it } from 'vitest';

import { parseTrustedDocuments } from '../../../src/operations/trusted-documents.ts';
import { Recipe } from './recipe.ts';
import { expectWholeWalk, FILTER, type PagingClient, ServedGateway } from './walk.ts';

const PACKAGES = fileURLToPath(new URL('../../../node_modules', import.meta.url));

describe("the code generator's client preset", () => {
  it.each(['first', 'last'] as const)(
    'walks a filtered list by `%s`, with trusted documents alone',
    async (end) => {
      using recipe = new Recipe("The code generator's client preset");
      symlinkSync(PACKAGES, recipe.path('node_modules'));
      recipe.write('package.json', '{ "type": "module" }');
      recipe.run(`${PACKAGES}/.bin/graphql-codegen`);

      const manifest = readFileSync(recipe.path('gql/persisted-documents.json'), 'utf8');
      await using served = await ServedGateway.start({
        env: { TRUSTED_DOCUMENTS: 'persisted-documents.json' },
        trustedDocuments: parseTrustedDocuments(manifest),
      });
      const { readPage } = await recipe.import('images.ts');
      const endpoint = { url: served.url, token: 'sandbox' };
      const [cursor, hasMore, at] =
        end === 'first'
          ? (['after', 'hasNextPage', 'endCursor'] as const)
          : (['before', 'hasPreviousPage', 'startCursor'] as const);

      let { images: last } = await readPage(endpoint, { [end]: 20, filter: FILTER });
      const edges = [...last.edges];
      const pages: PagingClient = {
        ids: () => edges.map(({ node }) => node.id),
        hasMore: () => last.pageInfo[hasMore],
        async more() {
          ({ images: last } = await readPage(endpoint, {
            [end]: 20,
            [cursor]: last.pageInfo[at],
            filter: FILTER,
          }));
          edges.splice(end === 'first' ? edges.length : 0, 0, ...last.edges);
        },
      };
      await expectWholeWalk(pages, end, served);
    },
  );
});
