import { AggregatorRegistry, collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

import type { CallReport } from './digitalocean/call-report.ts';
import { ToldLater } from './told-later.ts';

/** What is read at the moment that somebody looks. */
export interface Gauges {
  readonly running: number;
  readonly waiting: number;
  readonly openCircuits: { readonly origin: boolean; readonly tenants: number };
  readonly lists: number;
  readonly listBytes: number;
  readonly watches: number;
  readonly budgets: { readonly tenants: number; readonly low: number; readonly lowestRatio: number };
}

const PREFIX = 'images_gateway_';
const SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10];

/** Values that the API may invent without end; of more, the rest is counted together. */
const MAX_UNKNOWN_VALUES = 50;
const MAX_VALUE_LENGTH = 50;

/**
 * prom-client's metrics of the process. Their collectors cannot be stopped, so that a set for each gateway would outlive
 * it: all gateways of a process have this one.
 */
let processRegistry: Registry | undefined;

function ofProcess(): Registry {
  if (processRegistry !== undefined) return processRegistry;
  processRegistry = new Registry();
  collectDefaultMetrics({ register: processRegistry });
  return processRegistry;
}

/**
 * What Prometheus reads at `/metrics`. No label is a tenant, a name or an id: those are unbounded, and nobody else's
 * business.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #unknownValues = new Set<string>();

  readonly #requests = new Counter({
    name: `${PREFIX}requests_total`,
    help: 'GraphQL requests by the code of their first error.',
    labelNames: ['operation', 'code'],
    registers: [this.#registry],
  });
  readonly #requestSeconds = new Histogram({
    name: `${PREFIX}request_duration_seconds`,
    help: 'From the request to the beginning of its answer.',
    labelNames: ['operation'],
    buckets: SECONDS,
    registers: [this.#registry],
  });
  readonly #calls = new Counter({
    name: `${PREFIX}upstream_calls_total`,
    help: 'Attempts to call the images API by what came of them, and calls that were not made.',
    labelNames: ['endpoint', 'outcome'],
    registers: [this.#registry],
  });
  readonly #callSeconds = new Histogram({
    name: `${PREFIX}upstream_call_duration_seconds`,
    help: 'Attempts, connection to last byte.',
    labelNames: ['endpoint'],
    buckets: SECONDS,
    registers: [this.#registry],
  });
  readonly #retries = new Counter({
    name: `${PREFIX}upstream_retries_total`,
    help: 'Calls that were sent a second time.',
    registers: [this.#registry],
  });
  readonly #listReads = new Counter({
    name: `${PREFIX}list_reads_total`,
    help: 'Readings of lists, and of images by themselves that may be held: from memory, with another request, or from the API.',
    labelNames: ['origin'],
    registers: [this.#registry],
  });
  readonly #repeatedAnswers = new Counter({
    name: `${PREFIX}repeated_answers_total`,
    help: 'Answers that were given again as they were.',
    registers: [this.#registry],
  });
  readonly #droppedRows = new Counter({
    name: `${PREFIX}dropped_rows_total`,
    help: 'Rows of lists that could not be read.',
    registers: [this.#registry],
  });
  readonly #unknown = new Counter({
    name: `${PREFIX}unknown_values_total`,
    help: 'Values that this gateway does not know yet.',
    labelNames: ['field', 'value'],
    registers: [this.#registry],
  });

  /** What comes with each request; the names of the operation and of its code, or of the endpoint and the outcome. */
  readonly #toldRequests = new ToldLater((operation, code, seconds) => {
    this.#requests.inc({ operation, code });
    this.#requestSeconds.observe({ operation }, seconds);
  });
  readonly #toldCalls = new ToldLater((endpoint, outcome, seconds) => {
    this.#calls.inc({ endpoint, outcome });
    if (!Number.isNaN(seconds)) this.#callSeconds.observe({ endpoint }, seconds);
  });
  readonly #toldReads = new ToldLater((origin, _, count) => this.#listReads.inc({ origin }, count));

  readonly #read: () => Gauges;
  readonly #gauges: { readonly gauge: Gauge; readonly valueOf: (gauges: Gauges) => number }[] = [];

  /** Calls `read` once for each scrape. */
  constructor(read: () => Gauges) {
    this.#read = read;
    const gauge = (
      name: string,
      help: string,
      valueOf: (gauges: Gauges) => number,
      aggregator: 'sum' | 'min' | 'max' = 'sum',
    ) => {
      const registers = [this.#registry];
      this.#gauges.push({
        gauge: new Gauge({ name: `${PREFIX}${name}`, help, aggregator, registers }),
        valueOf,
      });
    };
    gauge('upstream_running', 'Calls to the images API that run.', ({ running }) => running);
    gauge('upstream_waiting', 'Calls to the images API that wait.', ({ waiting }) => waiting);
    gauge(
      'circuits_open',
      'Circuits that pause calls: that of the images API, and those of tenants whose calls alone fail.',
      ({ openCircuits: { origin, tenants } }) => Number(origin) + tenants,
    );
    gauge(
      'origin_circuit_open',
      '1 while calls of all tenants are paused because the images API fails.',
      ({ openCircuits: { origin } }) => Number(origin),
      'max',
    );
    gauge('lists', 'Lists that are held.', ({ lists }) => lists);
    gauge('list_bytes', 'What the held lists weigh.', ({ listBytes }) => listBytes);
    gauge('watches', 'Images and actions that are watched.', ({ watches }) => watches);
    gauge('rate_budget_tenants', 'Tenants whose request budget is known.', ({ budgets }) => budgets.tenants);
    gauge(
      'rate_budget_low_tenants',
      'Of them, those with less than a quarter of it left.',
      ({ budgets }) => budgets.low,
    );
    gauge(
      'rate_budget_lowest_ratio',
      'The smallest part that any of them has left, 0 to 1.',
      ({ budgets }) => budgets.lowestRatio,
      'min',
    );
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Everything in Prometheus' text format. */
  print(): Promise<string> {
    return this.#collect().metrics();
  }

  /** Everything, for the sum of several processes. */
  report(): Promise<readonly object[]> {
    return this.#collect().getMetricsAsJSON();
  }

  /** What several processes have reported, as that of one: most of it added up. */
  printSum(reports: readonly (readonly object[])[]): Promise<string> {
    return AggregatorRegistry.aggregate([...reports]).metrics();
  }

  onRequest(operation: string, code: string, seconds: number): void {
    this.#toldRequests.tell(operation, code, seconds);
  }

  onCall({ endpoint, outcome, seconds, isRetry }: CallReport): void {
    this.#toldCalls.tell(endpoint, outcome, seconds ?? NaN);
    if (isRetry) this.#retries.inc();
  }

  onListRead(origin: string, count = 1): void {
    this.#toldReads.tell(origin, '', count);
  }

  onRepeatedAnswer(): void {
    this.#repeatedAnswers.inc();
  }

  onDroppedRows(count: number): void {
    this.#droppedRows.inc(count);
  }

  /** All metrics as they are now. */
  #collect(): Registry {
    this.#toldRequests.handOn();
    this.#toldCalls.handOn();
    this.#toldReads.handOn();
    const gauges = this.#read();
    for (const { gauge, valueOf } of this.#gauges) gauge.set(valueOf(gauges));
    return Registry.merge([this.#registry, ofProcess()]);
  }

  onUnknownValue(field: string, value: string): void {
    const short = value.slice(0, MAX_VALUE_LENGTH);
    const isNamed =
      this.#unknownValues.size < MAX_UNKNOWN_VALUES || this.#unknownValues.has(`${field} ${short}`);
    if (isNamed) this.#unknownValues.add(`${field} ${short}`);
    this.#unknown.inc({ field, value: isNamed ? short : 'others' });
  }
}
