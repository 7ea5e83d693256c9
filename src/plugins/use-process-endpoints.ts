import type { Plugin } from 'graphql-yoga';

import { requestIdOf } from './request-id.ts';

interface Content {
  readonly status?: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface ProcessEndpointsOptions {
  readonly isReady: () => boolean;
  readonly metrics: { readonly contentType: string; print(): Promise<string> };
  /** Called with the error that keeps metrics from being printed. */
  readonly onMetricsError: (error: unknown, requestId: string) => void;
  readonly toRefusal: (refusal: 'METHOD' | 'NOT_READY' | 'METRICS', requestId: string) => Content;
}

/** Serves `/health`, `/ready` and `/metrics` (Prometheus) by GET and HEAD. */
export function useProcessEndpoints({
  isReady,
  metrics,
  onMetricsError,
  toRefusal,
}: ProcessEndpointsOptions): Plugin {
  const endpoints = new Map<string, (requestId: string) => Content | Promise<Content>>([
    ['/health', () => toContent('{"status":"ok"}')],
    [
      '/ready',
      (requestId) => (isReady() ? toContent('{"status":"ready"}') : toRefusal('NOT_READY', requestId)),
    ],
    [
      '/metrics',
      async (requestId) => {
        try {
          return toContent(await metrics.print(), metrics.contentType);
        } catch (error) {
          onMetricsError(error, requestId);
          return toRefusal('METRICS', requestId);
        }
      },
    ],
  ]);
  return {
    async onRequest({ request, url, endResponse, fetchAPI }) {
      const endpoint = endpoints.get(url.pathname);
      if (endpoint === undefined) return;
      const requestId = requestIdOf(request);
      const isRead = request.method === 'GET' || request.method === 'HEAD';
      const {
        body,
        status = 200,
        headers,
      } = isRead ? await endpoint(requestId) : toRefusal('METHOD', requestId);
      const allow = isRead ? {} : { allow: 'GET, HEAD' };
      endResponse(new fetchAPI.Response(body, { status, headers: { ...headers, ...allow } }));
    },
  };
}

function toContent(body: string, type = 'application/json; charset=utf-8'): Content {
  return { headers: { 'content-type': type }, body };
}
