import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { VARIABLES } from '../src/config.ts';
import {
  DOCUMENT_LIMITS,
  OPERATION_LIMITS,
  ROUTER_DOCUMENT_LIMITS,
  ROUTER_OPERATION_LIMITS,
} from '../src/operations/limits.ts';
import { TestGateway } from './support/test-gateway.ts';
import { TestSupergraph } from './support/test-supergraph.ts';

const readme = read('README.md');

function read(path: string): string {
  return readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
}

/** The text below a heading, up to the next one. */
function section(heading: string): string {
  const [, text] = readme.split(`\n## ${heading}\n`);
  return text?.split('\n## ')[0] ?? '';
}

/** The rows of a section's tables, without their heads. */
function rowsOf(heading: string): string[][] {
  const lines = section(heading).split('\n');
  return lines
    .filter(
      (line, index) =>
        line.startsWith('| ') && !line.startsWith('| -') && !lines[index + 1]?.startsWith('| -'),
    )
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** The code blocks of a section in one language. */
function blocks(heading: string, language: string): string[] {
  return [...section(heading).matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(
    ([, code]) => code ?? '',
  );
}

describe('the README', () => {
  it('has each environment variable with what it accepts and its default, and no other', () => {
    expect(rowsOf('Configuration').map((row) => row.map((cell) => cell.replaceAll('`', '')))).toEqual(
      VARIABLES.map(({ name, accepts, default: fallback, purpose }) => [name, accepts, fallback, purpose]),
    );
  });

  it('shows a query with the answer that the sandbox gives', async () => {
    await using gateway = await TestGateway.start();
    const [command] = blocks('One query', 'sh');
    const [answer] = blocks('One query', 'json');
    const body = JSON.parse(/-d '(\{.*?\n\})'/s.exec(command ?? '')?.[1] ?? '');
    const { data, errors } = await gateway.query(body.query);
    expect(errors).toEqual([]);
    expect({ data }).toEqual(JSON.parse(answer ?? ''));
  });

  it('shows a query across a supergraph with its answer', async () => {
    await using gateway = await TestGateway.start();
    using supergraph = await TestSupergraph.start(gateway);
    const [query] = blocks('In a supergraph', 'graphql');
    const [answer] = blocks('In a supergraph', 'json');
    const { data, errors } = await supergraph.query(query ?? '');
    expect(errors).toEqual([]);
    expect({ data }).toEqual(JSON.parse(answer ?? ''));
  });

  it('has each error code that the gateway gives, and no other', () => {
    const documented = rowsOf('Errors').flatMap(([codes]) =>
      [...(codes ?? '').matchAll(/`(\w+)`/g)].map(([, code]) => code),
    );
    const sources = read('src/errors.ts') + read('src/request-errors.ts');
    const given = [...sources.matchAll(/(?<!reason: |=== )'([A-Z][A-Z_]{4,})'/g)].map(([, code]) => code);
    const ofLibraries = ['GRAPHQL_VALIDATION_FAILED', 'OPERATION_RESOLUTION_FAILURE'];
    expect(new Set(documented)).toEqual(new Set([...given, ...ofLibraries]));
  });

  it('has each limit', () => {
    const limits = rowsOf('Limits').map(([limit, maximum]) => [limit?.replaceAll('`', ''), Number(maximum)]);
    expect(Object.fromEntries(limits)).toEqual({ ...DOCUMENT_LIMITS, ...OPERATION_LIMITS });
  });

  it("has each limit that is a router's own", () => {
    const routers = { ...ROUTER_DOCUMENT_LIMITS, ...ROUTER_OPERATION_LIMITS };
    const clients: Record<string, number> = { ...DOCUMENT_LIMITS, ...OPERATION_LIMITS };
    const own = Object.entries(routers).filter(([limit, maximum]) => clients[limit] !== maximum);
    expect(own).toHaveLength(4);
    const federation = readFileSync(new URL('../docs/federation.md', import.meta.url), 'utf8');
    const withCommas = (maximum: number) => maximum.toLocaleString('en');
    for (const [limit, maximum] of own) {
      expect(section('Limits').replaceAll('\n', ' ')).toContain(`${maximum} \`${limit}\``);
      const row = federation.split('\n').find((line) => line.startsWith(`| \`${limit}\``)) ?? '';
      expect(
        row
          .split('|')
          .map((cell) => cell.trim())
          .slice(2, 4),
      ).toEqual([withCommas(clients[limit] ?? 0), withCommas(maximum)]);
    }
  });

  it('names each reason of a refused argument', () => {
    const source = read('src/relay/argument-error.ts');
    const reasons = [...source.matchAll(/\| '([A-Z_]+)'/g)].map(([, reason]) => reason);
    expect(reasons.length).toBeGreaterThan(4);
    for (const reason of reasons) expect(section('Errors')).toContain(`\`${reason}\``);
  });
});
