import { execute } from '@graphql-tools/executor';
import * as fc from 'fast-check';
import {
  type ExecutionArgs,
  GraphQLBoolean,
  GraphQLEnumType,
  GraphQLFloat,
  GraphQLID,
  GraphQLInt,
  GraphQLInterfaceType,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLScalarType,
  GraphQLSchema,
  GraphQLString,
  GraphQLUnionType,
  isAbstractType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  getNamedType,
  type GraphQLNamedType,
  type GraphQLResolveInfo,
  parse,
  print,
  validate,
} from 'graphql';
import { describe, expect, it } from 'vitest';

import { isAsyncIterable } from '@graphql-tools/utils';

import { runPlan } from '../support/run-plan.ts';

/** What a resolver of the test schema gives, by the name of its field. */
const GIVES: Readonly<Record<string, () => unknown>> = {
  text: () => 'a text',
  number: () => 7,
  nothing: () => null,
  later: async () => 'later',
  rejected: async () => {
    throw new Error('rejected');
  },
  thrown: () => {
    throw new Error('thrown');
  },
  error: () => new Error('as a value'),
  wrongKind: () => ({}),
  color: () => 'red',
  badColor: () => 'none of the enum',
  doubled: () => 21,
  missing: () => undefined,
  self: () => ({ kind: 'Dog' }),
  soon: async () => ({ kind: 'Cat' }),
  pet: () => ({ kind: 'Cat' }),
  petLater: async () => ({ kind: 'Dog' }),
  noPet: () => ({ kind: 'Fish' }),
  named: () => ({ kind: 'Dog' }),
  many: () => [{ kind: 'Dog' }, { kind: 'Cat' }],
  manyLater: () => [{ kind: 'Dog' }, Promise.resolve({ kind: 'Cat' }), null],
  manyFailing: () => [{ kind: 'Dog' }, Promise.reject(new Error('one of them'))],
  manyErrors: () => [new Error('as an item')],
  errorAsObject: () => new Error('secret'),
  errorsAsObjects: () => [{ kind: 'Cat' }, new Error('secret')],
  ofNoKind: () => ({ kind: undefined }),
  manyFailingTwice: () => [new Error('at once'), Promise.reject(new Error('later'))],
  texts: () => ['a', Promise.resolve('b'), null],
  nested: async () => [['a'], [Promise.resolve('b')], []],
  noList: () => 'a',
};

const Color = new GraphQLEnumType({
  name: 'Color',
  values: { RED: { value: 'red' }, BLUE: { value: 'blue' } },
});
const Doubled = new GraphQLScalarType({
  name: 'Doubled',
  serialize: (value) => (typeof value === 'number' ? 2 * value : undefined),
});
const argument = {
  times: { type: GraphQLInt, defaultValue: 1 },
  words: { type: new GraphQLList(GraphQLString) },
};

