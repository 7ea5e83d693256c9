import { describe, expect, it } from 'vitest';

import { type Answer, TestGateway } from './support/test-gateway.ts';

const image = (id: number) => `{ image(imageId: "${id}") { id } }`;

function codeOf({ errors }: Answer): unknown {
  return errors[0]?.extensions['code'] ?? 'ok';
}

/** Asks for so many images, one after the other. */
async function askInTurn(gateway: TestGateway, count: number): Promise<Answer[]> {
  const answers = [];
  for (let id = 1; id <= count; id += 1) answers.push(await gateway.query(image(id)));
  return answers;
}

describe('while the API is down', () => {
  it.each([{ status: 503 }, { kind: 'reset' }, { status: 504 }] as const)(
    'retries are few, and after some failures nothing is sent for a while: %j',
    async (fault) => {
      await using gateway = await TestGateway.start();
      gateway.sandbox.control.addFault(fault);
      const answers = await askInTurn(gateway, 200);
      expect(new Set(answers.map(codeOf))).toEqual(
        new Set([
          'status' in fault && fault.status === 504 ? 'UPSTREAM_TIMEOUT' : 'UPSTREAM_UNAVAILABLE',
          'UPSTREAM_UNAVAILABLE',
        ]),
      );
      const sent = gateway.upstream().length;
      expect(sent).toBeLessThan(40);
      const last = answers.at(-1);
      expect(last?.errors).toMatchObject([
        { extensions: { circuit: 'open', retryAfter: expect.any(Number) } },
      ]);
      expect(last?.headers.get('retry-after')).toBe(String(last?.errors[0]?.extensions['retryAfter']));
    },
  );

  it.each([{ status: 503 }, { kind: 'reset' }] as const)(
    'the calls of all stop after some failures, however few each of them makes: %j',
    async (fault) => {
      const tokens = Array.from({ length: 200 }, (_, index) => `token-${index}`);
      await using gateway = await TestGateway.start({ sandbox: { tokens } });
      gateway.sandbox.control.addFault(fault);
      const answers: Answer[] = [];
      for (const token of tokens) answers.push(await gateway.query(image(7), {}, { token }));
      expect(answers.map(codeOf)).toEqual(tokens.map(() => 'UPSTREAM_UNAVAILABLE'));
      expect(gateway.upstream().length).toBeLessThan(20);
      const metrics = async () => (await gateway.fetch('/metrics')).text();
      expect(await metrics()).toMatch(/^images_gateway_origin_circuit_open 1$/m);
      expect(answers.at(-1)?.errors).toMatchObject([{ extensions: { circuit: 'open' } }]);

      gateway.sandbox.control.clearFaults();
      await expect.poll(async () => codeOf(await gateway.query(image(7)))).toBe('ok');
      for (const token of tokens) expect(codeOf(await gateway.query(image(7), {}, { token }))).toBe('ok');
      expect(await metrics()).toMatch(/^images_gateway_circuits_open 0$/m);
    },
  );

  it('calls that run at once are sent little more often than they are asked for', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ status: 503, latencyMs: 50 });
    await Promise.all(Array.from({ length: 60 }, (_, id) => gateway.query(image(id + 1))));
    expect(gateway.upstream().length).toBeLessThanOrEqual(60 * 1.25);
  });

  it('the API is asked again by itself once it is back', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ kind: 'reset' });
    await askInTurn(gateway, 30);
    gateway.sandbox.control.clearFaults();
    await expect.poll(async () => codeOf(await gateway.query('{ images { totalCount } }'))).toBe('ok');
    expect((await askInTurn(gateway, 20)).map(codeOf)).toEqual(Array.from({ length: 20 }, () => 'ok'));
    const states = gateway.log.flatMap(({ state }) => (typeof state === 'string' ? [state] : []));
    expect(states.slice(0, 1)).toEqual(['open']);
    expect(states.slice(-2)).toEqual(['half-open', 'closed']);
  });

  it('a held list serves nevertheless', async () => {
    await using gateway = await TestGateway.start();
    await gateway.query('{ images { totalCount } }');
    gateway.sandbox.control.addFault({ status: 503 });
    await askInTurn(gateway, 30);
    gateway.clock.nowMs += 20_000;
    expect(await gateway.query('{ images { totalCount } }')).toMatchObject({
      data: { images: { totalCount: 80 } },
      extensions: { stale: true },
    });
  });
});

