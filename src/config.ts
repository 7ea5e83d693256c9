import { z } from 'zod';

/** Everything that can be configured, read once at the start and never changed. */
export interface Config {
  readonly host: string;
  readonly port: number;
  /** Where the images API is; null means that the embedded sandbox stands in for it. */
  readonly apiUrl: URL | null;
  /** Serves callers that send no token of their own; null refuses them. */
  readonly sharedToken: string | null;
  readonly graphiql: boolean;
  readonly introspection: boolean;
  readonly corsOrigins: readonly string[];
  readonly listTtlMs: number;
  readonly listMaxImages: number;
  readonly cacheMaxBytes: number;
  readonly answerCacheMaxBytes: number;
  readonly upstreamTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** Path of a manifest of documents that are served by their hashes; null where there is none. */
  readonly trustedDocuments: string | null;
  /** Serves the documents of the manifest and no other. */
  readonly trustedDocumentsOnly: boolean;
  /** Lets callers register documents by their SHA-256. */
  readonly automaticPersistedQueries: boolean;
  /** Where traces are sent; null sends none. */
  readonly otlpEndpoint: URL | null;
  /** How long requests are still taken after SIGTERM, in milliseconds. */
  readonly shutdownNoticeMs: number;
  readonly logLevel: LogLevel;
  /** How many processes share the port; more than one have a primary. */
  readonly workers: number;
  /** What the primary has given all of them to name tenants with; null in a process by itself. */
  readonly tenantSalt: string | null;
  /** Tells with each answer what it cost in upstream calls. */
  readonly explain: boolean;
}

/** Where a primary writes it for its workers. It is for nobody to configure. */
export const TENANT_SALT = 'IMAGES_GATEWAY_TENANT_SALT';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
type LogLevel = (typeof LOG_LEVELS)[number];

const REAL_API = 'https://api.digitalocean.com';

/** One environment variable: what it takes, what it is for, and what holds without it. */
export interface Variable {
  readonly name: string;
  readonly accepts: string;
  readonly default: string;
  readonly purpose: string;
  readonly secret?: true;
}

/** The table in the README is this one; a test holds the two together. */
export const VARIABLES: readonly Variable[] = [
  { name: 'HOST', accepts: 'address or host name', default: '127.0.0.1', purpose: 'Address to listen on.' },
  { name: 'PORT', accepts: '0 to 65535', default: '4000', purpose: 'Port to listen on; 0 takes a free one.' },
  {
    name: 'DIGITALOCEAN_API_URL',
    accepts: 'http or https URL, with or without /v2',
    default: 'the sandbox; under production the real API',
    purpose: 'Base URL of the images API.',
  },
  {
    name: 'DIGITALOCEAN_TOKEN',
    accepts: 'API token',
    default: 'none',
    purpose: 'Serves callers that send no token of their own. With it the real API is the default.',
    secret: true,
  },
  {
    name: 'ALLOW_SHARED_TOKEN',
    accepts: 'true or false',
    default: 'false',
    purpose: 'Allows DIGITALOCEAN_TOKEN on a HOST that other machines can reach.',
  },
  {
    name: 'GRAPHIQL',
    accepts: 'true or false',
    default: 'true; under production false',
    purpose: 'Serves GraphiQL to browsers.',
  },
  {
    name: 'INTROSPECTION',
    accepts: 'true or false',
    default: 'true; under production false',
    purpose: 'Answers introspection queries.',
  },
  {
    name: 'CORS_ORIGINS',
    accepts: 'comma-separated, as https://app.example',
    default: 'none',
    purpose: 'Web origins whose pages may call the gateway.',
  },
  {
    name: 'LIST_TTL_MS',
    accepts: '0 to 3600000',
    default: '15000',
    purpose: 'How long a list or an image that was read answers; 0 reads anew each time.',
  },
  {
    name: 'LIST_MAX_IMAGES',
    accepts: '200 to 100000',
    default: '2000',
    purpose: 'The longest list that is read whole.',
  },
  {
    name: 'CACHE_MAX_BYTES',
    accepts: '1000000 to 100000000000',
    default: '25165824',
    purpose: 'Bound on all held lists of all tenants together.',
  },
  {
    name: 'ANSWER_CACHE_MAX_BYTES',
    accepts: '0 to 100000000000',
    default: '16777216',
    purpose: 'Bound on the memory of cached responses, with the requests they answer; 0 caches none.',
  },
  {
    name: 'UPSTREAM_TIMEOUT_MS',
    accepts: '1 to 600000',
    default: '2500',
    purpose:
      'For an attempt at a call to the images API that can be repeated. The last attempt has all the time that is left.',
  },
  {
    name: 'REQUEST_TIMEOUT_MS',
    accepts: '1 to 600000',
    default: '8000',
    purpose: 'For all upstream work of one GraphQL request.',
  },
  {
    name: 'TRUSTED_DOCUMENTS',
    accepts: 'path of a JSON file',
    default: 'none',
    purpose: 'Manifest of the documents that clients name by a hash.',
  },
  {
    name: 'TRUSTED_DOCUMENTS_ONLY',
    accepts: 'true or false',
    default: 'false',
    purpose: 'Serves the documents of the manifest and no other.',
  },
  {
    name: 'AUTOMATIC_PERSISTED_QUERIES',
    accepts: 'true or false',
    default: 'true',
    purpose: 'Lets callers register a document by its SHA-256 and then send the hash.',
  },
  {
    name: 'SHUTDOWN_NOTICE_MS',
    accepts: '0 to 60000',
    default: '300',
    purpose: 'After SIGTERM, how long requests are still taken while /ready says no.',
  },
  {
    name: 'LOG_LEVEL',
    accepts: LOG_LEVELS.join(', '),
    default: 'info',
    purpose: 'The least severe log lines that are written.',
  },
  {
    name: 'WORKERS',
    accepts: '1 to 64',
    default: '1',
    purpose:
      'Processes that share the port, one for each core at the most; the bounds of memory are of all together.',
  },
  {
    name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    accepts: 'http or https URL',
    default: 'none',
    purpose: 'Collector that traces are sent to, by OTLP over HTTP; none are made without.',
  },
  {
    name: 'NODE_ENV',
    accepts: 'any text',
    default: 'none',
    purpose:
      'Under production the real API is the default, and GraphiQL and introspection are off. Under development each answer tells its cost.',
  },
];

