import { type GraphQLError, Kind, print } from 'graphql';

/** How graphql-js words a variable that does not fit, with the value in it. */
const UNFIT =
  /^Variable "\$\w+" got invalid value (?<value>[^]*?)(?: at "(?<place>[^"]*)")?; (?<reason>[^]*)$/;

/**
 * The message of a variable that does not fit its type, without the value: that may be long, or a secret. Null for
 * any other error.
 */
export function describeVariable({ message, nodes }: GraphQLError): string | null {
  const definition = nodes?.[0];
  const { value = '', place, reason = '' } = UNFIT.exec(message)?.groups ?? {};
  if (definition?.kind !== Kind.VARIABLE_DEFINITION || value === '') return null;
  const name = definition.variable.name.value;
  const where = place === undefined ? '' : ` at "${place}"`;
  const repeats = reason.includes(`: ${value}`) || reason.startsWith(`Value ${value}`);
  const why = repeats ? '.' : `: ${reason}`;
  return `The variable "$${name}" does not fit its type ${print(definition.type)}${where}${why}`;
}
