import { createSchema, createYoga } from 'graphql-yoga';
import { expect, it } from 'vitest';

import { useProcessEndpoints } from '../../src/plugins/use-process-endpoints.ts';
import { createRequestError, toRefusal } from '../../src/request-errors.ts';

it('metrics that cannot be printed are a refusal, and only the log has the reason', async () => {
  const reported: unknown[] = [];
  const failure = new Error('no report of worker 2');
  const yoga = createYoga({
    schema: createSchema({ typeDefs: 'type Query { a: Int }' }),
    plugins: [
      useProcessEndpoints({
        isReady: () => true,
        metrics: { contentType: 'text/plain', print: () => Promise.reject(failure) },
        onMetricsError: (error) => reported.push(error),
        toRefusal: (refusal, requestId) => toRefusal(createRequestError(refusal), requestId),
      }),
    ],
    logging: false,
  });
  const response = await yoga.fetch('http://gateway.test/metrics', { headers: { 'x-request-id': 'mine' } });
  expect(response.status).toBe(503);
  expect(await response.json()).toEqual({
    errors: [{ message: expect.any(String), extensions: { code: 'METRICS_INCOMPLETE', requestId: 'mine' } }],
  });
  expect(reported).toEqual([failure]);
});
