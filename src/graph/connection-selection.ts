import { collectSubFields } from '@graphql-tools/utils';
import {
  type FieldNode,
  getNamedType,
  type GraphQLResolveInfo,
  type GraphQLType,
  isObjectType,
} from 'graphql';

/**
 * What is selected of a connection, by the part that costs most to answer: its rows, the page flags (which need
 * the places of the cursors), the total, or nothing that depends on the list.
 */
export type ConnectionPart = 'rows' | 'flags' | 'total' | 'nothing';

const BY_PRICE: readonly ConnectionPart[] = ['nothing', 'total', 'flags', 'rows'];

const PRICES: Readonly<Record<string, ConnectionPart>> = {
  edges: 'rows',
  nodes: 'rows',
  startCursor: 'rows',
  endCursor: 'rows',
  hasNextPage: 'flags',
  hasPreviousPage: 'flags',
  totalCount: 'total',
  facets: 'total',
};

/** The names of the fields that an operation selects of a connection and of its page info. */
export type SelectedFields = ReadonlySet<string>;

/** By the nodes of a field: a plan has the same ones each time, and what it has under a condition is the same too. */
const known = new WeakMap<readonly FieldNode[], SelectedFields>();

/** What is selected of the connection field that is being resolved; fragments and directives count. */
export function selectedFields(info: GraphQLResolveInfo): SelectedFields {
  const selected = known.get(info.fieldNodes) ?? lookAt(info);
  known.set(info.fieldNodes, selected);
  return selected;
}

function lookAt(info: GraphQLResolveInfo): SelectedFields {
  const fields = subfields(info, info.returnType, info.fieldNodes);
  const ofPageInfo = fields
    .filter(({ name }) => name === 'pageInfo')
    .flatMap(({ type, nodes }) => subfields(info, type, nodes));
  return new Set([...fields, ...ofPageInfo].map(({ name }) => name));
}

export function partOf(fields: SelectedFields): ConnectionPart {
  const prices = Array.from(fields, (name) => BY_PRICE.indexOf(PRICES[name] ?? 'nothing'));
  return BY_PRICE[Math.max(0, ...prices)] ?? 'nothing';
}

interface SelectedField {
  readonly name: string;
  readonly type: GraphQLType;
  readonly nodes: readonly FieldNode[];
}

function subfields(
  info: GraphQLResolveInfo,
  type: GraphQLType,
  nodes: readonly FieldNode[],
): SelectedField[] {
  const parent = getNamedType(type);
  if (!isObjectType(parent)) return [];
  const { fields } = collectSubFields(info.schema, info.fragments, info.variableValues, parent, [...nodes]);
  return [...fields.values()].flatMap((sameName) => {
    const field = sameName[0] && parent.getFields()[sameName[0].name.value];
    return field ? [{ name: field.name, type: field.type, nodes: sameName }] : [];
  });
}
