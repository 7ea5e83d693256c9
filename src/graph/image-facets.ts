import type { EnumRef } from '@pothos/core';

import type { CategoryLoader, ImageCategory as Category } from '../lists/category-loader.ts';
import { countValues, type Facet } from '../lists/image-facets.ts';
import type { ListView } from '../lists/list-view.ts';
import { builder } from './builder.ts';
import { assumedSize, upstreamCost } from './directives.ts';
import { Distribution, ImageCategory, ImageStatus, ImageType } from './image-enums.ts';

const VALUE = 'A value that occurs; it can be put into the filter as it is.';
const COUNT = 'How many images have it.';

const DistributionFacet = facetType('DistributionFacet', Distribution);
const TypeFacet = facetType('ImageTypeFacet', ImageType);
const StatusFacet = facetType('ImageStatusFacet', ImageStatus);
const CategoryFacet = facetType('ImageCategoryFacet', ImageCategory);
const RegionFacet = builder.objectRef<Facet<string>>('RegionFacet').implement({
  description: 'A region and how many images are available in it.',
  fields: (t) => ({
    value: t.exposeID('value', {
      description: 'The slug of a region; it can be put into the filter as it is.',
    }),
    count: t.exposeInt('count', { description: COUNT }),
  }),
});

/** The whole list behind a connection, of which facets are counted. */
export interface FacetSource {
  readonly view: ListView;
  /** The category that all images of the list are of, where it was filtered by one. */
  readonly category: Category | null;
}

export const ImageFacets = builder.objectRef<FacetSource>('ImageFacets').implement({
  description:
    'What the images of the whole filtered list are like, for the choices of an image picker: the values that occur, the most frequent first.',
  fields: (t) => ({
    distributions: t.field({
      type: [DistributionFacet],
      directives: [assumedSize(15)],
      description: 'Their operating systems.',
      resolve: ({ view }) => view.facets.distributions,
    }),
    regions: t.field({
      type: [RegionFacet],
      directives: [assumedSize(15)],
      description: 'The regions that they are available in.',
      resolve: ({ view }) => view.facets.regions,
    }),
    types: t.field({
      type: [TypeFacet],
      directives: [assumedSize(5)],
      description: 'Their types.',
      resolve: ({ view }) => view.facets.types,
    }),
    statuses: t.field({
      type: [StatusFacet],
      directives: [assumedSize(5)],
      description: 'Their states.',
      resolve: ({ view }) => view.facets.statuses,
    }),
    categories: t.field({
      type: [CategoryFacet],
      nullable: true,
      directives: [assumedSize(2), upstreamCost(2)],
      description:
        'Applications and distributions among them. Costs reading up to two more lists, and is null where one of them could not be read.',
      resolve: ({ view, category }, _args, { categories }) =>
        category === null
          ? countCategories(view, categories)
          : countValues(Array.from({ length: view.total }, () => category)),
    }),
  }),
});

async function countCategories(view: ListView, categories: CategoryLoader): Promise<Facet<Category>[]> {
  const known = await Promise.all(view.slice(0, view.total).map((image) => categories.load(image)));
  return countValues(known.filter((category) => category !== null));
}

function facetType<T>(name: string, type: EnumRef<PothosSchemaTypes.ExtendDefaultTypes<object>, T>) {
  return builder.objectRef<Facet<T>>(name).implement({
    description: 'A value and how many images have it.',
    fields: (t) => ({
      value: t.expose('value', { type, description: VALUE }),
      count: t.exposeInt('count', { description: COUNT }),
    }),
  });
}
