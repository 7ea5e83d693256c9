import {
  type ASTVisitor,
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  Kind,
  NoSchemaIntrospectionCustomRule,
  OperationTypeNode,
  type SelectionSetNode,
  specifiedRules,
  validate,
  type ValidationContext,
} from 'graphql';

/** The most validation errors that a response lists. */
const MAX_ERRORS = 10;

const RULES = [...specifiedRules, knownOperationTypes, subscriptionsAlwaysBegin];

/** Validates a document beyond what the GraphQL specification asks of every server; empty where it is valid. */
export function validateDocument(
  schema: GraphQLSchema,
  document: DocumentNode,
  { introspection }: { readonly introspection: boolean },
): readonly GraphQLError[] {
  const rules = introspection ? RULES : [...RULES, NoSchemaIntrospectionCustomRule];
  return validate(schema, document, rules)
    .slice(0, MAX_ERRORS)
    .map((error) => toCoded(introspection ? error.message : withoutSuggestion(error.message), error));
}

function toCoded(message: string, { nodes, extensions }: GraphQLError): GraphQLError {
  const coded = { code: 'GRAPHQL_VALIDATION_FAILED', ...extensions };
  return new GraphQLError(message, { nodes: nodes ?? null, extensions: coded });
}

/** Suggestions reveal the schema to those who may not see it. */
function withoutSuggestion(message: string): string {
  return message.replace(/ Did you mean [^]*\?$/, '');
}

/** A subscription is one event stream: its root field is neither skipped nor left out. */
function subscriptionsAlwaysBegin(context: ValidationContext): ASTVisitor {
  const refuse = ({ selections }: SelectionSetNode, visited: Set<string>): void => {
    for (const selection of selections) {
      const condition = selection.directives?.find(({ name }) => /^(?:skip|include)$/.test(name.value));
      if (condition) {
        context.reportError(
          new GraphQLError('The root field of a subscription takes neither @skip nor @include.', {
            nodes: condition,
          }),
        );
      }
      if (selection.kind === Kind.INLINE_FRAGMENT) refuse(selection.selectionSet, visited);
      if (selection.kind !== Kind.FRAGMENT_SPREAD || visited.has(selection.name.value)) continue;
      const fragment = context.getFragment(selection.name.value);
      if (fragment) refuse(fragment.selectionSet, visited.add(selection.name.value));
    }
  };
  return {
    OperationDefinition({ operation, selectionSet }) {
      if (operation === OperationTypeNode.SUBSCRIPTION) refuse(selectionSet, new Set());
    },
  };
}

/** Without this rule, an operation of a type that the schema lacks gets 200 without data. */
function knownOperationTypes(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(node) {
      if (context.getSchema().getRootType(node.operation)) return;
      context.reportError(new GraphQLError(`This schema has no ${node.operation} type.`, { nodes: node }));
    },
  };
}
