import { readFileSync } from 'node:fs';

import { parser } from '@prometheus-io/lezer-promql';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

import { TestGateway } from './support/test-gateway.ts';

const Target = z.object({ expr: z.string(), datasource: z.unknown().optional() });
const Panel = z.object({
  id: z.number(),
  type: z.string(),
  title: z.string(),
  description: z.string().default(''),
  datasource: z.unknown().optional(),
  targets: z.array(Target).default([]),
  gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
});
const Variable = z.object({
  name: z.string(),
  type: z.string(),
  query: z.unknown(),
  datasource: z.unknown().optional(),
});
const Dashboard = z.object({
  schemaVersion: z.number(),
  panels: z.array(Panel),
  templating: z.object({
    list: z.array(Variable),
  }),
});
const Alert = z.object({
  alert: z.string(),
  expr: z.string(),
  for: z.string().regex(/^\d+[smhd]$/),
  labels: z.object({ severity: z.enum(['critical', 'warning']) }),
  annotations: z.object({ summary: z.string().min(10), description: z.string().min(40) }),
});
const Rules = z.object({ groups: z.array(z.object({ name: z.string(), rules: z.array(Alert) })) });

function read(path: string): string {
  return readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
}

const texts = {
  dashboard: read('docs/observability/dashboard.json'),
  alerts: read('docs/observability/alerts.yaml'),
};
const dashboard = Dashboard.parse(JSON.parse(texts.dashboard));
const panels = dashboard.panels.filter(({ type }) => type !== 'row');
const alerts = Rules.parse(parse(texts.alerts)).groups.flatMap(({ rules }) => rules);
const expressions = [
  ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ of: title, expr }))),
  ...alerts.map(({ alert, expr }) => ({ of: alert, expr })),
].map(({ of, expr }) => ({ of, expr: expr.replaceAll(/\$__(?:rate_interval|range)\b/g, '5m') }));

/** The parts of an expression that the grammar names so; `⚠` is what it cannot read. */
function partsOf(expr: string, name: string): string[] {
  const parts: string[] = [];
  parser.parse(expr).iterate({
    enter(node) {
      if (node.name === name || (name === '⚠' && node.type.isError))
        parts.push(expr.slice(node.from, node.to));
    },
  });
  return parts;
}

/** The names of series that an expression selects, as `up` of `up{job="x"}`. */
function selectedBy(expr: string): string[] {
  return partsOf(expr, 'VectorSelector').map((selector) => selector.split('{')[0]?.trim() ?? '');
}

/** What an expression divides by. */
function divisorsOf(expr: string): string[] {
  const divisors: string[] = [];
  parser.parse(expr).iterate({
    enter({ name, node }) {
      const { lastChild } = node;
      if (name === 'BinaryExpr' && node.getChild('Div') !== null && lastChild !== null) {
        divisors.push(expr.slice(lastChild.from, lastChild.to));
      }
    },
  });
  return divisors;
}

/** Metric -> its type, from what the gateway serves. */
let served: ReadonlyMap<string, string>;

beforeAll(async () => {
  await using gateway = await TestGateway.start();
  const response = await gateway.fetch('/metrics');
  const lines = (await response.text()).matchAll(/^# TYPE (\S+) (\S+)$/gm);
  served = new Map([...lines].map(([, name = '', type = '']) => [name, type]));
});

describe('the dashboard and the alerts', () => {
  it.each(expressions)('have an expression of "$of" that Prometheus can read', ({ expr }) => {
    expect(partsOf(expr, '⚠')).toEqual([]);
    expect(selectedBy(expr)).not.toEqual([]);
  });

  it('select only series that the gateway serves: of a histogram, its buckets, sum and count', () => {
    const names = [...served].flatMap(([name, type]) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    );
    const series = new Set(names);
    const selected = expressions.flatMap(({ of, expr }) => selectedBy(expr).map((name) => ({ of, name })));
    expect(selected.filter(({ name }) => name !== 'up' && !series.has(name))).toEqual([]);
  });

  it.each(Object.entries(texts))('name no metric in the %s that the gateway does not have', (_, text) => {
    const named = [...text.matchAll(/\bimages_gateway_\w+/g)].map(([name]) => name);
    expect(named.length).toBeGreaterThan(10);
    const isServed = (name: string) =>
      served.has(name) || served.has(name.replace(/_(?:bucket|sum|count)$/, ''));
    expect(named.filter((name) => !isServed(name))).toEqual([]);
  });

  it('take a share only of traffic that there is', () => {
    const divisors = expressions.flatMap(({ expr }) => divisorsOf(expr));
    expect(divisors.length).toBeGreaterThan(5);
    for (const divisor of divisors) expect(divisor).toMatch(/^\(.* > [\d.]+\s*\)$/s);
  });

  it('tell error codes apart that the gateway gives', () => {
    const codes = [...read('src/errors.ts').matchAll(/'([A-Z][A-Z_]{4,})'/g)].map(([, code]) => code ?? '');
    const patterns = expressions.flatMap(({ expr }) =>
      [...expr.matchAll(/\bcode!?=~?"([^"]+)"/g)].flatMap(([, pattern = '']) => pattern.split('|')),
    );
    const isGiven = (pattern: string) =>
      ['ok', ...codes].some((code) => new RegExp(`^(?:${pattern})$`).test(code));
    expect(patterns.length).toBeGreaterThan(5);
    expect(patterns.filter((pattern) => !isGiven(pattern))).toEqual([]);
  });
});

describe('the dashboard', () => {
  it('can be imported as it is, for whichever Prometheus is chosen', () => {
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(39);
    expect(texts.dashboard).not.toContain('__inputs');
    expect(dashboard.templating.list).toContainEqual({
      name: 'datasource',
      type: 'datasource',
      query: 'prometheus',
    });
    const chosen = { type: 'prometheus', uid: '${datasource}' };
    const variables = dashboard.templating.list.filter(({ type }) => type === 'query');
    for (const part of [...panels, ...panels.flatMap(({ targets }) => targets), ...variables]) {
      expect(part).toMatchObject({ datasource: chosen });
    }
  });

  it('gives each panel an id of its own, and a place that no other covers', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, cell) => `${x + (cell % w)},${y + Math.floor(cell / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });

  it('says of each panel what it means', () => {
    expect(panels.filter(({ description }) => description.length < 40)).toEqual([]);
  });

  it('shows each metric of the gateway', () => {
    const own = [...served.keys()].filter((name) => name.startsWith('images_gateway_'));
    expect(own.length).toBeGreaterThan(10);
    for (const name of own) expect(texts.dashboard).toContain(name);
  });
});

describe('the alerts', () => {
  it('have names of their own, and are more than a few', () => {
    const names = alerts.map(({ alert }) => alert);
    expect(names.length).toBeGreaterThan(10);
    expect(new Set(names).size).toBe(names.length);
  });
});