/** The environment does not make a configuration. The message has one line for each problem. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/**
 * Reads the environment; an empty variable counts as absent. Pure.
 * @throws ConfigError with every problem at once, each naming its variable and the accepted form. Only values of
 * CORS_ORIGINS are quoted: others may be or contain secrets.
 */
export function parseConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const production = env['NODE_ENV'] === 'production';
  const parsed = environment(production).safeParse(
    Object.fromEntries(Object.entries(env).filter(([, value]) => value !== '')),
  );
  if (!parsed.success) {
    const { issues } = parsed.error;
    const names = new Set(issues.map((issue) => String(issue.path[0])));
    throw new ConfigError(
      Array.from(names, (name) =>
        describeProblem(
          name,
          issues.filter((issue) => issue.path[0] === name),
        ),
      ),
    );
  }
  const values = parsed.data;
  const sharedToken = values.DIGITALOCEAN_TOKEN ?? null;
  if (sharedToken !== null && !isLoopback(values.HOST) && !values.ALLOW_SHARED_TOKEN) {
    throw new ConfigError([
      'DIGITALOCEAN_TOKEN would serve every caller that reaches HOST, which is not a loopback address. ' +
        'Set HOST to 127.0.0.1, or ALLOW_SHARED_TOKEN to true to allow it.',
    ]);
  }
  if (values.TRUSTED_DOCUMENTS_ONLY && values.TRUSTED_DOCUMENTS === undefined) {
    throw new ConfigError([
      'TRUSTED_DOCUMENTS_ONLY would refuse every document, since TRUSTED_DOCUMENTS names no manifest. ' +
        'Set TRUSTED_DOCUMENTS to the path of one.',
    ]);
  }
  const standsAlone = values.DIGITALOCEAN_API_URL === undefined && sharedToken === null && !production;
  return Object.freeze({
    host: values.HOST,
    port: values.PORT,
    apiUrl: standsAlone ? null : (values.DIGITALOCEAN_API_URL ?? new URL(REAL_API)),
    sharedToken,
    graphiql: values.GRAPHIQL,
    introspection: values.INTROSPECTION,
    corsOrigins: values.CORS_ORIGINS,
    listTtlMs: values.LIST_TTL_MS,
    listMaxImages: values.LIST_MAX_IMAGES,
    cacheMaxBytes: values.CACHE_MAX_BYTES,
    answerCacheMaxBytes: values.ANSWER_CACHE_MAX_BYTES,
    upstreamTimeoutMs: values.UPSTREAM_TIMEOUT_MS,
    requestTimeoutMs: values.REQUEST_TIMEOUT_MS,
    trustedDocuments: values.TRUSTED_DOCUMENTS ?? null,
    trustedDocumentsOnly: values.TRUSTED_DOCUMENTS_ONLY,
    automaticPersistedQueries: values.AUTOMATIC_PERSISTED_QUERIES,
    otlpEndpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT ?? null,
    shutdownNoticeMs: values.SHUTDOWN_NOTICE_MS,
    logLevel: values.LOG_LEVEL,
    workers: values.WORKERS,
    tenantSalt: values[TENANT_SALT] ?? null,
    explain: env['NODE_ENV'] === 'development',
  });
}

