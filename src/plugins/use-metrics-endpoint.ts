import type { Plugin } from 'graphql-yoga';

/** Answers `GET /metrics` in Prometheus' text format. */
export function useMetricsEndpoint(metrics: {
  readonly contentType: string;
  print(): Promise<string>;
}): Plugin {
  return {
    async onRequest({ request, url, endResponse, fetchAPI }) {
      if (url.pathname !== '/metrics' || request.method !== 'GET') return;
      endResponse(
        new fetchAPI.Response(await metrics.print(), { headers: { 'content-type': metrics.contentType } }),
      );
    },
  };
}
