import { describe, expect, it } from 'vitest';

import type { JsonObject } from '../../src/sandbox/json.ts';
import { ImageByNameDocument, NodesDocument } from '../generated/graphql.ts';
import { OpenDoor } from '../support/open-door.ts';
import { TestGateway } from '../support/test-gateway.ts';

const MINE = 230_000_044;
const ID = `do:image:${MINE}`;
const UBUNTU = { id: 'do:image:195932981', imageId: '195932981', slug: 'ubuntu-24-04-x64' };
const ONE = `{ image(imageId: "${MINE}") { name status regions { slug } } }`;
const LIST = '{ images(first: 200) { nodes { imageId name } } }';
const OUTAGE_MS = 60_000;

async function ask(gateway: TestGateway, token = 'sandbox') {
  const { data, errors, extensions } = await gateway.query(ONE, {}, { token });
  expect(errors).toEqual([]);
  return { image: data?.['image'], stale: extensions?.['stale'] === true, calls: gateway.upstream().length };
}

/** The id of the action. */
async function beginTransfer(gateway: TestGateway): Promise<string> {
  const { data } = await gateway.query(
    `mutation { transferImage(input: { id: "${ID}", regions: ["sgp1"] }) { actions { actionId } } }`,
  );
  return Object(data?.['transferImage']).actions[0].actionId;
}

/** All events of a subscription: the data of each, or its errors. */
async function told(gateway: TestGateway, field: string): Promise<unknown[]> {
  const events: unknown[] = [];
  for await (const { data, errors } of gateway.subscribe(`subscription { ${field} }`))
    events.push(errors.length > 0 ? errors : data);
  return events;
}

/** Changes the image as another program would. */
function patch({ sandbox }: TestGateway, image: JsonObject): void {
  sandbox.control.patch({ token: 'sandbox', id: MINE, image });
}

describe('an image that was read by itself', () => {
  it('is held like a list: fresh, then read anew with nobody waiting, then waited for', async () => {
    await using gateway = await TestGateway.start();
    const { control } = gateway.sandbox;
    expect(await ask(gateway)).toMatchObject({ calls: 1 });
    control.patch({ token: 'sandbox', id: MINE, image: { name: 'second' } });
    gateway.clock.nowMs += 14_999;
    expect(await ask(gateway)).toMatchObject({ image: { name: 'golden-debian' }, calls: 0 });
    gateway.clock.nowMs += 2;
    // The background call may have left before or after this response.
    const { image, calls } = await ask(gateway);
    expect(image).toMatchObject({ name: 'golden-debian' });
    await expect.poll(() => calls + control.requests().count).toBe(1);
    await expect.poll(async () => (await ask(gateway)).image).toMatchObject({ name: 'second' });
    control.patch({ token: 'sandbox', id: MINE, image: { name: 'third' } });
    gateway.clock.nowMs += 30_001;
    expect(await ask(gateway)).toMatchObject({ image: { name: 'third' }, calls: 1 });
  });

  it('is held for its tenant, by the name that it was asked for', async () => {
    await using gateway = await TestGateway.start();
    await ask(gateway);
    expect(await ask(gateway)).toMatchObject({ calls: 0 });
    expect(await ask(gateway, 'sandbox-b')).toMatchObject({ image: null, calls: 1 });
    expect((await gateway.query(ImageByNameDocument, { slug: UBUNTU.slug })).data?.image).toMatchObject(
      UBUNTU,
    );
    await gateway.query(ImageByNameDocument, { slug: UBUNTU.slug });
    expect(gateway.upstream()).toEqual([`GET /v2/images/${UBUNTU.slug}`]);
  });

  it('is asked for each time while it is about to change, and goes where it turns out to be', async () => {
    await using gateway = await TestGateway.start();
    const { control } = gateway.sandbox;
    control.patch({ token: 'sandbox', id: MINE, image: { status: 'pending' } });
    for (let time = 0; time < 2; time += 1)
      expect(await ask(gateway)).toMatchObject({ image: { status: 'PENDING' }, calls: 1 });
    control.patch({ token: 'sandbox', id: MINE, image: { status: 'available' } });
    expect(await ask(gateway)).toMatchObject({ image: { status: 'AVAILABLE' }, calls: 1 });
    expect(await ask(gateway)).toMatchObject({ image: { status: 'AVAILABLE' }, calls: 0 });
    control.patch({ token: 'sandbox', id: MINE, image: { status: 'pending' } });
    gateway.clock.nowMs += 16_000;
    expect(await ask(gateway)).toMatchObject({ image: { status: 'AVAILABLE' } });
    await expect.poll(async () => (await ask(gateway)).image).toMatchObject({ status: 'PENDING' });
    expect(await ask(gateway)).toMatchObject({ image: { status: 'PENDING' }, calls: 1 });
  });

  it('is null once it turns out to be gone', async () => {
    await using gateway = await TestGateway.start();
    await ask(gateway);
    gateway.sandbox.control.delete({ token: 'sandbox', ids: [MINE] });
    gateway.clock.nowMs += 16_000;
    expect(await ask(gateway)).toMatchObject({ image: { status: 'AVAILABLE' } });
    await expect.poll(async () => (await ask(gateway)).image).toBeNull();
    expect(await ask(gateway)).toMatchObject({ image: null, calls: 0 });
  });

  it('goes with a write of its tenant, and with a refused token', async () => {
    await using gateway = await TestGateway.start();
    await ask(gateway);
    await gateway.query(
      `mutation { updateImage(input: { id: "do:image:${MINE}", name: "renamed" }) { image { id } } }`,
    );
    gateway.upstream();
    expect(await ask(gateway)).toMatchObject({ image: { name: 'renamed' }, calls: 1 });
    gateway.sandbox.control.addFault({ status: 401, times: 1 });
    await gateway.query('{ image(imageId: "1") { id } }');
    gateway.upstream();
    expect(await ask(gateway)).toMatchObject({ image: { name: 'renamed' }, calls: 1 });
  });

  it('answers while the API is out of order, and says that it is stale', async () => {
    await using gateway = await TestGateway.start();
    await ask(gateway);
    gateway.sandbox.control.addFault({ status: 503 });
    gateway.clock.nowMs += OUTAGE_MS;
    expect(await ask(gateway)).toMatchObject({ image: { status: 'AVAILABLE' }, stale: true });
    // It was out of order just now.
    expect(await ask(gateway)).toMatchObject({ image: { status: 'AVAILABLE' }, stale: true, calls: 0 });
  });

  it('is at hand where many are asked for, with no list', async () => {
    await using gateway = await TestGateway.start();
    const ids = [MINE, 195_932_981, 135_509_519];
    for (const id of ids) await gateway.query(`{ image(imageId: "${id}") { id } }`);
    expect(gateway.upstream()).toHaveLength(3);
    const { data } = await gateway.query(NodesDocument, { ids: ids.map((id) => `do:image:${id}`) });
    expect(data?.nodes.map((node) => node?.id)).toEqual(ids.map((id) => `do:image:${id}`));
    expect(gateway.upstream()).toEqual([]);
  });
});

