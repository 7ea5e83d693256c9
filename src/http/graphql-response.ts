import type { GraphQLError } from 'graphql';

import type { JsonType } from '../lib/response-types.ts';
import type { Result } from '../operations/coded-result.ts';

/** The part of a response that depends on its result. */
export interface ResponseHead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Status and headers that the errors of a result ask for, by `extensions.http` as Yoga defines it: the highest status,
 * without those that `application/json` replaces by 200 (https://graphql.github.io/graphql-over-http/draft/).
 */
export function toResponseHead({ errors = [], extensions }: Result, type: JsonType): ResponseHead {
  let status = httpOf(extensions)?.status ?? 0;
  const headers: Record<string, string> = {};
  for (const error of errors) {
    const http = httpOf(error.extensions);
    Object.assign(headers, http?.headers);
    if (http?.status === undefined || (type === 'application/json' && http.spec === true)) continue;
    status = Math.max(status, http.status);
  }
  return { status: status || 200, headers };
}

/** The JSON of a result, without what is meant for HTTP. */
export function toResponseText({ errors, extensions, ...rest }: Result): string {
  const shown = withoutHttp(extensions);
  return JSON.stringify({
    ...(errors === undefined ? {} : { errors: errors.map(toShownError) }),
    ...rest,
    ...(shown === undefined ? {} : { extensions: shown }),
  });
}

interface HttpExtensions {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly spec?: boolean;
}

function httpOf(extensions: Result['extensions']): HttpExtensions | undefined {
  const http: unknown = extensions?.['http'];
  // Only our own table of errors writes it.
  return typeof http === 'object' && http !== null ? http : undefined;
}

function toShownError(error: GraphQLError): object {
  const { extensions, ...rest } = error.toJSON();
  const shown = withoutHttp(extensions);
  return shown === undefined ? rest : { ...rest, extensions: shown };
}

function withoutHttp(extensions: Result['extensions']): Readonly<Record<string, unknown>> | undefined {
  if (extensions === undefined) return undefined;
  const { http: _, ...shown } = extensions;
  return Object.keys(shown).length === 0 ? undefined : shown;
}
