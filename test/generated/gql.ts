/* eslint-disable */
import * as types from './graphql.ts';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "query FirstPage {\n  images(first: 20) {\n    totalCount\n    edges {\n      cursor\n      node {\n        id\n        name\n        distribution\n        status\n        minDiskSize\n        createdAt\n        regions {\n          slug\n        }\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}": typeof types.FirstPageDocument,
    "query NextPage($after: String) {\n  images(first: 20, after: $after) {\n    nodes {\n      id\n      name\n      distribution\n    }\n    pageInfo {\n      hasPreviousPage\n      hasNextPage\n      endCursor\n    }\n  }\n}": typeof types.NextPageDocument,
    "query MyImages {\n  images(last: 5, filter: {private: true}) {\n    totalCount\n    nodes {\n      name\n      type\n      status\n      sizeGigabytes\n      tags\n      errorMessage\n    }\n    pageInfo {\n      hasPreviousPage\n      startCursor\n    }\n  }\n}": typeof types.MyImagesDocument,
    "query BySlug {\n  image(slug: \"ubuntu-24-04-x64\") {\n    id\n    imageId\n    name\n    description\n    distributionName\n    regions {\n      slug\n    }\n  }\n}": typeof types.BySlugDocument,
    "query ById {\n  node(id: \"do:image:195932981\") {\n    id\n    ... on Image {\n      name\n      slug\n      type\n      public\n    }\n  }\n}": typeof types.ByIdDocument,
    "query ImagePicker {\n  images(\n    first: 20\n    filter: {distributions: [UBUNTU], regions: [\"nyc3\", \"fra1\"], nameContains: \"LTS\", fitsDiskSize: 25}\n    orderBy: {field: CREATED_AT, direction: DESC}\n  ) {\n    totalCount\n    nodes {\n      name\n      slug\n      createdAt\n      category\n    }\n    facets {\n      regions {\n        value\n        count\n      }\n      types {\n        value\n        count\n      }\n    }\n  }\n  rateLimit {\n    limit\n    remaining\n    resetAt\n  }\n}": typeof types.ImagePickerDocument,
    "mutation Import {\n  createImage(\n    input: {name: \"my image\", url: \"https://example.com/image.qcow2\", region: \"nyc3\"}\n  ) {\n    image {\n      id\n      name\n      status\n    }\n    userErrors {\n      message\n      field\n    }\n  }\n}": typeof types.ImportDocument,
    "subscription Watch {\n  imageStatus(id: \"do:image:195932981\") {\n    id\n    name\n    status\n    errorMessage\n  }\n}": typeof types.WatchDocument,
    "query ImageByName($id: ID, $imageId: ID, $slug: String) {\n  image(id: $id, imageId: $imageId, slug: $slug) {\n    ...Row\n    slug\n    description\n    distribution\n    distributionName\n    type\n    status\n    public\n    regions {\n      slug\n    }\n    tags\n    minDiskSize\n    sizeGigabytes\n    createdAt\n    errorMessage\n  }\n}\n\nquery Nodes($ids: [ID!]!) {\n  nodes(ids: $ids) {\n    id\n    ... on Image {\n      name\n    }\n  }\n}": typeof types.ImageByNameDocument,
    "fragment Row on Image {\n  id\n  imageId\n  name\n}\n\nquery Images($first: Int, $after: String, $last: Int, $before: String, $filter: ImageFilter) {\n  images(\n    first: $first\n    after: $after\n    last: $last\n    before: $before\n    filter: $filter\n  ) {\n    totalCount\n    edges {\n      cursor\n      node {\n        ...Row\n      }\n    }\n    pageInfo {\n      hasNextPage\n      hasPreviousPage\n      startCursor\n      endCursor\n    }\n  }\n}": typeof types.RowFragmentDoc,
    "mutation CreateImage($input: CreateImageInput!) {\n  createImage(input: $input) {\n    image {\n      ...Row\n      status\n      distribution\n      description\n      tags\n      regions {\n        slug\n      }\n    }\n    userErrors {\n      message\n      code\n      field\n    }\n  }\n}\n\nmutation UpdateImage($input: UpdateImageInput!) {\n  updateImage(input: $input) {\n    image {\n      ...Row\n      distribution\n      description\n    }\n    userErrors {\n      message\n      code\n      field\n    }\n  }\n}\n\nmutation DeleteImage($input: DeleteImageInput!) {\n  deleteImage(input: $input) {\n    deletedImageId\n    userErrors {\n      message\n      code\n      field\n    }\n  }\n}": typeof types.CreateImageDocument,
    "query Picker($first: Int, $after: String, $filter: ImageFilter, $orderBy: ImageOrder) {\n  images(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {\n    totalCount\n    nodes {\n      imageId\n      name\n      createdAt\n      category\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n    facets {\n      distributions {\n        value\n        count\n      }\n      regions {\n        value\n        count\n      }\n      types {\n        value\n        count\n      }\n      statuses {\n        value\n        count\n      }\n    }\n  }\n}": typeof types.PickerDocument,
};
const documents: Documents = {
    "query FirstPage {\n  images(first: 20) {\n    totalCount\n    edges {\n      cursor\n      node {\n        id\n        name\n        distribution\n        status\n        minDiskSize\n        createdAt\n        regions {\n          slug\n        }\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}": types.FirstPageDocument,
    "query NextPage($after: String) {\n  images(first: 20, after: $after) {\n    nodes {\n      id\n      name\n      distribution\n    }\n    pageInfo {\n      hasPreviousPage\n      hasNextPage\n      endCursor\n    }\n  }\n}": types.NextPageDocument,
    "query MyImages {\n  images(last: 5, filter: {private: true}) {\n    totalCount\n    nodes {\n      name\n      type\n      status\n      sizeGigabytes\n      tags\n      errorMessage\n    }\n    pageInfo {\n      hasPreviousPage\n      startCursor\n    }\n  }\n}": types.MyImagesDocument,
    "query BySlug {\n  image(slug: \"ubuntu-24-04-x64\") {\n    id\n    imageId\n    name\n    description\n    distributionName\n    regions {\n      slug\n    }\n  }\n}": types.BySlugDocument,
    "query ById {\n  node(id: \"do:image:195932981\") {\n    id\n    ... on Image {\n      name\n      slug\n      type\n      public\n    }\n  }\n}": types.ByIdDocument,
    "query ImagePicker {\n  images(\n    first: 20\n    filter: {distributions: [UBUNTU], regions: [\"nyc3\", \"fra1\"], nameContains: \"LTS\", fitsDiskSize: 25}\n    orderBy: {field: CREATED_AT, direction: DESC}\n  ) {\n    totalCount\n    nodes {\n      name\n      slug\n      createdAt\n      category\n    }\n    facets {\n      regions {\n        value\n        count\n      }\n      types {\n        value\n        count\n      }\n    }\n  }\n  rateLimit {\n    limit\n    remaining\n    resetAt\n  }\n}": types.ImagePickerDocument,
    "mutation Import {\n  createImage(\n    input: {name: \"my image\", url: \"https://example.com/image.qcow2\", region: \"nyc3\"}\n  ) {\n    image {\n      id\n      name\n      status\n    }\n    userErrors {\n      message\n      field\n    }\n  }\n}": types.ImportDocument,
    "subscription Watch {\n  imageStatus(id: \"do:image:195932981\") {\n    id\n    name\n    status\n    errorMessage\n  }\n}": types.WatchDocument,
    "query ImageByName($id: ID, $imageId: ID, $slug: String) {\n  image(id: $id, imageId: $imageId, slug: $slug) {\n    ...Row\n    slug\n    description\n    distribution\n    distributionName\n    type\n    status\n    public\n    regions {\n      slug\n    }\n    tags\n    minDiskSize\n    sizeGigabytes\n    createdAt\n    errorMessage\n  }\n}\n\nquery Nodes($ids: [ID!]!) {\n  nodes(ids: $ids) {\n    id\n    ... on Image {\n      name\n    }\n  }\n}": types.ImageByNameDocument,
    "fragment Row on Image {\n  id\n  imageId\n  name\n}\n\nquery Images($first: Int, $after: String, $last: Int, $before: String, $filter: ImageFilter) {\n  images(\n    first: $first\n    after: $after\n    last: $last\n    before: $before\n    filter: $filter\n  ) {\n    totalCount\n    edges {\n      cursor\n      node {\n        ...Row\n      }\n    }\n    pageInfo {\n      hasNextPage\n      hasPreviousPage\n      startCursor\n      endCursor\n    }\n  }\n}": types.RowFragmentDoc,
    "mutation CreateImage($input: CreateImageInput!) {\n  createImage(input: $input) {\n    image {\n      ...Row\n      status\n      distribution\n      description\n      tags\n      regions {\n        slug\n      }\n    }\n    userErrors {\n      message\n      code\n      field\n    }\n  }\n}\n\nmutation UpdateImage($input: UpdateImageInput!) {\n  updateImage(input: $input) {\n    image {\n      ...Row\n      distribution\n      description\n    }\n    userErrors {\n      message\n      code\n      field\n    }\n  }\n}\n\nmutation DeleteImage($input: DeleteImageInput!) {\n  deleteImage(input: $input) {\n    deletedImageId\n    userErrors {\n      message\n      code\n      field\n    }\n  }\n}": types.CreateImageDocument,
    "query Picker($first: Int, $after: String, $filter: ImageFilter, $orderBy: ImageOrder) {\n  images(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {\n    totalCount\n    nodes {\n      imageId\n      name\n      createdAt\n      category\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n    facets {\n      distributions {\n        value\n        count\n      }\n      regions {\n        value\n        count\n      }\n      types {\n        value\n        count\n      }\n      statuses {\n        value\n        count\n      }\n    }\n  }\n}": types.PickerDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query FirstPage {\n  images(first: 20) {\n    totalCount\n    edges {\n      cursor\n      node {\n        id\n        name\n        distribution\n        status\n        minDiskSize\n        createdAt\n        regions {\n          slug\n        }\n      }\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n  }\n}"): typeof import('./graphql.ts').FirstPageDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query NextPage($after: String) {\n  images(first: 20, after: $after) {\n    nodes {\n      id\n      name\n      distribution\n    }\n    pageInfo {\n      hasPreviousPage\n      hasNextPage\n      endCursor\n    }\n  }\n}"): typeof import('./graphql.ts').NextPageDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query MyImages {\n  images(last: 5, filter: {private: true}) {\n    totalCount\n    nodes {\n      name\n      type\n      status\n      sizeGigabytes\n      tags\n      errorMessage\n    }\n    pageInfo {\n      hasPreviousPage\n      startCursor\n    }\n  }\n}"): typeof import('./graphql.ts').MyImagesDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query BySlug {\n  image(slug: \"ubuntu-24-04-x64\") {\n    id\n    imageId\n    name\n    description\n    distributionName\n    regions {\n      slug\n    }\n  }\n}"): typeof import('./graphql.ts').BySlugDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query ById {\n  node(id: \"do:image:195932981\") {\n    id\n    ... on Image {\n      name\n      slug\n      type\n      public\n    }\n  }\n}"): typeof import('./graphql.ts').ByIdDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query ImagePicker {\n  images(\n    first: 20\n    filter: {distributions: [UBUNTU], regions: [\"nyc3\", \"fra1\"], nameContains: \"LTS\", fitsDiskSize: 25}\n    orderBy: {field: CREATED_AT, direction: DESC}\n  ) {\n    totalCount\n    nodes {\n      name\n      slug\n      createdAt\n      category\n    }\n    facets {\n      regions {\n        value\n        count\n      }\n      types {\n        value\n        count\n      }\n    }\n  }\n  rateLimit {\n    limit\n    remaining\n    resetAt\n  }\n}"): typeof import('./graphql.ts').ImagePickerDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation Import {\n  createImage(\n    input: {name: \"my image\", url: \"https://example.com/image.qcow2\", region: \"nyc3\"}\n  ) {\n    image {\n      id\n      name\n      status\n    }\n    userErrors {\n      message\n      field\n    }\n  }\n}"): typeof import('./graphql.ts').ImportDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "subscription Watch {\n  imageStatus(id: \"do:image:195932981\") {\n    id\n    name\n    status\n    errorMessage\n  }\n}"): typeof import('./graphql.ts').WatchDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query ImageByName($id: ID, $imageId: ID, $slug: String) {\n  image(id: $id, imageId: $imageId, slug: $slug) {\n    ...Row\n    slug\n    description\n    distribution\n    distributionName\n    type\n    status\n    public\n    regions {\n      slug\n    }\n    tags\n    minDiskSize\n    sizeGigabytes\n    createdAt\n    errorMessage\n  }\n}\n\nquery Nodes($ids: [ID!]!) {\n  nodes(ids: $ids) {\n    id\n    ... on Image {\n      name\n    }\n  }\n}"): typeof import('./graphql.ts').ImageByNameDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment Row on Image {\n  id\n  imageId\n  name\n}\n\nquery Images($first: Int, $after: String, $last: Int, $before: String, $filter: ImageFilter) {\n  images(\n    first: $first\n    after: $after\n    last: $last\n    before: $before\n    filter: $filter\n  ) {\n    totalCount\n    edges {\n      cursor\n      node {\n        ...Row\n      }\n    }\n    pageInfo {\n      hasNextPage\n      hasPreviousPage\n      startCursor\n      endCursor\n    }\n  }\n}"): typeof import('./graphql.ts').RowFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "mutation CreateImage($input: CreateImageInput!) {\n  createImage(input: $input) {\n    image {\n      ...Row\n      status\n      distribution\n      description\n      tags\n      regions {\n        slug\n      }\n    }\n    userErrors {\n      message\n      code\n      field\n    }\n  }\n}\n\nmutation UpdateImage($input: UpdateImageInput!) {\n  updateImage(input: $input) {\n    image {\n      ...Row\n      distribution\n      description\n    }\n    userErrors {\n      message\n      code\n      field\n    }\n  }\n}\n\nmutation DeleteImage($input: DeleteImageInput!) {\n  deleteImage(input: $input) {\n    deletedImageId\n    userErrors {\n      message\n      code\n      field\n    }\n  }\n}"): typeof import('./graphql.ts').CreateImageDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Picker($first: Int, $after: String, $filter: ImageFilter, $orderBy: ImageOrder) {\n  images(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {\n    totalCount\n    nodes {\n      imageId\n      name\n      createdAt\n      category\n    }\n    pageInfo {\n      hasNextPage\n      endCursor\n    }\n    facets {\n      distributions {\n        value\n        count\n      }\n      regions {\n        value\n        count\n      }\n      types {\n        value\n        count\n      }\n      statuses {\n        value\n        count\n      }\n    }\n  }\n}"): typeof import('./graphql.ts').PickerDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