describe('an image that is held by itself and was seen otherwise since', () => {
  it('is as a later list has it, and does not go back when that is over', async () => {
    await using gateway = await TestGateway.start();
    const nameAfter = async (ms: number) => {
      gateway.clock.nowMs += ms;
      return Object((await ask(gateway)).image).name;
    };
    expect(await nameAfter(0)).toBe('golden-debian');
    gateway.clock.nowMs += 10_000;
    patch(gateway, { name: 'later' });
    await gateway.query(LIST);
    expect([await nameAfter(0), await nameAfter(14_000), await nameAfter(2_000)]).toEqual([
      'later',
      'later',
      'later',
    ]);
  });

  it('is gone where a later whole list has it no more, in the same answer too', async () => {
    for (const isOneAnswer of [false, true]) {
      await using gateway = await TestGateway.start();
      await ask(gateway);
      gateway.sandbox.control.delete({ token: 'sandbox', ids: [MINE] });
      if (!isOneAnswer) await gateway.query(LIST);
      const both = `{ images(first: 200) { nodes { imageId } } image(imageId: "${MINE}") { name } }`;
      const { data } = await gateway.query(both);
      expect(JSON.stringify(data)).not.toContain(String(MINE));
      expect(data).toMatchObject({ image: null });
    }
  });

  it('stays where a list says nothing of it', async () => {
    await using gateway = await TestGateway.start();
    await ask(gateway);
    await gateway.query('{ images(first: 1) { nodes { id } } }');
    await gateway.query('{ images(last: 1, filter: { category: APPLICATION }) { nodes { id } } }');
    gateway.upstream();
    expect(await ask(gateway)).toMatchObject({ image: { name: 'golden-debian' }, calls: 0 });
  });

  it('is not given again as it was', async () => {
    await using door = await OpenDoor.start();
    for (let time = 0; time < 3; time += 1) await door.ask(ONE);
    expect(await door.repeated()).toBe(1);
    patch(door.gateway, { name: 'later' });
    await door.ask(LIST);
    expect((await door.ask(ONE)).text).toContain('later');
  });

  it.each([
    [{ name: 'later' }, { name: 'later' }],
    [{ status: 'pending' }, { status: 'PENDING' }],
  ])('has one state under both its names, also where it is about to change: %j', async (image, shown) => {
    await using gateway = await TestGateway.start();
    await gateway.query(ImageByNameDocument, { slug: UBUNTU.slug });
    gateway.sandbox.control.patch({ token: 'sandbox', id: Number(UBUNTU.imageId), image });
    await gateway.query(ImageByNameDocument, { imageId: UBUNTU.imageId });
    const { data } = await gateway.query(ImageByNameDocument, { slug: UBUNTU.slug });
    expect(data?.image).toMatchObject(shown);
  });

  it('is as a subscription has told it', async () => {
    await using gateway = await TestGateway.start();
    await ask(gateway);
    patch(gateway, { name: 'later' });
    expect(await told(gateway, `imageStatus(id: "${ID}") { name }`)).toEqual([
      { imageStatus: { name: 'later' } },
    ]);
    gateway.upstream();
    expect(await ask(gateway)).toMatchObject({ image: { name: 'later' }, calls: 1 });
  });

  it('is in no list as it was before a subscription told it, from its first state on', async () => {
    await using gateway = await TestGateway.start();
    patch(gateway, { status: 'pending' });
    await gateway.query('{ images(first: 200) { nodes { id } } }');
    await gateway.query('{ images(first: 20, filter: { private: true }) { nodes { id } } }');
    patch(gateway, { status: 'available' });
    expect(await told(gateway, `imageStatus(id: "${ID}") { status }`)).toEqual([
      { imageStatus: { status: 'AVAILABLE' } },
    ]);
    const { data } = await gateway.query(
      `{ image(imageId: "${MINE}") { status } images(first: 20, filter: { private: true }) { nodes { imageId status } } }`,
    );
    expect(data).toMatchObject({ image: { status: 'AVAILABLE' } });
    expect(Object(data?.['images']).nodes).toContainEqual({ imageId: String(MINE), status: 'AVAILABLE' });
  });

  it('is gone where a subscription has not found it', async () => {
    await using gateway = await TestGateway.start();
    await ask(gateway);
    gateway.sandbox.control.delete({ token: 'sandbox', ids: [MINE] });
    expect(await told(gateway, `imageStatus(id: "${ID}") { name }`)).toMatchObject([
      [{ extensions: { code: 'NOT_FOUND' } }],
    ]);
    expect(await ask(gateway)).toMatchObject({ image: null });
  });

  it('costs no reading where a subscription tells what is held', async () => {
    await using gateway = await TestGateway.start();
    await gateway.query(LIST);
    expect(await told(gateway, `imageStatus(id: "${ID}") { name }`)).toEqual([
      { imageStatus: { name: 'golden-debian' } },
    ]);
    gateway.upstream();
    await gateway.query(LIST);
    expect(gateway.upstream()).toEqual([]);
  });

  it('is read anew once an action on it has been told to be over, as lists are', async () => {
    await using gateway = await TestGateway.start();
    const actionId = await beginTransfer(gateway);
    await gateway.query('{ images(last: 1, filter: { private: true }) { nodes { id } } }');
    expect(JSON.stringify((await ask(gateway)).image)).not.toContain('sgp1');
    gateway.sandbox.control.advance(600_000);
    expect(await told(gateway, `imageAction(imageId: "${ID}", actionId: "${actionId}") { status }`)).toEqual([
      { imageAction: { status: 'COMPLETED' } },
    ]);
    gateway.upstream();
    const { data: after } = await gateway.query(
      `{ images(last: 200, filter: { private: true }) { nodes { imageId regions { slug } } } }`,
    );
    expect(JSON.stringify(after)).toContain('sgp1');
    expect(JSON.stringify((await ask(gateway)).image)).toContain('sgp1');
  });

  it('costs one reading after an action that is long over, however often that is told', async () => {
    await using gateway = await TestGateway.start();
    const actionId = await beginTransfer(gateway);
    gateway.sandbox.control.advance(600_000);
    await gateway.query(LIST);
    gateway.clock.nowMs += 900_000;
    const calls: number[] = [];
    for (let time = 0; time < 3; time += 1) {
      expect(
        await told(gateway, `imageAction(imageId: "${ID}", actionId: "${actionId}") { status }`),
      ).toEqual([{ imageAction: { status: 'COMPLETED' } }]);
      gateway.upstream();
      await gateway.query(LIST);
      calls.push(gateway.upstream().length);
    }
    expect(calls).toEqual([1, 0, 0]);
  });

  it('goes with all that is held where a watched image has changed', async () => {
    await using gateway = await TestGateway.start();
    patch(gateway, { status: 'pending' });
    const states: unknown[] = [];
    for await (const { data } of gateway.subscribe(`subscription { imageStatus(id: "${ID}") { status } }`)) {
      states.push(Object(data?.['imageStatus']).status);
      if (states.length > 1) continue;
      await gateway.query('{ images(last: 1, filter: { private: true }) { nodes { id } } }');
      patch(gateway, { status: 'available' });
    }
    expect(states).toEqual(['PENDING', 'AVAILABLE']);
    const { data } = await gateway.query(
      '{ images(last: 200, filter: { private: true, statuses: [PENDING] }) { nodes { imageId } } }',
    );
    expect(JSON.stringify(data)).not.toContain(String(MINE));
  });
});
