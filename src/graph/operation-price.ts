import {
  type DocumentNode,
  type ExecutionArgs,
  type FieldNode,
  type FragmentDefinitionNode,
  getNamedType,
  getNullableType,
  getOperationAST,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  SchemaMetaFieldDef,
  type SelectionNode,
  type SelectionSetNode,
  TypeMetaFieldDef,
  TypeNameMetaFieldDef,
  type ValueNode,
} from 'graphql';
import { LRUCache } from 'lru-cache';

import type { FederationDirectives } from './directives.ts';

/** What an operation costs at the most: computed from the document, its variables and the directives of the schema. */
export interface OperationPrice {
  /** How deep fields lie in one another, those of introspection apart. */
  depth: number;
  introspectionDepth: number;
  /** Scalars of introspection in the answer, roughly. */
  introspectionValues: number;
  /** Root fields that call the images API. */
  rootFields: number;
  /** Aliases of fields that call the images API. */
  aliases: number;
  directives: number;
  /** Calls to the images API, of which `@cost` counts ten for each. */
  calls: number;
  /** Items of connections, and of lists that are asked for by their ids; a router's representations. */
  nodes: number;
  /** Scalars in the answer. */
  values: number;
}

const MAX_PAGE_SIZE = 200;
const LONG_ALIAS = 16;

/** How long the lists of introspection are, for a schema of some fifty types. */
const INTROSPECTION_LENGTHS: Readonly<Record<string, number>> = {
  types: 55,
  fields: 8,
  args: 3,
  inputFields: 4,
  enumValues: 6,
  directives: 6,
};

const FREE: OperationPrice = {
  depth: 0,
  introspectionDepth: 0,
  introspectionValues: 0,
  rootFields: 0,
  aliases: 0,
  directives: 0,
  calls: 0,
  nodes: 0,
  values: 0,
};

/** What adds up over the fields of a selection. */
const ADDED = [
  'introspectionValues',
  'rootFields',
  'aliases',
  'directives',
  'calls',
  'nodes',
  'values',
] as const satisfies readonly (keyof OperationPrice)[];
const UNITS = ['depth', 'introspectionDepth', ...ADDED] as const;

/**
 * The first limit that an operation exceeds; null if there is none. The limits of a router are for operations that ask
 * for entities and nothing else.
 */
export function exceededLimit(
  operation: PricedOperation,
  limits: { readonly [Sender in 'client' | 'router']: Readonly<OperationPrice> },
): { readonly limit: keyof OperationPrice; readonly maximum: number } | null {
  const price = priceOperation(operation);
  const maxima = isForEntities(operation) ? limits.router : limits.client;
  const limit = UNITS.find((unit) => price[unit] > maxima[unit]);
  return limit === undefined ? null : { limit, maximum: maxima[limit] };
}

/** The costs of an operation, by the variables that they depend on. */
interface KnownPrices {
  /** Whether the operation asks for entities and nothing else. */
  readonly isForEntities: boolean;
  readonly variables: readonly string[];
  readonly prices: LRUCache<string, OperationPrice>;
}

const MAX_PRICES = 100;
const knownPrices = new WeakMap<OperationDefinitionNode, KnownPrices>();

export interface PricedOperation extends Pick<ExecutionArgs, 'schema' | 'document' | 'operationName'> {
  /**
   * The variables after coercion by the operation's own definitions, defaults included. Every tenant shares the costs
   * that are cached here, so a value that only coercion would have rejected must never get this far.
   */
  readonly coercedVariables: Variables;
}

type Variables = Readonly<Record<string, unknown>>;

/** The cost of the operation that a request selects; zero if the document has no such operation. */
export function priceOperation({
  schema,
  document,
  operationName,
  coercedVariables: variables,
}: PricedOperation): OperationPrice {
  const operation = getOperationAST(document, operationName);
  if (operation == null) return FREE;
  const known = knownPrices.get(operation);
  const price = known?.prices.get(toPriceKey(known.variables, variables));
  if (price !== undefined) return price;
  const pricing = new Pricing(schema, document, operation, variables);
  const made = known ?? {
    isForEntities: pricing.isForEntities,
    variables: [...pricing.variables],
    prices: new LRUCache({ max: MAX_PRICES }),
  };
  made.prices.set(toPriceKey(made.variables, variables), pricing.price);
  knownPrices.set(operation, made);
  return pricing.price;
}

