/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** What to import, and how to name it. */
export type CreateImageInput = {
  /** Free text, up to 1,000 characters. */
  description?: string | null | undefined;
  /** Its operating system. */
  distribution?: Distribution | null | undefined;
  /** Its display name, 1 to 255 characters. */
  name: string;
  /** The slug of the region to import it to, as `nyc3`. */
  region: string | number;
  /** Tags to put on it. Needs the scope `tag:create` as well. */
  tags?: Array<string> | null | undefined;
  /** Where DigitalOcean fetches it: an http, https or ftp URL of a raw, qcow2, vhdx, vdi or vmdk file. */
  url: string;
};

/** What to delete. */
export type DeleteImageInput = {
  /** The global id of one of your own images. */
  id: string | number;
};

/** The operating system of an image. `distributionName` has the text as the API gives it. */
export type Distribution =
  /** AlmaLinux */
  | 'ALMALINUX'
  /** Arch Linux */
  | 'ARCH_LINUX'
  /** CentOS and CentOS Stream */
  | 'CENTOS'
  /** CoreOS Container Linux */
  | 'COREOS'
  /** Debian */
  | 'DEBIAN'
  /** Fedora */
  | 'FEDORA'
  /** Fedora Atomic Host */
  | 'FEDORA_ATOMIC'
  /** FreeBSD */
  | 'FREEBSD'
  /** Gentoo */
  | 'GENTOO'
  /** openSUSE */
  | 'OPENSUSE'
  /** RancherOS */
  | 'RANCHEROS'
  /** Rocky Linux */
  | 'ROCKY_LINUX'
  /** Ubuntu */
  | 'UBUNTU'
  /** None of the others, or none given. */
  | 'UNKNOWN';

/** The two kinds of public images that the API can list apart. */
export type ImageCategory =
  /** One-click applications of the marketplace. */
  | 'APPLICATION'
  /** Plain operating systems. */
  | 'DISTRIBUTION';

/** Which images to list. Conditions that are null or left out do not count; all others must hold. The first three are sent to the API; the others are answered over the whole list, which costs its pages once for as long as it is fresh. */
export type ImageFilter = {
  /** Only applications or only distributions. Sent to the API as `type`. */
  category?: ImageCategory | null | undefined;
  /** Made later than this, to the millisecond. */
  createdAfter?: unknown;
  /** Made earlier than this, to the millisecond. */
  createdBefore?: unknown;
  /** Of one of these operating systems; an empty list lets nothing through. */
  distributions?: Array<Distribution> | null | undefined;
  /** For a disk of this many GB: `minDiskSize` is known and no larger. */
  fitsDiskSize?: number | null | undefined;
  /** With this text in the name, in either case. Up to 255 characters. */
  nameContains?: string | null | undefined;
  /** True: only your account's own images, which are its snapshots, backups and custom images. Sent as `private`. */
  private?: boolean | null | undefined;
  /** Available in all of these regions, given by their slugs. */
  regions?: Array<string | number> | null | undefined;
  /** In one of these states; an empty list lets nothing through. */
  statuses?: Array<ImageStatus> | null | undefined;
  /** Only images that carry this tag. Sent as `tag_name`. Needs the scope `tag:read` as well. */
  tagName?: string | null | undefined;
  /** Of one of these types; an empty list lets nothing through. */
  types?: Array<ImageType> | null | undefined;
};

/** An order of images. Those of one value stand in the order of their ids, those without a value last, in either direction. */
export type ImageOrder = {
  /** Which end comes first. */
  direction: OrderDirection;
  /** What to sort by. */
  field: ImageOrderField;
};

/** What images can be sorted by. */
export type ImageOrderField =
  /** When they were made. */
  | 'CREATED_AT'
  /** The smallest disk that takes them. */
  | 'MIN_DISK_SIZE'
  /** Their names, without regard to case. */
  | 'NAME'
  /** The space that they take. */
  | 'SIZE_GIGABYTES';