const Named: GraphQLInterfaceType = new GraphQLInterfaceType({
  name: 'Named',
  fields: () => ({ name: { type: new GraphQLNonNull(GraphQLString) } }),
  resolveType: async ({ kind }: { kind: string }) => kind,
});
const common = () => {
  const nonNull = (type: GraphQLObjectType) => new GraphQLNonNull(type);
  const types = {
    text: new GraphQLNonNull(GraphQLString),
    number: GraphQLFloat,
    nothing: GraphQLString,
    later: new GraphQLNonNull(GraphQLID),
    rejected: GraphQLString,
    thrown: GraphQLString,
    error: GraphQLString,
    wrongKind: GraphQLBoolean,
    color: Color,
    badColor: Color,
    doubled: Doubled,
    missing: new GraphQLNonNull(GraphQLString),
    self: Dog,
    soon: nonNull(Cat),
    pet: Pet,
    petLater: new GraphQLNonNull(Pet),
    noPet: Pet,
    named: Named,
    many: new GraphQLList(Pet),
    manyLater: new GraphQLNonNull(new GraphQLList(Named)),
    manyFailing: new GraphQLList(Pet),
    manyErrors: new GraphQLList(Dog),
    errorAsObject: Cat,
    errorsAsObjects: new GraphQLList(Cat),
    ofNoKind: Unsure,
    manyFailingTwice: new GraphQLList(Pet),
    texts: new GraphQLList(GraphQLString),
    nested: new GraphQLList(new GraphQLList(new GraphQLNonNull(GraphQLString))),
    noList: new GraphQLList(GraphQLString),
  };
  const fields = Object.entries(types).map(([name, type]) => [name, { type, resolve: GIVES[name] }] as const);
  return {
    ...Object.fromEntries(fields),
    name: { type: new GraphQLNonNull(GraphQLString), resolve: ({ kind }: { kind: string }) => kind },
    // Resolved by the source, by default.
    kind: { type: GraphQLString },
    echo: {
      type: GraphQLString,
      args: argument,
      resolve: (_: unknown, { times, words }: { times: number; words?: string[] }) =>
        JSON.stringify([times, words]),
    },
    place: {
      type: GraphQLString,
      resolve: (_: unknown, _args: object, context: { at: string }, info: GraphQLResolveInfo) => {
        const keys: (string | number)[] = [];
        for (let path: typeof info.path | undefined = info.path; path; path = path.prev)
          keys.unshift(path.key);
        const { fieldName, parentType, returnType, variableValues, operation, schema } = info;
        const nodes = info.fieldNodes.map((node) => print(node));
        return JSON.stringify([
          context.at,
          keys,
          fieldName,
          String(parentType),
          String(returnType),
          variableValues,
          operation.name?.value,
          Object.keys(info.fragments),
          schema.getQueryType()?.name,
          nodes,
        ]);
      },
    },
  };
};
const Dog: GraphQLObjectType = new GraphQLObjectType({
  name: 'Dog',
  interfaces: [Named],
  fields: common,
  isTypeOf: ({ kind }: { kind: string }) => kind === 'Dog',
});
const Cat: GraphQLObjectType = new GraphQLObjectType({ name: 'Cat', interfaces: [Named], fields: common });
const Unsure: GraphQLObjectType = new GraphQLObjectType({
  name: 'Unsure',
  fields: { kind: { type: GraphQLString } },
  // Says neither yes nor no.
  isTypeOf: ({ kind }) => kind,
});
const Pet: GraphQLUnionType = new GraphQLUnionType({
  name: 'Pet',
  types: [Dog, Cat],
  resolveType: ({ kind }: { kind: string }) => kind,
});
const schema = new GraphQLSchema({
  query: new GraphQLObjectType({
    name: 'Query',
    fields: () => ({ ...common(), never: { type: GraphQLString, resolve: () => new Promise(() => {}) } }),
  }),
  mutation: new GraphQLObjectType({ name: 'Mutation', fields: { text: { type: GraphQLString } } }),
  types: [Dog, Cat],
});

/**
 * Compares a plan with the reference executor, which is the one that production falls back to: the same data, or
 * nothing where the reference has errors.
 */
async function compare(args: ExecutionArgs): Promise<'equal' | 'failed' | 'unplanned'> {
  const result = await execute(args);
  if (isAsyncIterable(result) || 'initialResult' in result) throw new Error('a query has one result');
  const { data, errors } = result;
  const planned = await runPlan(args);
  if (planned === undefined) return 'unplanned';
  expect(JSON.stringify(planned)).toBe(JSON.stringify(errors === undefined ? data : null));
  return errors === undefined ? 'equal' : 'failed';
}

const run = (query: string, variableValues: Record<string, unknown> = {}, operationName?: string) =>
  compare({
    schema,
    document: parse(query),
    variableValues,
    operationName,
    rootValue: { kind: 'Query' },
    contextValue: { at: 'here' },
  });

