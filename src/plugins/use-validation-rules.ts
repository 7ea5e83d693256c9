import {
  type ASTVisitor,
  GraphQLError,
  NoSchemaIntrospectionCustomRule,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Validation beyond what the GraphQL specification asks of every server. */
export function useValidationRules({ introspection }: { readonly introspection: boolean }): Plugin {
  const rules: ValidationRule[] = [knownOperationTypes];
  if (!introspection) rules.push(NoSchemaIntrospectionCustomRule);
  return {
    onValidate({ addValidationRule }) {
      for (const rule of rules) addValidationRule(rule);
    },
  };
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