function isForEntities({ document, operationName }: PricedOperation): boolean {
  const operation = getOperationAST(document, operationName);
  return operation != null && knownPrices.get(operation)?.isForEntities === true;
}

/**
 * The part of the variables that a cost can depend on: numbers and the lengths of lists. The key is injective: two
 * sets of variables share a key only if they have the same cost. Each part names its kind, and numbers are written by
 * `String`, since JSON writes `null` for those that it cannot represent.
 */
function toPriceKey(names: readonly string[], variables: Variables): string {
  return names
    .map((name) => {
      const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
      if (Array.isArray(value)) return `length ${value.length}`;
      return typeof value === 'number' ? `number ${value}` : 'none';
    })
    .join();
}

/** How long the lists named in a connection are. */
interface Sizes {
  readonly fields: readonly string[];
  readonly size: number;
}

/**
 * One walk over an operation. A fragment is priced once for each length of the connection that it stands in,
 * however often it is spread, so that fragments which double one another cost no time.
 */
class Pricing {
  readonly price: OperationPrice;
  /** Names of its root fields. */
  readonly #rootFields = new Set<string>();
  /** Those that have a say in it. */
  readonly variables = new Set<string>();
  readonly #schema: GraphQLSchema;
  readonly #root: GraphQLObjectType | undefined;
  readonly #variables: Readonly<Record<string, unknown>>;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #priced = new Map<string, OperationPrice>();

