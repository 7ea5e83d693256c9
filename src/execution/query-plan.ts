import { collectFields, collectSubFields } from '@graphql-tools/utils';
import {
  type ArgumentNode,
  BREAK,
  defaultFieldResolver,
  defaultTypeResolver,
  type FieldNode,
  type FragmentDefinitionNode,
  getArgumentValues,
  type GraphQLAbstractType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  TypeNameMetaFieldDef,
  visit,
} from 'graphql';

export interface PlannedOperation {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
}

/** What one execution works with. */
export interface PlanInput {
  readonly rootValue: unknown;
  readonly contextValue: unknown;
  /** Coerced by the operation's own definitions. */
  readonly variableValues: Readonly<Record<string, unknown>>;
}

class Run implements PlanInput {
  readonly operation: PlannedOperation;
  readonly rootValue: unknown;
  readonly contextValue: unknown;
  readonly variableValues: Readonly<Record<string, unknown>>;
  hasFailed = false;
  /** Ends the run where others are still waited for. Not a closure: it would keep the run from being let go for long. */
  end: ((data: null) => void) | null = null;

  constructor(operation: PlannedOperation, { rootValue, contextValue, variableValues }: PlanInput) {
    this.operation = operation;
    this.rootValue = rootValue;
    this.contextValue = contextValue;
    this.variableValues = variableValues;
  }
}

type Path = NonNullable<GraphQLResolveInfo['path']['prev']>;
type Field = (source: unknown, run: Run, parent: Path | undefined) => unknown;
/** The path is that of an item; null where it is the field's own. */
type Completer = (value: unknown, info: Info, path: Path | null) => unknown;

/** The fields of an object in its answer. */
interface PlannedFields {
  readonly fields: readonly PlannedField[];
  /** All keys, in their order: a copy of it has room for each. */
  readonly template: Readonly<Record<string, null>>;
}

interface PlannedField {
  readonly key: string;
  /** Its part of the answer, or a promise of it; throws and rejects where it has failed. */
  readonly run: Field;
}

/**
 * An operation with all that can be known of it before it runs: which fields there are, who resolves them, with which
 * arguments where no variable has a say, and how each value is completed.
 *
 * It knows what a result without errors looks like, and nothing of errors: a run in which anything fails says so and
 * has no result, and is for an executor to repeat that tells what has failed and where. Whatever else the GraphQL
 * specification has of executing a query (https://spec.graphql.org/October2021/#sec-Execution) holds.
 */
export class QueryPlan {
  readonly #operation: PlannedOperation;
  readonly #fields: PlannedFields;
  /** How many fields are planned, those of each possible type apart. */
  readonly fields: number;

  /**
   * @param conditions The variables that `@skip` and `@include` look at.
   * @throws NotPlannedError where it has what no plan can be made of
   */
  constructor(operation: PlannedOperation, conditions: Readonly<Record<string, unknown>>) {
    const { schema, fragments } = operation;
    const query = schema.getQueryType();
    if (operation.operation.operation !== OperationTypeNode.QUERY || query == null)
      throw new NotPlannedError();
    const { fields } = collectFields(
      schema,
      { ...fragments },
      conditions,
      query,
      operation.operation.selectionSet,
    );
    this.#operation = operation;
    const planner = new Planner(operation, conditions);
    this.#fields = planner.planFields(query, fields);
    this.fields = planner.planned;
  }

