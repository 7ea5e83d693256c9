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

/** What an operation selects of a connection. */
export interface ConnectionSelection {
  readonly part: ConnectionPart;
  readonly hasFacets: boolean;
}

/** By the nodes of a field: a plan has the same ones each time, and what it has under a condition is the same too. */
const known = new WeakMap<readonly FieldNode[], ConnectionSelection>();

/** What is selected of the connection field that is being resolved; fragments and directives count. */
export function selectionOf(info: GraphQLResolveInfo): ConnectionSelection {
  const found = known.get(info.fieldNodes);
  if (found !== undefined) return found;
  const names = selectedNames(info);
  const selection = { part: partOf(names), hasFacets: names.has('facets') };
  known.set(info.fieldNodes, selection);
  return selection;
}

/** The names of the fields of the connection and of its page info. */
function selectedNames(info: GraphQLResolveInfo): ReadonlySet<string> {
  const fields = subfields(info, info.returnType, info.fieldNodes);
  const ofPageInfo = fields
    .filter(({ name }) => name === 'pageInfo')
    .flatMap(({ type, nodes }) => subfields(info, type, nodes));
  return new Set([...fields, ...ofPageInfo].map(({ name }) => name));
}

function partOf(names: ReadonlySet<string>): ConnectionPart {
  const prices = Array.from(names, (name) => BY_PRICE.indexOf(PRICES[name] ?? 'nothing'));
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
  const variables = { coerced: info.variableValues, sources: {} };
  const { fields } = collectSubFields(info.schema, info.fragments, variables, parent, [...nodes]);
  return [...fields.values()].flatMap((sameName) => {
    const field = sameName[0] && parent.getFields()[sameName[0].name.value];
    return field ? [{ name: field.name, type: field.type, nodes: sameName }] : [];
  });
}