function environment(production: boolean) {
  return z.object({
    HOST: z
      .string()
      .regex(/^[\w.:-]+$/)
      .default('127.0.0.1'),
    PORT: wholeNumber(0, 65_535).default(4_000),
    DIGITALOCEAN_API_URL: z.string().transform(toHttpUrl).transform(toBaseUrl).optional(),
    DIGITALOCEAN_TOKEN: z
      .string()
      .regex(/^[\x21-\x7e]{1,512}$/)
      .optional(),
    ALLOW_SHARED_TOKEN: flag().default(false),
    GRAPHIQL: flag().default(!production),
    INTROSPECTION: flag().default(!production),
    CORS_ORIGINS: z.string().transform(toOrigins).default([]),
    LIST_TTL_MS: wholeNumber(0, 3_600_000).default(15_000),
    LIST_MAX_IMAGES: wholeNumber(200, 100_000).default(2_000),
    CACHE_MAX_BYTES: wholeNumber(1_000_000, 100_000_000_000).default(24 * 1024 * 1024),
    ANSWER_CACHE_MAX_BYTES: wholeNumber(0, 100_000_000_000).default(16 * 1024 * 1024),
    UPSTREAM_TIMEOUT_MS: wholeNumber(1, 600_000).default(2_500),
    REQUEST_TIMEOUT_MS: wholeNumber(1, 600_000).default(8_000),
    TRUSTED_DOCUMENTS: z.string().optional(),
    TRUSTED_DOCUMENTS_ONLY: flag().default(false),
    AUTOMATIC_PERSISTED_QUERIES: flag().default(true),
    OTEL_EXPORTER_OTLP_ENDPOINT: z.string().transform(toHttpUrl).optional(),
    SHUTDOWN_NOTICE_MS: wholeNumber(0, 60_000).default(300),
    LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
    WORKERS: wholeNumber(1, 64).default(1),
    [TENANT_SALT]: z.string().optional(),
  });
}

function wholeNumber(min: number, max: number) {
  return z
    .string()
    .regex(/^\d{1,12}$/)
    .transform(Number)
    .pipe(z.number().min(min).max(max));
}

function flag() {
  return z.enum(['true', 'false']).transform((value) => value === 'true');
}

function toHttpUrl(value: string, context: z.RefinementCtx): URL {
  const url = URL.parse(value);
  const usable =
    url !== null &&
    /^https?:$/.test(url.protocol) &&
    !url.username &&
    !url.password &&
    !url.search &&
    !url.hash;
  if (usable) return url;
  context.addIssue('no http or https URL');
  return z.NEVER;
}

/** The URL of an endpoint is no base URL: each call would be a 404, which reads as "no such image". */
function toBaseUrl(url: URL, context: z.RefinementCtx): URL {
  if (!/\/v2\/+images(?:\/|$)/.test(url.pathname)) return url;
  context.addIssue('the URL of an endpoint');
  return z.NEVER;
}

/** As browsers write them in `Origin`: without a path, the host in lower case, no default port. */
function toOrigins(value: string, context: z.RefinementCtx): readonly string[] {
  const entries = value
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  const origins = entries.flatMap((entry) => {
    const url = URL.parse(entry);
    if (url !== null && isOrigin(url)) return [url.origin];
    context.addIssue({ code: 'custom', message: 'no origin', params: { quoted: clip(entry) } });
    return [];
  });
  return [...new Set(origins)];
}

function isOrigin({ protocol, hostname, href, origin }: URL): boolean {
  // A browser sends no pattern, so that one would match no page.
  return /^https?:$/.test(protocol) && href === `${origin}/` && !hostname.includes('*');
}

/** As much of a value as its problem quotes. */
const MAX_QUOTED = 100;

function clip(text: string): string {
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function describeProblem(name: string, issues: readonly z.core.$ZodIssue[]): string {
  const variable = VARIABLES.find((known) => known.name === name);
  const quoted = issues.flatMap((issue) =>
    issue.code === 'custom' && issue.params?.['quoted'] !== undefined ? [issue.params['quoted']] : [],
  );
  const values = quoted.length === 0 ? '' : `: ${quoted.map((value) => JSON.stringify(value)).join(', ')}`;
  return `${name} has a value that is not accepted${values}. Accepted: ${variable?.accepts}. Default: ${variable?.default}.`;
}