describe('many lists that grow old together', () => {
  it('are read anew some at a time, while each still answers, and who waits for a call finds one', async () => {
    await using gateway = await TestGateway.start();
    const list = (tag: number) => gateway.query(`{ images(filter: { tagName: "t${tag}" }) { totalCount } }`);
    const all = () => Promise.all(Array.from({ length: 60 }, (_, tag) => list(tag)));
    await all();
    gateway.sandbox.control.addFault({ match: { token: 'sandbox' }, latencyMs: 300 });
    gateway.clock.nowMs += 20_000;
    gateway.upstream();
    for (const { data, extensions } of await all())
      expect({ data, extensions }).toMatchObject({
        data: { images: { totalCount: 0 } },
        extensions: { stale: true },
      });
    await expect.poll(() => gateway.sandbox.control.requests().count).toBe(16);
    const others = Array.from({ length: 20 }, () => gateway.query(image(7), {}, { token: 'sandbox-b' }));
    expect((await Promise.all(others)).map(codeOf)).toEqual(others.map(() => 'ok'));
    expect(gateway.upstream()).toHaveLength(17);
    gateway.sandbox.control.clearFaults();
    await expect.poll(async () => (await all()).every(({ extensions }) => !extensions?.['stale'])).toBe(true);
  });
});

describe('what is not the fault of the API', () => {
  it('is a token whose calls alone fail, beside others that ask now and then', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ match: { token: 'sandbox' }, kind: 'reset' });
    for (let id = 1; id <= 40; id += 1) {
      await gateway.query(image(id));
      if (id % 8 !== 0) continue;
      expect(codeOf(await gateway.query(image(id), {}, { token: 'sandbox-b' }))).toBe('ok');
    }
    const metrics = await (await gateway.fetch('/metrics')).text();
    expect(metrics).toMatch(/^images_gateway_circuits_open 1$/m);
    expect(metrics).toMatch(/^images_gateway_origin_circuit_open 0$/m);
  });

  it('is a token whose calls alone fail: others go on', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ match: { token: 'sandbox' }, status: 500 });
    await askInTurn(gateway, 30);
    const others = await Promise.all(
      Array.from({ length: 30 }, (_, id) => gateway.query(image(id + 1), {}, { token: 'sandbox-b' })),
    );
    expect(new Set(others.map(codeOf))).toEqual(new Set(['ok']));
  });

  it('is a token whose calls are slow: others find slots', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ match: { token: 'sandbox' }, latencyMs: 1_500 });
    const slow = Array.from({ length: 150 }, (_, id) => gateway.query(image(id + 1)));
    await expect.poll(() => gateway.sandbox.control.requests().count).toBe(48);
    for (let id = 1; id <= 20; id += 1) {
      expect(codeOf(await gateway.query(image(id), {}, { token: 'sandbox-b' }))).toBe('ok');
    }
    await Promise.all(slow);
  });

  it.each([404, 401, 403, 409, 422])('does not stop calls: %d', async (status) => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ status });
    await askInTurn(gateway, 30);
    expect(gateway.upstream()).toHaveLength(30);
  });

  it('is a token over its limit: it is not sent again, and others go on', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ status: 429, retryAfter: 30, times: 1 });
    const answers = await askInTurn(gateway, 50);
    expect(new Set(answers.map(codeOf))).toEqual(new Set(['RATE_LIMITED']));
    expect(answers[0]?.headers.get('retry-after')).toBe('30');
    expect(answers[0]?.status).toBe(200);
    expect(gateway.upstream()).toHaveLength(1);
    expect(codeOf(await gateway.query(image(195932981), {}, { token: 'sandbox-b' }))).toBe('ok');
  });
});

