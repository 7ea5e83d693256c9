import entries from '../src/sandbox/catalogue.json' with { type: 'json' };

/** Images like the API's for load tests: the sandbox's catalogue again and again, each time under other ids. */
const PUBLIC = entries.filter(({ kind }) => kind !== 'user').map(({ image }) => image);
const PRIVATE = entries.filter(({ kind }) => kind === 'user').map(({ image }) => image);

/** The public image at an index. Past the end of the catalogue come other builds, which have no slug. */
export function publicImage(index: number, id: number) {
  const image = PUBLIC[index % PUBLIC.length];
  return { ...image, id, slug: index < PUBLIC.length ? image?.slug : null };
}

/** The private image at an index of an account that gives it a name of its own. */
export function privateImage(index: number, id: number, name: string) {
  return { ...PRIVATE[index % PRIVATE.length], id, name };
}
