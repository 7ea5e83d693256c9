import {
  type ASTVisitor,
  GraphQLError,
  NoSchemaIntrospectionCustomRule,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** As many errors of a document as an answer has. */
const MAX_ERRORS = 10;

/** Validation beyond what the GraphQL specification asks of every server. */
export function useValidationRules({ introspection }: { readonly introspection: boolean }): Plugin {
  const rules: ValidationRule[] = [knownOperationTypes];
  if (!introspection) rules.push(NoSchemaIntrospectionCustomRule);
  return {
    onValidate({ addValidationRule }) {
      for (const rule of rules) addValidationRule(rule);
      return ({ result, setResult }) => {
        if (result.length === 0) return;
        const few: GraphQLError[] = result.slice(0, MAX_ERRORS);
        setResult(introspection ? few : few.map(withoutSuggestion));
      };
    },
  };
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