/** Where an image is in its life. */
export type ImageStatus =
  /** Ready to be used. */
  | 'AVAILABLE'
  /** Deleted, or its import failed: see `errorMessage`. */
  | 'DELETED'
  /** Its import has been accepted and has not begun. */
  | 'NEW'
  /** Its import is under way. */
  | 'PENDING'
  /** No longer offered; Droplets made of it run on. */
  | 'RETIRED'
  /** A status that this gateway does not know yet, or none. */
  | 'UNKNOWN';

/** What kind of image it is. */
export type ImageType =
  /** Made and used by DigitalOcean for its own products. */
  | 'ADMIN'
  /** Made by the automatic backups of a Droplet. */
  | 'BACKUP'
  /** A distribution as DigitalOcean offers it. */
  | 'BASE'
  /** Imported from a URL. */
  | 'CUSTOM'
  /** Taken of a Droplet, or an application image. */
  | 'SNAPSHOT'
  /** A kind that this gateway does not know yet. */
  | 'UNKNOWN';

/** Which end of an order comes first. */
export type OrderDirection =
  /** The smallest, earliest or first in the alphabet first. */
  | 'ASC'
  /** The largest, latest or last in the alphabet first. */
  | 'DESC';

/** What to change; what is null or left out stays as it is. */
export type UpdateImageInput = {
  /** Another free text, up to 1,000 characters; custom images only. */
  description?: string | null | undefined;
  /** Another operating system; custom images only. */
  distribution?: Distribution | null | undefined;
  /** The global id of one of your own images. */
  id: string | number;
  /** Another display name, 1 to 255 characters. */
  name?: string | null | undefined;
};

/** What is wrong with an input. */
export type UserErrorCode =
  /** The API failed at a part of what was asked, after other parts were done. */
  | 'FAILED'
  /** A value outside its accepted form. Nothing was sent to the API. */
  | 'INVALID'
  /** The API refused the input; the message is its own. */
  | 'REFUSED';

export type FirstPageQueryVariables = Exact<{ [key: string]: never; }>;


export type FirstPageQuery = { images: { totalCount: number, edges: Array<{ cursor: string, node: { id: string, name: string, distribution: Distribution, status: ImageStatus, minDiskSize: number | null, createdAt: unknown, regions: Array<{ slug: string }> } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } | null };

export type NextPageQueryVariables = Exact<{
  after?: string | null | undefined;
}>;


export type NextPageQuery = { images: { nodes: Array<{ id: string, name: string, distribution: Distribution }>, pageInfo: { hasPreviousPage: boolean, hasNextPage: boolean, endCursor: string | null } } | null };

export type MyImagesQueryVariables = Exact<{ [key: string]: never; }>;


export type MyImagesQuery = { images: { totalCount: number, nodes: Array<{ name: string, type: ImageType, status: ImageStatus, sizeGigabytes: number | null, tags: Array<string>, errorMessage: string | null }>, pageInfo: { hasPreviousPage: boolean, startCursor: string | null } } | null };

export type BySlugQueryVariables = Exact<{ [key: string]: never; }>;


export type BySlugQuery = { image: { id: string, imageId: string, name: string, description: string | null, distributionName: string | null, regions: Array<{ slug: string }> } | null };

export type ByIdQueryVariables = Exact<{ [key: string]: never; }>;


export type ByIdQuery = { node: { name: string, slug: string | null, type: ImageType, public: boolean, id: string } | null };

export type ImagePickerQueryVariables = Exact<{ [key: string]: never; }>;


export type ImagePickerQuery = { images: { totalCount: number, nodes: Array<{ name: string, slug: string | null, createdAt: unknown, category: ImageCategory | null }>, facets: { regions: Array<{ value: string, count: number }>, types: Array<{ value: ImageType, count: number }> } } | null, rateLimit: { limit: number, remaining: number, resetAt: unknown } | null };

export type ImportMutationVariables = Exact<{ [key: string]: never; }>;


export type ImportMutation = { createImage: { image: { id: string, name: string, status: ImageStatus } | null, userErrors: Array<{ message: string, field: Array<string> | null }> } | null };

export type WatchSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type WatchSubscription = { imageStatus: { id: string, name: string, status: ImageStatus, errorMessage: string | null } };

export type ImageByNameQueryVariables = Exact<{
  id?: string | number | null | undefined;
  imageId?: string | number | null | undefined;
  slug?: string | null | undefined;
}>;


export type ImageByNameQuery = { image: { slug: string | null, description: string | null, distribution: Distribution, distributionName: string | null, type: ImageType, status: ImageStatus, public: boolean, tags: Array<string>, minDiskSize: number | null, sizeGigabytes: number | null, createdAt: unknown, errorMessage: string | null, id: string, imageId: string, name: string, regions: Array<{ slug: string }> } | null };

export type NodesQueryVariables = Exact<{
  ids: Array<string | number> | string | number;
}>;


export type NodesQuery = { nodes: Array<{ name: string, id: string } | null> };

export type RowFragment = { id: string, imageId: string, name: string };

export type ImagesQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  filter?: ImageFilter | null | undefined;
}>;


