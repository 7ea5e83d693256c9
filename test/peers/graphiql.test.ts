import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { TestGateway } from '../support/test-gateway.ts';
import { openBrowser } from './browser.ts';

let browser: Browser;
let gateway: TestGateway;
let closeServer: () => void;
let url: string;

beforeAll(async () => {
  browser = await openBrowser();
  gateway = await TestGateway.start({ env: { DIGITALOCEAN_TOKEN: 'sandbox' } });
  const { port, close } = await gateway.listen();
  closeServer = close;
  url = `http://127.0.0.1:${port}/graphql`;
}, 60_000);

afterAll(async () => {
  await browser?.close();
  closeServer?.();
  await gateway?.[Symbol.asyncDispose]();
});

/** Opens GraphiQL with every request beyond this machine refused, and remembered. */
async function openGraphiQL(): Promise<{ page: Page; foreign: string[]; faults: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1_400, height: 900 } });
  const page = await context.newPage();
  const foreign: string[] = [];
  const faults: string[] = [];
  await page.route(
    (target) => /^https?:$/.test(target.protocol) && target.hostname !== '127.0.0.1',
    (route) => {
      foreign.push(route.request().url());
      return route.abort();
    },
  );
  page.on('pageerror', (error) => faults.push(error.message));
  await page.goto(url);
  await page.waitForSelector('.graphiql-execute-button');
  return { page, foreign, faults };
}

describe('GraphiQL in a browser without a network', { timeout: 60_000 }, () => {
  it('shows images after one click, and asks nobody beyond this machine', async () => {
    const { page, foreign, faults } = await openGraphiQL();
    await page.click('.graphiql-execute-button');
    const result = page.locator('.result-window');
    await result.getByText('"totalCount"').waitFor();
    await result.getByText('"do:image:17384153"').waitFor();
    const screenshot = process.env['SCREENSHOT'];
    if (screenshot !== undefined) await page.screenshot({ path: screenshot });
    expect(await result.innerText()).toContain('"name"');
    expect(foreign).toEqual([]);
    expect(faults).toEqual([]);
  });

  it('has the same tabs when the page is loaded again', async () => {
    const { page } = await openGraphiQL();
    const tabs = page.locator('.graphiql-tab-button');
    const before = await tabs.allInnerTexts();
    await page.click('.graphiql-execute-button');
    await page.locator('.result-window').getByText('"totalCount"').waitFor();
    await page.reload();
    await page.waitForSelector('.graphiql-execute-button');
    expect(await tabs.allInnerTexts()).toEqual(before);
  });

  it('has a tab for each preset, and each of them runs', async () => {
    const { page, faults } = await openGraphiQL();
    const tabs = page.locator('.graphiql-tab-button');
    expect(await tabs.allInnerTexts()).toEqual([
      'FirstPage',
      'NextPage',
      'MyImages',
      'BySlug',
      'ById',
      'ImagePicker',
      'Import',
      'Watch',
    ]);
    for (const [index, shows] of [
      '"totalCount"',
      '"nodes"',
      '"sizeGigabytes"',
      '"195932981"',
      '"public"',
      '"facets"',
      '"createImage"',
      '"imageStatus"',
    ].entries()) {
      await tabs.nth(index).click();
      const result = page.locator('.result-window');
      // The button goes on with the tab before for a moment, until the editor has settled.
      await vi.waitFor(
        async () => {
          await page.click('.graphiql-execute-button');
          await result.getByText(shows).first().waitFor({ timeout: 1_000 });
        },
        { timeout: 20_000 },
      );
      expect(await result.innerText()).not.toContain('"errors"');
    }
    expect(faults).toEqual([]);
  });
});