/** Random selections on a type: fields, aliases, repeated keys, fragments of each kind, conditions by variables. */
function selections(type: GraphQLNamedType, depth: number): fc.Arbitrary<string> {
  const fields =
    isObjectType(type) || isInterfaceType(type)
      ? Object.values(type.getFields()).filter(({ name }) => name !== 'never')
      : [];
  const leaves = fields.filter((field) => isLeafType(getNamedType(field.type)));
  const inner = fields.filter((field) => !isLeafType(getNamedType(field.type)));
  const condition = fc.constantFrom('', '', '', ' @skip(if: $a)', ' @include(if: $b)', ' @include(if: true)');
  const leaf = fc
    .tuple(fc.constantFrom('__typename', ...leaves.map(({ name }) => name)), condition)
    .map(([name, directive]) => {
      const args = name === 'echo' ? '(times: $n, words: ["x", $w])' : '';
      return `${name}${args}${directive}`;
    });
  const choices: fc.Arbitrary<string>[] = [leaf, leaf, leaf];
  if (depth > 0) {
    if (inner.length > 0) {
      const field = fc
        .constantFrom(...inner)
        .chain(({ name, type: of }) =>
          fc
            .tuple(
              fc.constantFrom('', '', 'one: ', 'two: '),
              condition,
              selections(getNamedType(of), depth - 1),
            )
            .map(([alias, directive, set]) => `${alias}${name}${directive} ${set}`),
        );
      choices.push(field, field);
    }
    const conditions = isAbstractType(type) ? ['Dog', 'Cat', 'Named'] : [type.name];
    choices.push(
      fc
        .constantFrom(...conditions)
        .chain((name) =>
          fc
            .tuple(condition, selections(schema.getType(name) ?? type, depth - 1))
            .map(([directive, set]) => `... on ${name}${directive} ${set}`),
        ),
    );
  }
  return fc.array(fc.oneof(...choices), { minLength: 1, maxLength: 5 }).map((set) => `{ ${set.join(' ')} }`);
}