export type ImagesQuery = { images: { totalCount: number, edges: Array<{ cursor: string, node: { id: string, imageId: string, name: string } }>, pageInfo: { hasNextPage: boolean, hasPreviousPage: boolean, startCursor: string | null, endCursor: string | null } } | null };

export type CreateImageMutationVariables = Exact<{
  input: CreateImageInput;
}>;


export type CreateImageMutation = { createImage: { image: { status: ImageStatus, distribution: Distribution, description: string | null, tags: Array<string>, id: string, imageId: string, name: string, regions: Array<{ slug: string }> } | null, userErrors: Array<{ message: string, code: UserErrorCode, field: Array<string> | null }> } | null };

export type UpdateImageMutationVariables = Exact<{
  input: UpdateImageInput;
}>;


export type UpdateImageMutation = { updateImage: { image: { distribution: Distribution, description: string | null, id: string, imageId: string, name: string } | null, userErrors: Array<{ message: string, code: UserErrorCode, field: Array<string> | null }> } | null };

export type DeleteImageMutationVariables = Exact<{
  input: DeleteImageInput;
}>;


export type DeleteImageMutation = { deleteImage: { deletedImageId: string | null, userErrors: Array<{ message: string, code: UserErrorCode, field: Array<string> | null }> } | null };

export type PickerQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
  filter?: ImageFilter | null | undefined;
  orderBy?: ImageOrder | null | undefined;
}>;


