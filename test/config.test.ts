import { describe, expect, it } from 'vitest';

import { ConfigError, parseConfig, TENANT_SALT, VARIABLES } from '../src/config.ts';

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    parseConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('the configuration', () => {
  it('of an empty environment is the sandbox on loopback, with everything a developer wants', () => {
    expect(parseConfig({})).toEqual({
      host: '127.0.0.1',
      port: 4_000,
      apiUrl: null,
      sharedToken: null,
      graphiql: true,
      introspection: true,
      corsOrigins: [],
      listTtlMs: 15_000,
      listMaxImages: 2_000,
      cacheMaxBytes: 25_165_824,
      upstreamTimeoutMs: 2_500,
      requestTimeoutMs: 8_000,
      trustedDocuments: null,
      trustedDocumentsOnly: false,
      automaticPersistedQueries: true,
      otlpEndpoint: null,
      answerCacheMaxBytes: 16_777_216,
      shutdownNoticeMs: 300,
      logLevel: 'info',
      workers: 1,
      tenantSalt: null,
      explain: false,
    });
  });

  it('under production is the real API, never the sandbox, with nothing shown', () => {
    expect(parseConfig({ NODE_ENV: 'production' })).toMatchObject({
      apiUrl: new URL('https://api.digitalocean.com'),
      graphiql: false,
      introspection: false,
    });
    expect(parseConfig({ NODE_ENV: 'production', GRAPHIQL: 'true' })).toMatchObject({ graphiql: true });
  });

  it('is the real API where there is a token for it', () => {
    expect(parseConfig({ DIGITALOCEAN_TOKEN: 'dop_v1_x' })).toMatchObject({
      apiUrl: new URL('https://api.digitalocean.com'),
      sharedToken: 'dop_v1_x',
    });
  });

  it('takes 0 for a number and an empty variable for an absent one', () => {
    expect(parseConfig({ [TENANT_SALT]: '' }).tenantSalt).toBeNull();
    expect(parseConfig({ [TENANT_SALT]: 'salt' }).tenantSalt).toBe('salt');
    expect(parseConfig({ LIST_TTL_MS: '0', PORT: '0', HOST: '' })).toMatchObject({
      listTtlMs: 0,
      port: 0,
      host: '127.0.0.1',
    });
  });

  it('is refused with every problem at once, each naming its variable and the accepted form', () => {
    const problems = problemsOf({
      PORT: '70000',
      GRAPHIQL: 'yes',
      DIGITALOCEAN_API_URL: 'ftp://example.com',
      CORS_ORIGINS: 'https://a.example,b.example',
      LIST_TTL_MS: '1.5',
      LOG_LEVEL: 'loud',
    });
    for (const name of [
      'PORT',
      'GRAPHIQL',
      'DIGITALOCEAN_API_URL',
      'CORS_ORIGINS',
      'LIST_TTL_MS',
      'LOG_LEVEL',
    ]) {
      const accepted = VARIABLES.find((variable) => variable.name === name)?.accepts;
      expect(problems.find((problem) => problem.startsWith(`${name} `))).toContain(`Accepted: ${accepted}`);
    }
    expect(problems).toHaveLength(6);
  });

  it('never repeats a token in a problem', () => {
    const [problem] = problemsOf({ DIGITALOCEAN_TOKEN: 'secret token' });
    expect(problem).toContain('DIGITALOCEAN_TOKEN');
    expect(problem).not.toContain('secret');
  });

  it('takes origins as browsers write them, whatever their spelling', () => {
    const CORS_ORIGINS =
      'https://A.example/, http://localhost:3000,https://a.example:443,,http://b.example:80/';
    expect(parseConfig({ CORS_ORIGINS }).corsOrigins).toEqual([
      'https://a.example',
      'http://localhost:3000',
      'http://b.example',
    ]);
  });

  it.each([
    'app.example',
    'localhost:3000',
    'https://a.example/path',
    'https://a.example/?query',
    'https://*.example',
    'https://user@a.example',
    'ftp://a.example',
    'file:///',
    '*',
    'null',
  ])('quotes %s, which is no origin, beside what is one', (origin) => {
    const [problem] = problemsOf({ CORS_ORIGINS: `https://b.example,${origin}` });
    expect(problem).toMatch(/^CORS_ORIGINS /);
    expect(problem).toContain(`"${origin}"`);
    expect(problem).not.toContain('b.example');
    expect(problem).toContain('https://app.example');
  });

  it('quotes no more than the beginning of a value', () => {
    const [problem] = problemsOf({ CORS_ORIGINS: 'x'.repeat(10_000) });
    expect(problem?.length).toBeLessThan(400);
  });

  it('refuses URLs with credentials in them', () => {
    expect(problemsOf({ DIGITALOCEAN_API_URL: 'https://user:pass@api.example' })).toHaveLength(1);
  });

  it.each([
    'https://api.digitalocean.com',
    'https://api.digitalocean.com/v2',
    'https://api.digitalocean.com/v2/',
    'https://proxy.example/prefix/v2',
    'http://proxy.example/v2/images-proxy',
  ])('takes the base URL %s', (url) => {
    expect(parseConfig({ DIGITALOCEAN_API_URL: url }).apiUrl).toEqual(new URL(url));
  });

  it.each(['https://api.digitalocean.com/v2/images', 'https://proxy.example/prefix/v2//images/7'])(
    'refuses %s, which is the URL of an endpoint, and says what a base URL is',
    (url) => {
      expect(problemsOf({ DIGITALOCEAN_API_URL: url })).toEqual([
        expect.stringContaining('with or without /v2'),
      ]);
    },
  );

  it.each(['0.0.0.0', '192.0.2.1', '::', 'gateway.example'])(
    'refuses to serve a shared token on %s unless told so',
    (host) => {
      const env = { HOST: host, DIGITALOCEAN_TOKEN: 'x' };
      expect(problemsOf(env)[0]).toContain('ALLOW_SHARED_TOKEN');
      expect(parseConfig({ ...env, ALLOW_SHARED_TOKEN: 'true' }).sharedToken).toBe('x');
    },
  );

  it.each(['127.0.0.1', '127.8.8.8', 'localhost', '::1'])('serves a shared token on %s', (host) => {
    expect(parseConfig({ HOST: host, DIGITALOCEAN_TOKEN: 'x' }).sharedToken).toBe('x');
  });

  it('refuses to serve trusted documents alone where it is given none', () => {
    const env = { TRUSTED_DOCUMENTS_ONLY: 'true' };
    expect(problemsOf(env)[0]).toContain('TRUSTED_DOCUMENTS names no manifest');
    expect(parseConfig({ ...env, TRUSTED_DOCUMENTS: 'manifest.json' }).trustedDocumentsOnly).toBe(true);
  });

  it('cannot be changed', () => {
    expect(Object.isFrozen(parseConfig({}))).toBe(true);
  });
});
