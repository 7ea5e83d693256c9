import { readdirSync, readFileSync } from 'node:fs';

import type { GraphiQLOptions } from 'graphql-yoga';

const FOLDER = new URL('presets/', import.meta.url);

/** GraphiQL's options for a page: a tab for each preset, in the order of their files' names. */
export function createGraphiQLOptions(): (request: Request) => GraphiQLOptions {
  const presets = readdirSync(FOLDER)
    .filter((name) => name.endsWith('.graphql'))
    .toSorted()
    .map((name) => ({ query: readFileSync(new URL(name, FOLDER), 'utf8') }));
  return ({ url }) => ({
    title: 'Images',
    defaultTabs: presets,
    // Without a query of its own, GraphiQL adds an empty tab whenever the page is loaded again. One in the
    // page's address comes first.
    ...(!new URL(url).searchParams.has('query') && { query: presets[0]?.query }),
  });
}

/** In this build of GraphiQL a tab that is pressed jumps away under the pointer, and the click misses it. */
const STILL_TABS = '<style>.graphiql-tab { transform: none !important; }</style>';

/** The whole page with all its scripts and styles in it: no other address is asked for anything. */
export async function renderPage(options: GraphiQLOptions): Promise<string> {
  // Nine megabytes of script, which most processes never show to anybody.
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  return renderGraphiQL(options).replace('</head>', `${STILL_TABS}</head>`);
}
