import {
  type ASTVisitor,
  GraphQLError,
  Kind,
  NoSchemaIntrospectionCustomRule,
  OperationTypeNode,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** As many errors of a document as an answer has. */
const MAX_ERRORS = 10;

/** Validation beyond what the GraphQL specification asks of every server. */
export function useValidationRules({ introspection }: { readonly introspection: boolean }): Plugin {
  const rules: ValidationRule[] = [knownOperationTypes, subscriptionsAlwaysBegin];
  if (!introspection) rules.push(NoSchemaIntrospectionCustomRule);
  return {
    onValidate({ addValidationRule }) {
      for (const rule of rules) addValidationRule(rule);
      return ({ result, setResult }) => {
        if (result.length === 0) return;
        const few: GraphQLError[] = result.slice(0, MAX_ERRORS);
        const shown = introspection ? few : few.map(withoutSuggestion);
        for (const error of shown) letGoOfFrames(error);
        setResult(shown);
      };
    },
  };
}

/** Of a subscription there is one event stream: its root field is neither skipped nor left out. */
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

/**
 * An error holds the calls that it came from, with all that they saw of their request, until its stack is read. These
 * are kept with their document.
 */
function letGoOfFrames(error: Error): void {
  void error.stack;
}

/** Suggestions tell the schema to those who may not see it. */
function withoutSuggestion(error: GraphQLError): GraphQLError {
  const message = error.message.replace(/ Did you mean [^]*\?$/, '');
  return new GraphQLError(message, { nodes: error.nodes ?? null, extensions: error.extensions });
}

/** Without this, an operation of a type that the schema lacks runs into nothing and answers 200 without data. */
function knownOperationTypes(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(node) {
      if (context.getSchema().getRootType(node.operation)) return;
      context.reportError(new GraphQLError(`This schema has no ${node.operation} type.`, { nodes: node }));
    },
  };
}