export type PickerQuery = { images: { totalCount: number, nodes: Array<{ imageId: string, name: string, createdAt: unknown, category: ImageCategory | null }>, pageInfo: { hasNextPage: boolean, endCursor: string | null }, facets: { distributions: Array<{ value: Distribution, count: number }>, regions: Array<{ value: string, count: number }>, types: Array<{ value: ImageType, count: number }>, statuses: Array<{ value: ImageStatus, count: number }> } } | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const RowFragmentDoc = new TypedDocumentString(`
    fragment Row on Image {
  id
  imageId
  name
}
    `, {"fragmentName":"Row"}) as unknown as TypedDocumentString<RowFragment, unknown>;
export const FirstPageDocument = new TypedDocumentString(`
    query FirstPage {
  images(first: 20) {
    totalCount
    edges {
      cursor
      node {
        id
        name
        distribution
        status
        minDiskSize
        createdAt
        regions {
          slug
        }
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `, {"hash":"sha256:33c712e46d2cff72f0d9b7f0a8a3ed0dcd34b7b396dc9eb86b9a0fa1b4dbaab9"}) as unknown as TypedDocumentString<FirstPageQuery, FirstPageQueryVariables>;
export const NextPageDocument = new TypedDocumentString(`
    query NextPage($after: String) {
  images(first: 20, after: $after) {
    nodes {
      id
      name
      distribution
    }
    pageInfo {
      hasPreviousPage
      hasNextPage
      endCursor
    }
  }
}
    `, {"hash":"sha256:eb82e0fec1342d89c9d3368d9416b0d174da98c116f50aeac5cba369cfecf004"}) as unknown as TypedDocumentString<NextPageQuery, NextPageQueryVariables>;
export const MyImagesDocument = new TypedDocumentString(`
    query MyImages {
  images(last: 5, filter: {private: true}) {
    totalCount
    nodes {
      name
      type
      status
      sizeGigabytes
      tags
      errorMessage
    }
    pageInfo {
      hasPreviousPage
      startCursor
    }
  }
}
    `, {"hash":"sha256:b10eca4e24fb973415a77844b6979b422f03babafc5ee6199196e96e1a9b2ee5"}) as unknown as TypedDocumentString<MyImagesQuery, MyImagesQueryVariables>;
export const BySlugDocument = new TypedDocumentString(`
    query BySlug {
  image(slug: "ubuntu-24-04-x64") {
    id
    imageId
    name
    description
    distributionName
    regions {
      slug
    }
  }
}
    `, {"hash":"sha256:a023513c5b0727f3d1a027fc122ddc0ea729f773de699a4857b357199297524b"}) as unknown as TypedDocumentString<BySlugQuery, BySlugQueryVariables>;
export const ByIdDocument = new TypedDocumentString(`
    query ById {
  node(id: "do:image:195932981") {
    id
    ... on Image {
      name
      slug
      type
      public
    }
  }
}
    `, {"hash":"sha256:aa735daa623e86ddcaa5fcd6c74aece345929d794652c4cbf636fdb0f934bdda"}) as unknown as TypedDocumentString<ByIdQuery, ByIdQueryVariables>;
export const ImagePickerDocument = new TypedDocumentString(`
    query ImagePicker {
  images(
    first: 20
    filter: {distributions: [UBUNTU], regions: ["nyc3", "fra1"], nameContains: "LTS", fitsDiskSize: 25}
    orderBy: {field: CREATED_AT, direction: DESC}
  ) {
    totalCount
    nodes {
      name
      slug
      createdAt
      category
    }
    facets {
      regions {
        value
        count
      }
      types {
        value
        count
      }
    }
  }
  rateLimit {
    limit
    remaining
    resetAt
  }
}
    `, {"hash":"sha256:b684c245ff8e45aaaa0db50b4f92d9281e1ee222a233aaef78ed675c7e0b83fc"}) as unknown as TypedDocumentString<ImagePickerQuery, ImagePickerQueryVariables>;
export const ImportDocument = new TypedDocumentString(`
    mutation Import {
  createImage(
    input: {name: "my image", url: "https://example.com/image.qcow2", region: "nyc3"}
  ) {
    image {
      id
      name
      status
    }
    userErrors {
      message
      field
    }
  }
}
    `, {"hash":"sha256:012d80601c2f6a1412f8575cbf759c163e4160c0bbbc8ac273d97ad14d0f4526"}) as unknown as TypedDocumentString<ImportMutation, ImportMutationVariables>;
export const WatchDocument = new TypedDocumentString(`
    subscription Watch {
  imageStatus(id: "do:image:195932981") {
    id
    name
    status
    errorMessage
  }
}
    `, {"hash":"sha256:bf7e6dd97793193b2afdec0d1f0f4351ab6778e6e3b4fa838e26c118653a6c08"}) as unknown as TypedDocumentString<WatchSubscription, WatchSubscriptionVariables>;
export const ImageByNameDocument = new TypedDocumentString(`
    query ImageByName($id: ID, $imageId: ID, $slug: String) {
  image(id: $id, imageId: $imageId, slug: $slug) {
    ...Row
    slug
    description
    distribution
    distributionName
    type
    status
    public
    regions {
      slug
    }
    tags
    minDiskSize
    sizeGigabytes
    createdAt
    errorMessage
  }
}
    fragment Row on Image {
  id
  imageId
  name
}`, {"hash":"sha256:cc132a6ab8214271e0379b1990a49d09b39cab6bc8ae2f378b0fbf3661d86212"}) as unknown as TypedDocumentString<ImageByNameQuery, ImageByNameQueryVariables>;
export const NodesDocument = new TypedDocumentString(`
    query Nodes($ids: [ID!]!) {
  nodes(ids: $ids) {
    id
    ... on Image {
      name
    }
  }
}
    `, {"hash":"sha256:d66572cd882b2cbf6d8136e0cbd3a4e53e184fe4da124e87d5978a20393bcf68"}) as unknown as TypedDocumentString<NodesQuery, NodesQueryVariables>;
export const ImagesDocument = new TypedDocumentString(`
    query Images($first: Int, $after: String, $last: Int, $before: String, $filter: ImageFilter) {
  images(
    first: $first
    after: $after
    last: $last
    before: $before
    filter: $filter
  ) {
    totalCount
    edges {
      cursor
      node {
        ...Row
      }
    }
    pageInfo {
      hasNextPage
      hasPreviousPage
      startCursor
      endCursor
    }
  }
}
    fragment Row on Image {
  id
  imageId
  name
}`, {"hash":"sha256:a3bbaa45ca905a4ee5565637e935e61d9a4e7da45ac18610d23508a8ba8642ef"}) as unknown as TypedDocumentString<ImagesQuery, ImagesQueryVariables>;
export const CreateImageDocument = new TypedDocumentString(`
    mutation CreateImage($input: CreateImageInput!) {
  createImage(input: $input) {
    image {
      ...Row
      status
      distribution
      description
      tags
      regions {
        slug
      }
    }
    userErrors {
      message
      code
      field
    }
  }
}
    fragment Row on Image {
  id
  imageId
  name
}`, {"hash":"sha256:7f34bc1d60ebba68e564897541402438c2512b9579a269c4a14df5dc05fbbdb8"}) as unknown as TypedDocumentString<CreateImageMutation, CreateImageMutationVariables>;
export const UpdateImageDocument = new TypedDocumentString(`
    mutation UpdateImage($input: UpdateImageInput!) {
  updateImage(input: $input) {
    image {
      ...Row
      distribution
      description
    }
    userErrors {
      message
      code
      field
    }
  }
}
    fragment Row on Image {
  id
  imageId
  name
}`, {"hash":"sha256:280dda19fb755070253e7c4729b35d3c2b09198cd561e6b4f8a2402787a0e604"}) as unknown as TypedDocumentString<UpdateImageMutation, UpdateImageMutationVariables>;
export const DeleteImageDocument = new TypedDocumentString(`
    mutation DeleteImage($input: DeleteImageInput!) {
  deleteImage(input: $input) {
    deletedImageId
    userErrors {
      message
      code
      field
    }
  }
}
    `, {"hash":"sha256:51fba324f5a2699bc0a63ef1dce92d6e965c168d07d4a8f134011049d7e5579e"}) as unknown as TypedDocumentString<DeleteImageMutation, DeleteImageMutationVariables>;
export const PickerDocument = new TypedDocumentString(`
    query Picker($first: Int, $after: String, $filter: ImageFilter, $orderBy: ImageOrder) {
  images(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
    totalCount
    nodes {
      imageId
      name
      createdAt
      category
    }
    pageInfo {
      hasNextPage
      endCursor
    }
    facets {
      distributions {
        value
        count
      }
      regions {
        value
        count
      }
      types {
        value
        count
      }
      statuses {
        value
        count
      }
    }
  }
}
    `, {"hash":"sha256:f6aed038c9e461234b1145a82282774259b2919708a450744a79fab7f097d383"}) as unknown as TypedDocumentString<PickerQuery, PickerQueryVariables>;