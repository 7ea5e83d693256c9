import { createClient } from 'graphql-sse';
import { expect, it } from 'vitest';

import { findNginx } from '../../scripts/nginx.ts';
import { Nginx } from '../support/nginx.ts';
import { TestGateway } from '../support/test-gateway.ts';

it('nginx with its default settings passes each event on when it happens', async ({ skip }) => {
  const executable = findNginx() ?? skip('there is no nginx, and apt-get cannot download it');
  await using gateway = await TestGateway.start();
  const { port, close } = await gateway.listen();
  await using nginx = await Nginx.start(executable, port);
  const { control } = gateway.sandbox;
  const [id = 0] = control.insert({ token: 'sandbox', images: [{ name: 'importing', status: 'pending' }] });

  const client = createClient({
    url: `${nginx.url}/graphql`,
    headers: { authorization: 'Bearer sandbox' },
    retryAttempts: 0,
  });
  const events = client.iterate({ query: `subscription { imageStatus(id: "do:image:${id}") { status } }` });
  // The image stays as it is until the first event has arrived.
  const first = await events.next();
  expect(first).toEqual({ done: false, value: { data: { imageStatus: { status: 'PENDING' } } } });
  control.patch({ token: 'sandbox', id, image: { status: 'available' } });
  expect((await events.next()).value).toEqual({ data: { imageStatus: { status: 'AVAILABLE' } } });
  expect((await events.next()).done).toBe(true);
  client.dispose();
  close();
});
