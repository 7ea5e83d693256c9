import { collectFields, collectSubFields } from '@graphql-tools/utils';
import {
  type ArgumentNode,
  BREAK,
  defaultFieldResolver,
  defaultTypeResolver,
  type FieldNode,
  getArgumentValues,
  type GraphQLAbstractType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  OperationTypeNode,
  TypeNameMetaFieldDef,
  visit,
} from 'graphql';

import {
  type Completer,
  completeLeaves,
  completeList,
  type Field,
  Info,
  isPromise,
  type Path,
  type Place,
  type PlanInput,
  type PlannedFields,
  type PlannedOperation,
  present,
  Run,
  runFields,
  unfailed,
} from './plan-run.ts';

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
      toVariables(conditions),
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
    const { fields } = collectSubFields(schema, { ...fragments }, toVariables(this.#conditions), type, [
      ...nodes,
    ]);
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

/** As those who collect fields take them. */
function toVariables(coerced: Readonly<Record<string, unknown>>) {
  return { coerced, sources: {} };
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
