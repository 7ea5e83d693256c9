import { type GraphQLError, Kind, print } from 'graphql';

/** How graphql-js words a variable that does not fit, with the value in it, whatever that has in it. */
const UNFIT = /^Variable "\$\w+" got invalid value [^]*; [^]*$/;
const PLACE = /^[^]* at "(?<place>\w[\w.[\]]{0,200})"; /;
/** Reasons that repeat nothing of the value. */
const REASON =
  /; (?<reason>DateTime must be an RFC 3339 date and time with three digits of milliseconds and an offset, as "[\w:.-]+"\.|Field "\w{1,60}" is not defined by type "\w+"\.)(?: Did you mean [^]*)?$/;

/**
 * The message of a variable that does not fit its type, without the value: that may be long, or a secret. Null for
 * any other error.
 */
export function describeVariable({ message, nodes }: GraphQLError): string | null {
  const definition = nodes?.[0];
  if (definition?.kind !== Kind.VARIABLE_DEFINITION || !UNFIT.test(message)) return null;
  const name = definition.variable.name.value;
  const { place } = PLACE.exec(message)?.groups ?? {};
  const { reason } = REASON.exec(message)?.groups ?? {};
  const where = place === undefined || !place.startsWith(name) ? '' : ` at "${place}"`;
  const why = reason === undefined ? '.' : `: ${reason}`;
  return `The variable "$${name}" does not fit its type ${print(definition.type)}${where}${why}`;
}
