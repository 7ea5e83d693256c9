import { type DocumentNode, getOperationAST, Kind, type SelectionSetNode } from 'graphql';

/** The names of an operation's root fields, those of its fragments included; none where it does not exist. */
export function rootFieldsOf(document: DocumentNode, operationName: string | null | undefined): Set<string> {
  const fragments = new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition.selectionSet]] : [],
    ),
  );
  const names = new Set<string>();
  const visited = new Set<SelectionSetNode>();
  const visit = (selectionSet: SelectionSetNode | undefined): void => {
    if (selectionSet === undefined || visited.has(selectionSet)) return;
    visited.add(selectionSet);
    for (const selection of selectionSet.selections) {
      if (selection.kind === Kind.FIELD) names.add(selection.name.value);
      else if (selection.kind === Kind.INLINE_FRAGMENT) visit(selection.selectionSet);
      else visit(fragments.get(selection.name.value));
    }
  };
  visit(getOperationAST(document, operationName)?.selectionSet);
  return names;
}
