import { type Change, CriticalityLevel, diff, type Rule } from '@graphql-inspector/core';
import { buildASTSchema, type GraphQLSchema, parse } from 'graphql';

export interface SchemaChange {
  readonly message: string;
  /** Whether a client, or a supergraph that composes the schema, may stop working. */
  readonly breaking: boolean;
}

const BREAKING = { level: CriticalityLevel.Breaking };

/** The inspector counts what happens to directives as dangerous at the most. */
const compositionRule: Rule = ({ changes }) =>
  changes.map((change) => (breaksSupergraphs(change) ? { ...change, criticality: BREAKING } : change));

/**
 * Whether a supergraph no longer composes or resolves a type, no longer has a part of it, or has in a contract what
 * the contract left out.
 */
function breaksSupergraphs({ path = '', type, criticality }: Change): boolean {
  if (/@inaccessible\b/.test(path)) return /ADDED/.test(type);
  if (path.endsWith('@key.resolvable')) return true;
  if (criticality.level !== CriticalityLevel.Dangerous) return false;
  return /@(?:key|shareable|tag)\b|@link$/.test(path);
}

/** What has changed between two versions of a schema, that of the API or that of the subgraph. */
export async function findSchemaChanges(before: string, after: string): Promise<SchemaChange[]> {
  const changes: Change[] = await diff(toSchema(before), toSchema(after), [compositionRule]);
  return changes
    .filter(({ type }) => !/DESCRIPTION/.test(type))
    .map(({ message, criticality }) => ({
      message,
      breaking: criticality.level === CriticalityLevel.Breaking,
    }));
}

/** A version that allows breaking changes since another one: https://semver.org, of which 0.x counts its minor. */
export function allowsBreaking(before: string, after: string): boolean {
  const [majorBefore = 0, minorBefore = 0] = before.split('.').map(Number);
  const [majorAfter = 0, minorAfter = 0] = after.split('.').map(Number);
  if (majorAfter !== majorBefore) return majorAfter > majorBefore;
  return majorAfter === 0 && minorAfter > minorBefore;
}

/** Federation's own directives are not defined in an SDL that is linked to them. */
function toSchema(sdl: string): GraphQLSchema {
  return buildASTSchema(parse(sdl), { assumeValidSDL: true });
}