describe('a query by its plan', () => {
  it('gives what the reference executor gives, or nothing where that has errors, whatever is selected', async () => {
    const seen = { equal: 0, failed: 0, unplanned: 0 };
    const arbitrary = fc.record({
      query: selections(schema.getType('Query') ?? Dog, 3),
      variables: fc.record({
        a: fc.boolean(),
        b: fc.boolean(),
        n: fc.integer({ min: 0, max: 9 }),
        w: fc.string(),
      }),
    });
    await fc.assert(
      fc.asyncProperty(arbitrary, async ({ query, variables }) => {
        const text = `query Q($a: Boolean!, $b: Boolean!, $n: Int, $w: String) ${query}`;
        const document = parse(text);
        // Aliases may stand for different fields: such a document is never executed.
        if (validate(schema, document).some(({ message }) => !/never used/.test(message))) return;
        for (const flipped of [variables, { ...variables, a: !variables.a }]) {
          const args = { schema, document, variableValues: flipped, contextValue: { at: 'here' } };
          seen[await compare({ ...args, rootValue: { kind: 'Query' } })] += 1;
        }
      }),
      { numRuns: 1_500, seed: 11 },
    );
    expect(seen.equal).toBeGreaterThan(200);
    expect(seen.failed).toBeGreaterThan(200);
    expect(seen.unplanned).toBe(0);
  });

  it.each([
    '{ text number nothing later color doubled kind __typename }',
    '{ self { name self { soon { name many { __typename ... on Dog { name } ... on Cat { text } } } } } }',
    '{ manyLater { name __typename } texts nested petLater { ... on Named { name } } }',
    '{ named { ...F } } fragment F on Named { name ... on Dog { place } }',
    'query Q { a: self { place } b: many { ... on Dog { place } } manyLater { ... on Cat { place } } }',
    '{ self { text } self { number } ... { self { kind } } }',
    '{ constructor: text toString: number hasOwnProperty: kind }',
  ])('gives %s', async (query) => {
    expect(await run(query)).toBe('equal');
  });

  it.each(
    Object.keys(GIVES).filter((name) =>
      /^(?:rejected|thrown|error|wrongKind|badColor|missing|noList)$/.test(name),
    ),
  )('has no result where %s fails', async (name) => {
    expect(await run(`{ text ${name} later }`)).toBe('failed');
    expect(await run(`{ self { ${name} } }`)).toBe('failed');
    expect(await run(`{ manyLater { ... on Cat { ${name} } } }`)).toBe('failed');
  });

  it.each([
    '{ errorAsObject { __typename } }',
    '{ errorsAsObjects { __typename } }',
    '{ ofNoKind { kind } }',
    '{ manyFailingTwice { __typename } }',
    '{ noPet { __typename } }',
    '{ manyFailing { __typename } }',
    '{ manyErrors { __typename } }',
  ])('has no result for %s', async (query) => {
    expect(await run(query)).toBe('failed');
  });

  it('reads arguments from variables, their defaults and literals', async () => {
    const query =
      'query ($n: Int = 4, $w: String) { a: echo b: echo(times: 2) c: echo(times: $n, words: [$w]) d: echo(times: null) }';
    expect(await run(query)).toBe('equal');
    expect(await run(query, { n: 5, w: 'word' })).toBe('equal');
    expect(await run(query, { n: null })).toBe('equal');
  });

  it('has a plan for each combination of conditions, as many as there are', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const query = `query (${names.map((name) => `$${name}: Boolean!`).join(' ')}) {
      ${names.map((name) => `${name}: text @include(if: $${name})`).join(' ')} number }`;
    const document = parse(query);
    for (let bits = 0; bits < 64; bits += 1) {
      const variableValues = Object.fromEntries(names.map((name, bit) => [name, (bits & (1 << bit)) !== 0]));
      expect(await compare({ schema, document, variableValues })).toBe('equal');
    }
  });

  it('reads a variable wherever in an argument it stands', async () => {
    const document = parse('query ($w: String) { echo(words: ["x", $w]) }');
    for (const w of ['one', 'two']) {
      expect(await compare({ schema, document, variableValues: { w } })).toBe('equal');
    }
  });

  it('has no plan for a condition that is null, and one for others', async () => {
    const document = parse('query ($a: Boolean = true) { text @include(if: $a) number }');
    const args = { schema, document, contextValue: { at: 'here' } };
    expect(await compare({ ...args, variableValues: { a: null } })).toBe('unplanned');
    expect(await compare({ ...args, variableValues: { a: true } })).toBe('equal');
  });

  it('looks at the conditions of fragments as well', async () => {
    const document = parse('query ($a: Boolean!) { ...F } fragment F on Query { text @skip(if: $a) number }');
    for (const a of [true, false, true]) {
      expect(await compare({ schema, document, variableValues: { a } })).toBe('equal');
    }
  });

  it('is not that of no name for an empty one', async () => {
    const document = parse('{ text }');
    expect(await compare({ schema, document })).toBe('equal');
    expect(await compare({ schema, document, operationName: '' })).toBe('unplanned');
  });

  it('has no result as soon as anything fails, whatever else is waited for', async () => {
    const document = parse('{ never later rejected }');
    const rootValue = { kind: 'Query' };
    expect(await runPlan({ schema, document, rootValue, contextValue: {} })).toBeNull();
    expect(runPlan({ schema, document: parse('{ never thrown }'), rootValue, contextValue: {} })).toBeNull();
  });

  it('is none for fragments that spread one another without end', async () => {
    const spread = (name: string, fields: string, count: number) =>
      Array.from({ length: count }, (_, index) => `${name}${index}: ${fields}`).join(' ');
    const query = `{ ${spread('a', 'self { ...A }', 40)} }
      fragment A on Dog { ${spread('b', 'self { ...B }', 40)} }
      fragment B on Dog { ${spread('c', 'self { ...C }', 40)} }
      fragment C on Dog { ${spread('d', 'text', 40)} }`;
    expect(runPlan({ schema, document: parse(query) })).toBeUndefined();
  });

  it('is of the operation that is named', async () => {
    const query = 'query A { text } query B { number }';
    expect(await run(query, {}, 'A')).toBe('equal');
    expect(await run(query, {}, 'B')).toBe('equal');
  });

  it.each([
    ['a mutation', 'mutation { text }', undefined],
    ['introspection', '{ __schema { queryType { name } } }', undefined],
    ['a key that is no property', '{ __proto__: text }', undefined],
    ['an operation that is not there', 'query A { text }', 'B'],
  ])('is none for %s', async (_, query, operationName) => {
    expect(await run(query, {}, operationName)).toBe('unplanned');
  });
});
