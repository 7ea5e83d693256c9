import type { Plugin } from 'graphql-yoga';

/** Answers `GET /metrics` in Prometheus' text format, or says with 503 why it cannot. */
export function useMetricsEndpoint(metrics: {
  readonly contentType: string;
  print(): Promise<string>;
}): Plugin {
  return {
    async onRequest({ request, url, endResponse, fetchAPI }) {
      if (url.pathname !== '/metrics' || request.method !== 'GET') return;
      const { Response } = fetchAPI;
      try {
        const text = await metrics.print();
        endResponse(new Response(text, { headers: { 'content-type': metrics.contentType } }));
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        endResponse(new Response(`${reason}\n`, { status: 503 }));
      }
    },
  };
}