  /** The data; null as soon as anything has failed. */
  run(input: PlanInput): Record<string, unknown> | null | Promise<Record<string, unknown> | null> {
    const run = new Run(this.#operation, input);
    const data = runFields(this.#fields, input.rootValue, run, undefined);
    if (run.hasFailed) return null;
    if (!isPromise(data)) return data;
    return new Promise((resolve) => {
      run.end = resolve;
      void data.then(resolve);
    });
  }
}

/** More than any query has that is meant; a field of a plan weighs about a kilobyte. */
const MAX_FIELDS = 2_000;

/** Such an operation is executed without a plan. */
export class NotPlannedError extends Error {}

/** The names of the variables that decide which fields an operation has. */
export function conditionsOf({ operation, fragments }: PlannedOperation): readonly string[] {
  const names = new Set<string>();
  for (const definition of [operation, ...Object.values(fragments)]) {
    visit(definition, {
      Directive(node) {
        if (node.name.value !== 'skip' && node.name.value !== 'include') return;
        const value = node.arguments?.[0]?.value;
        if (value?.kind === Kind.VARIABLE) names.add(value.name.value);
      },
    });
  }
  return [...names];
}

class Planner {
  readonly #operation: PlannedOperation;
  readonly #conditions: Readonly<Record<string, unknown>>;
  planned = 1;

  constructor(operation: PlannedOperation, conditions: Readonly<Record<string, unknown>>) {
    this.#operation = operation;
    this.#conditions = conditions;
  }

  planFields(parent: GraphQLObjectType, fields: ReadonlyMap<string, FieldNode[]>): PlannedFields {
    return {
      fields: Array.from(fields, ([key, nodes]) => ({ key, run: this.#planField(parent, key, nodes) })),
      // From JSON, since objects of the engine's JSON parser have just the room that they need.
      template: JSON.parse(
        JSON.stringify(Object.fromEntries(Array.from(fields.keys(), (key) => [key, null]))),
      ),
    };
  }

  #planField(parent: GraphQLObjectType, key: string, nodes: readonly FieldNode[]): Field {
    this.planned += 1;
    // Fragments that spread one another make many fields of a short text, which costs an executor nothing before it gets there.
    if (this.planned > MAX_FIELDS) throw new NotPlannedError();
    const [node] = nodes;
    // A property of that name would be the prototype of the answer.
    if (node === undefined || key === '__proto__') throw new NotPlannedError();
    if (node.name.value === TypeNameMetaFieldDef.name) return () => parent.name;
    const field = parent.getFields()[node.name.value];
    if (field === undefined) throw new NotPlannedError();
    const resolve = field.resolve ?? defaultFieldResolver;
    const complete = this.#planType(field.type, nodes);
    const argumentsIn = planArguments(field, node);
    const place: Place = { key, parent, field, nodes };
    const runResolver: Field = (source, run, parentPath) => {
      const info = new Info(place, run, parentPath);
      const value: unknown = resolve(source, argumentsIn(run), run.contextValue, info);
      if (isPromise(value)) return value.then((settled) => complete(settled, info, null));
      return complete(value, info, null);
    };
    const completeLeaf = planLeaf(field.type);
    if (completeLeaf === null || resolve !== defaultFieldResolver) return runResolver;
    // Most fields by far: a property, of which nobody needs to be told where it stands.
    return (source, run, parentPath) => {
      const value = propertyOf(source, field.name);
      if (typeof value === 'function' || isPromise(value)) return runResolver(source, run, parentPath);
      return completeLeaf(value);
    };
  }

  #planType(type: GraphQLOutputType, nodes: readonly FieldNode[]): Completer {
    const completeLeaf = planLeaf(type);
    if (completeLeaf !== null) return completeLeaf;
    if (isNonNullType(type)) {
      const complete = this.#planNullable(type.ofType, nodes);
      return (value, info, path) => complete(present(value), info, path);
    }
    const complete = this.#planNullable(type, nodes);
    return (value, info, path) => (value == null ? null : complete(value, info, path));
  }

  #planNullable(type: GraphQLOutputType, nodes: readonly FieldNode[]): Completer {
    if (isListType(type)) {
      const completeLeaf = planLeaf(type.ofType);
      const complete = completeList(completeLeaf ?? this.#planType(type.ofType, nodes));
      return completeLeaf === null ? complete : completeLeaves(completeLeaf, complete);
    }
    if (isObjectType(type)) return this.#planObject(type, nodes);
    if (isAbstractType(type)) return this.#planAbstract(type, nodes);
    throw new NotPlannedError();
  }

  #planObject(type: GraphQLObjectType, nodes: readonly FieldNode[]): Completer {
    const { schema, fragments } = this.#operation;
    const { fields } = collectSubFields(schema, { ...fragments }, this.#conditions, type, [...nodes]);
    const planned = this.planFields(type, fields);
    return (value, info, path) => {
      const source = unfailed(value);
      if (type.isTypeOf != null && type.isTypeOf(source, info.run.contextValue, info) !== true)
        throw new Error('not of its type');
      return runFields(planned, source, info.run, path ?? info.path);
    };
  }

  #planAbstract(type: GraphQLAbstractType, nodes: readonly FieldNode[]): Completer {
    const byName = new Map(
      this.#operation.schema
        .getPossibleTypes(type)
        .map((possible) => [possible.name, this.#planObject(possible, nodes)]),
    );
    const resolveType = type.resolveType ?? defaultTypeResolver;
    const complete = (name: unknown, value: unknown, info: Info, path: Path | null) => {
      const completeObject = typeof name === 'string' ? byName.get(name) : undefined;
      if (completeObject === undefined) throw new Error('of no possible type');
      return completeObject(value, info, path);
    };
    return (value, info, path) => {
      const name: unknown = resolveType(unfailed(value), info.run.contextValue, info, type);
      if (isPromise(name)) return name.then((settled) => complete(settled, value, info, path));
      return complete(name, value, info, path);
    };
  }
}

/** Null where the type is none of leaves. */
function planLeaf(type: GraphQLOutputType): ((value: unknown) => unknown) | null {
  const leaf = isNonNullType(type) ? type.ofType : type;
  if (!isLeafType(leaf)) return null;
  const serialize = (value: unknown) => present(leaf.serialize(unfailed(value)));
  return isNonNullType(type)
    ? (value) => serialize(present(value))
    : (value) => (value == null ? null : serialize(value));
}

/** As the default resolver reads it. */
function propertyOf(source: unknown, name: string): unknown {
  return hasProperties(source) ? source[name] : undefined;
}

function hasProperties(source: unknown): source is Readonly<Record<string, unknown>> {
  return (typeof source === 'object' && source !== null) || typeof source === 'function';
}

/** A field's arguments: made once where no variable has a say. */
function planArguments(field: GraphQLField<unknown, unknown>, node: FieldNode): (run: Run) => object {
  if (field.args.length === 0) return () => NO_ARGUMENTS;
  if (node.arguments?.some(hasVariable)) return (run) => getArgumentValues(field, node, run.variableValues);
  const values = Object.freeze(getArgumentValues(field, node));
  return () => values;
}

const NO_ARGUMENTS = Object.freeze({});

function hasVariable(argument: ArgumentNode): boolean {
  let isFound = false;
  visit(argument, {
    Variable() {
      isFound = true;
      return BREAK;
    },
  });
  return isFound;
}

function completeList(complete: Completer): Completer {
  return (value, info, path) => {
    if (!Array.isArray(value)) throw new Error('no array');
    const items: unknown[] = [];
    const pending: Promise<void>[] = [];
    const prev = path ?? info.path;
    for (let index = 0; index < value.length; index += 1) {
      const itemPath: Path = { prev, key: index, typename: undefined };
      const completed = completeItem(complete, value[index], info, itemPath);
      items.push(completed);
      if (isPromise(completed)) pending.push(settleInto(items, index, completed, info.run));
    }
    return pending.length === 0 ? items : Promise.all(pending).then(() => items);
  };
}

/** A list of leaves, of which nobody needs to be told where they stand. */
function completeLeaves(completeLeaf: (value: unknown) => unknown, complete: Completer): Completer {
  return (value, info, path) => {
    if (!Array.isArray(value) || value.some(isPromise)) return complete(value, info, path);
    return value.map((item) => completeLeaf(item));
  };
}

/** Of an item that fails the others are still waited for. */
function completeItem(complete: Completer, item: unknown, info: Info, path: Path): unknown {
  if (isPromise(item)) return item.then((settled) => complete(settled, info, path));
  try {
    return complete(item, info, path);
  } catch {
    fail(info.run);
    return null;
  }
}

function runFields(
  { fields, template }: PlannedFields,
  source: unknown,
  run: Run,
  path: Path | undefined,
): Record<string, unknown> | Promise<Record<string, unknown>> {
  const data: Record<string, unknown> = { ...template };
  let pending: Promise<void>[] | undefined;
  try {
    // By its places: an iterator's steps were a third of all that a long answer allocated.
    for (let place = 0; place < fields.length; place += 1) {
      const field = fields[place];
      if (field === undefined) continue;
      const value = field.run(source, run, path);
      data[field.key] = value;
      if (isPromise(value)) (pending ??= []).push(settleInto(data, field.key, value, run));
    }
  } catch {
    fail(run);
  }
  return pending === undefined ? data : Promise.all(pending).then(() => data);
}

/**
 * Puts a part of an answer in its place once it is there. What fails is noted; nobody waits for it then. A function of
 * its own, since a closure in a loop makes each turn allocate what it would see, also the turns without a promise.
 */
function settleInto<K extends number | string>(
  whole: Record<K, unknown>,
  key: K,
  value: Promise<unknown>,
  run: Run,
): Promise<void> {
  return value.then(
    (settled) => void (whole[key] = settled),
    () => fail(run),
  );
}

function fail(run: Run): void {
  run.hasFailed = true;
  run.end?.(null);
}

function isPromise(value: unknown): value is Promise<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}

function present(value: unknown): unknown {
  if (value == null) throw new Error('null');
  return value;
}

function unfailed(value: unknown): unknown {
  if (typeof value === 'object' && value instanceof Error) throw value;
  return value;
}

/** Where a field stands in the plan. */
interface Place {
  readonly key: string;
  readonly parent: GraphQLObjectType;
  readonly field: GraphQLField<unknown, unknown>;
  readonly nodes: readonly FieldNode[];
}

/** What a resolver is told of its field; put together only where it looks, so that a copy of it is empty. */
class Info implements GraphQLResolveInfo {
  readonly run: Run;
  readonly #place: Place;
  readonly #parent: Path | undefined;

  constructor(place: Place, run: Run, parent: Path | undefined) {
    this.#place = place;
    this.run = run;
    this.#parent = parent;
  }

  get path(): Path {
    return { prev: this.#parent, key: this.#place.key, typename: this.#place.parent.name };
  }

  get fieldName(): string {
    return this.#place.field.name;
  }

  get fieldNodes(): readonly FieldNode[] {
    return this.#place.nodes;
  }

  get returnType(): GraphQLOutputType {
    return this.#place.field.type;
  }

  get parentType(): GraphQLObjectType {
    return this.#place.parent;
  }

  get schema(): GraphQLSchema {
    return this.run.operation.schema;
  }

  get fragments(): GraphQLResolveInfo['fragments'] {
    return this.run.operation.fragments;
  }

  get rootValue(): unknown {
    return this.run.rootValue;
  }

  get operation(): OperationDefinitionNode {
    return this.run.operation.operation;
  }

  get variableValues(): GraphQLResolveInfo['variableValues'] {
    return this.run.variableValues;
  }
}
