import type { RequestTracer } from './tracing.ts';

export interface Otlp {
  readonly tracer: RequestTracer;
  /** Sends what is left, and no more. */
  close(): Promise<void>;
}

/** Sends traces to a collector by OTLP over HTTP. What it needs is loaded only here: most processes send none. */
export async function startOtlp(endpoint: URL): Promise<Otlp> {
  const { recordSpans } = await import('./request-spans.ts');
  const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
  const { resourceFromAttributes } = await import('@opentelemetry/resources');
  const { BatchSpanProcessor, TracerProvider } = await import('@opentelemetry/sdk-trace');
  const url = new URL(`${endpoint.href.replace(/\/+$/, '')}/v1/traces`);
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'images-gateway' }),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: url.href }) })],
  });
  return { tracer: recordSpans(provider.getTracer('images-gateway')), close: () => provider.shutdown() };
}