describe('more than can be asked at once', () => {
  it('is refused at once beyond what runs and waits, with 503 and when to come again', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ latencyMs: 1_200 });
    const answers = await Promise.all(Array.from({ length: 400 }, (_, id) => gateway.query(image(id + 1))));
    const refused = answers.filter((answer) => codeOf(answer) === 'OVERLOADED');
    const served = answers.filter((answer) => codeOf(answer) === 'ok');
    expect(refused.length + served.length).toBe(400);
    // Forty-eight of one tenant run; of those who wait, whom their turn reaches in time.
    expect(served.length).toBeGreaterThanOrEqual(48);
    expect(served.length).toBeLessThanOrEqual(48 + 128);
    expect(gateway.upstream()).toHaveLength(served.length);
    for (const { status, data, headers, errors } of refused) {
      expect(status).toBe(503);
      expect(data).toBeUndefined();
      expect(headers.get('retry-after')).toBe('1');
      // A request that is not admitted has no field that failed.
      expect(errors).toMatchObject([{ extensions: { retryAfter: 1 } }]);
    }
  });

  it('is an error of its field, at 200, where the rest of the query has data', async () => {
    await using gateway = await TestGateway.start();
    await gateway.query('{ images { totalCount } }');
    gateway.sandbox.control.addFault({ latencyMs: 1_200 });
    const flood = Array.from({ length: 250 }, (_, id) => gateway.query(image(id + 1)));
    await expect.poll(() => gateway.sandbox.control.requests().count).toBeGreaterThanOrEqual(48);
    const both = await gateway.query(`{ images { totalCount } image(imageId: "900") { id } }`);
    // A process that is behind does not admit the request at all.
    const data = both.status === 503 ? undefined : { images: { totalCount: 80 }, image: null };
    expect(both.data).toEqual(data);
    expect(codeOf(both)).toBe('OVERLOADED');
    await Promise.all(flood);
  });

  it('delays the tenant who asks for it, and not another', async () => {
    await using gateway = await TestGateway.start();
    gateway.sandbox.control.addFault({ latencyMs: 200 });
    const flood = Array.from({ length: 400 }, (_, id) => gateway.query(image(id + 1)));
    await expect.poll(() => gateway.sandbox.control.requests().count).toBeGreaterThanOrEqual(48);
    const others = await Promise.all(
      Array.from({ length: 20 }, (_, id) => gateway.query(image(id + 1), {}, { token: 'sandbox-b' })),
    );
    expect(others.map(codeOf)).toEqual(Array.from({ length: 20 }, () => 'ok'));
    await Promise.all(flood);
  });
});

describe('five tenants', () => {
  it('who ask at once, two of them with tokens one letter apart, see what is theirs and no byte more', async () => {
    await using gateway = await TestGateway.start();
    const tokens = ['sandbox', 'sandbox-b', 'sandbox-readonly', 'sandbox-c', 'Sandbox'];
    const QUERIES = [
      '{ images(filter: { private: true }) { totalCount nodes { id name description } } }',
      '{ images(last: 30) { nodes { id name public } } rateLimit { limit } }',
      '{ image(imageId: "230000044") { name } }',
      '{ images(first: 5, orderBy: { field: NAME, direction: DESC }) { nodes { name } facets { types { value count } } } }',
    ];
    const ask = async (token: string, query: string) => {
      const { data, errors } = await gateway.query(query, {}, { token });
      return JSON.stringify({ data, codes: errors.map(({ extensions }) => extensions['code']) });
    };
    const alone = new Map<string, string>();
    for (const token of tokens)
      for (const query of QUERIES) alone.set(`${token} ${query}`, await ask(token, query));
    expect(alone.get(`sandbox ${QUERIES[0]}`)).toContain('golden-debian');
    expect(alone.get(`sandbox-b ${QUERIES[0]}`)).not.toContain('golden-debian');
    expect(alone.get(`sandbox-c ${QUERIES[0]}`)).toContain('UNAUTHENTICATED');

    for (let round = 0; round < 10; round += 1) {
      // The clock makes lists old while they are asked for.
      gateway.clock.nowMs += 9_000;
      await Promise.all(
        Array.from({ length: 200 }, async (_, index) => {
          const token = tokens[index % tokens.length] ?? '';
          const query = QUERIES[(index * 7 + round) % QUERIES.length] ?? '';
          expect(await ask(token, query)).toBe(alone.get(`${token} ${query}`));
        }),
      );
    }
  });
});