  constructor(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Readonly<Record<string, unknown>>,
  ) {
    this.#schema = schema;
    this.#variables = variables;
    this.#fragments = new Map(
      document.definitions.flatMap((definition) =>
        definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
      ),
    );
    this.#root = schema.getRootType(operation.operation) ?? undefined;
    this.price = this.#priceSelections(operation.selectionSet, this.#root, null);
    this.price.directives += operation.directives?.length ?? 0;
  }

  get isForEntities(): boolean {
    const names = [...this.#rootFields].filter((name) => name !== TypeNameMetaFieldDef.name);
    return names.length === 1 && names[0] === '_entities';
  }

  #priceSelections(
    selectionSet: SelectionSetNode | undefined,
    type: GraphQLNamedType | undefined,
    sizes: Sizes | null,
  ): OperationPrice {
    const total = { ...FREE };
    for (const selection of selectionSet?.selections ?? []) {
      add(total, this.#priceSelection(selection, type, sizes));
      total.directives += selection.directives?.length ?? 0;
    }
    return total;
  }

  #priceSelection(
    selection: SelectionNode,
    type: GraphQLNamedType | undefined,
    sizes: Sizes | null,
  ): OperationPrice {
    if (selection.kind === Kind.FIELD) return this.#priceField(selection, type, sizes);
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const condition = selection.typeCondition?.name.value;
      const inner = condition === undefined ? type : this.#schema.getType(condition);
      return this.#priceSelections(selection.selectionSet, inner, sizes);
    }
    const name = selection.name.value;
    const key = `${name} ${sizes?.size ?? ''}`;
    const known = this.#priced.get(key);
    if (known !== undefined) return known;
    const fragment = this.#fragments.get(name);
    const condition = fragment && this.#schema.getType(fragment.typeCondition.name.value);
    const price = this.#priceSelections(fragment?.selectionSet, condition, sizes);
    this.#priced.set(key, price);
    return price;
  }

  #priceField(node: FieldNode, parent: GraphQLNamedType | undefined, sizes: Sizes | null): OperationPrice {
    const name = node.name.value;
    if (parent === this.#root) this.#rootFields.add(name);
    const introspection = [SchemaMetaFieldDef, TypeMetaFieldDef].find((field) => field.name === name);
    if (introspection !== undefined) {
      const inner = this.#priceSelections(node.selectionSet, getNamedType(introspection.type), null);
      const { directives, depth, values } = inner;
      return { ...FREE, directives, introspectionDepth: depth + 1, introspectionValues: values };
    }
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
    if (field === undefined) return { ...FREE, depth: 1, values: 1 };

    const { length, items, inside } = this.#lengthOf(node, field, sizes);
    const price = this.#priceSelections(node.selectionSet, getNamedType(field.type), inside);
    for (const unit of ['calls', 'nodes', 'values'] as const) price[unit] *= length;
    price.depth += 1;
    price.nodes += items;
    // A name of the caller's own that is long weighs as much as several values.
    price.values += length * Math.floor((node.alias?.value.length ?? 0) / LONG_ALIAS);
    if (node.selectionSet === undefined) price.values += length;
    const calls = (directive(field, 'cost')?.weight ?? 0) / 10;
    if (calls > 0) {
      price.calls += calls;
      if (node.alias !== undefined && node.alias.value !== name) price.aliases += 1;
      if (parent === this.#root) price.rootFields += 1;
    }
    return price;
  }

  /** How long a field's own list is, how many nodes that makes, and how long the lists are that it has inside. */
  #lengthOf(node: FieldNode, field: GraphQLField<unknown, unknown>, sizes: Sizes | null) {
    if (isIntrospectionType(getNamedType(field.type))) {
      return { length: INTROSPECTION_LENGTHS[field.name] ?? 1, items: 0, inside: null };
    }
    const listSize = directive(field, 'listSize');
    const asked = (listSize?.slicingArguments ?? []).map((name) => this.#numberOf(node, name));
    const size = Math.max(-1, ...asked.filter((one) => one !== undefined));
    const assumed = size === -1 ? (listSize?.assumedSize ?? 1) : Math.min(size, MAX_PAGE_SIZE);
    if (listSize?.sizedFields !== undefined) {
      return { length: 1, items: assumed, inside: { fields: listSize.sizedFields, size: assumed } };
    }
    if (listSize !== undefined) return { length: assumed, items: 0, inside: null };
    if (sizes?.fields.includes(field.name)) return { length: sizes.size, items: 0, inside: null };
    if (!isListType(getNullableType(field.type))) return { length: 1, items: 0, inside: null };
    // What is asked for by ids, or by representations, is as long as they are.
    const list = field.args.find(({ type }) => isListType(getNullableType(type)));
    const length = list === undefined ? 1 : this.#listLengthOf(node, list.name);
    return { length, items: list === undefined ? 0 : length, inside: null };
  }

  #numberOf(node: FieldNode, name: string): number | undefined {
    const value = this.#argument(node, name);
    return typeof value === 'number' && value >= 0 ? value : undefined;
  }

  #listLengthOf(node: FieldNode, name: string): number {
    const value = this.#argument(node, name);
    return Array.isArray(value) ? value.length : 1;
  }

  #argument(node: FieldNode, name: string): unknown {
    const value = node.arguments?.find((argument) => argument.name.value === name)?.value;
    if (value?.kind !== Kind.VARIABLE) return fromLiteral(value);
    const variable = value.name.value;
    this.variables.add(variable);
    return Object.hasOwn(this.#variables, variable) ? this.#variables[variable] : undefined;
  }
}

/** A whole number, or an array of as many things as a list has. */
function fromLiteral(value: ValueNode | undefined): unknown {
  if (value?.kind === Kind.INT) return Number(value.value);
  return value?.kind === Kind.LIST ? value.values : undefined;
}

function add(total: OperationPrice, price: OperationPrice): void {
  total.depth = Math.max(total.depth, price.depth);
  total.introspectionDepth = Math.max(total.introspectionDepth, price.introspectionDepth);
  for (const unit of ADDED) {
    total[unit] += price[unit];
  }
}

/** The arguments of a directive that the schema's builder has put on a field. */
function directive<Name extends 'cost' | 'listSize'>(
  { extensions }: GraphQLField<unknown, unknown>,
  name: Name,
): FederationDirectives[Name]['args'] | undefined {
  // Extensions have no types; this is the form that the builder is told to use.
  const { directives } = extensions as { directives?: { [N in Name]?: FederationDirectives[N]['args'][] } };
  return directives?.[name]?.[0];
}
