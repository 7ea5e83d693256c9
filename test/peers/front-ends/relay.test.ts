import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { describe, expect, it, vi } from 'vitest';

import { Recipe } from './recipe.ts';
import { expectWholeWalk, FILTER, type PagingClient, ServedGateway } from './walk.ts';

// As the compiled component takes them: a second copy of React would have hooks of its own.
const require = createRequire(import.meta.url);
const { transformSync } = require('@babel/core');
const { Window } = require('happy-dom');
const { createElement, Suspense } = require('react');
const { RelayEnvironmentProvider } = require('react-relay');

/** The component and the environment of the documentation, compiled as a bundler would. */
function build(recipe: Recipe) {
  recipe.run(require.resolve('relay-compiler/cli.js'), 'relay.config.json');
  recipe.write('package.json', '{ "type": "commonjs" }');
  const generated = readdirSync(recipe.path('__generated__')).map((name) => `__generated__/${name}`);
  for (const name of ['ImageList.jsx', 'environment.js', ...generated]) {
    const { code } = transformSync(readFileSync(recipe.path(name), 'utf8'), {
      filename: recipe.path(name),
      cwd: recipe.folder,
      configFile: false,
      presets: [[require.resolve('@babel/preset-react'), { runtime: 'automatic' }]],
      plugins: [
        require.resolve('babel-plugin-relay'),
        require.resolve('@babel/plugin-transform-modules-commonjs'),
      ],
    });
    recipe.write(name.replace('.jsx', '.js'), code);
  }
  const { ImageList } = require(recipe.path('ImageList.js'));
  const { createEnvironment } = require(recipe.path('environment.js'));
  return { ImageList, createEnvironment };
}

/** A page with one component in it, whose buttons can be pressed. */
class Page implements PagingClient, AsyncDisposable {
  readonly #window = new Window();
  readonly #root;

  private constructor(element: unknown) {
    // React looks for these when it is loaded.
    Reflect.set(globalThis, 'window', this.#window);
    Reflect.set(globalThis, 'document', this.#window.document);
    const container = this.#window.document.createElement('div');
    this.#window.document.body.append(container);
    this.#root = require('react-dom/client').createRoot(container);
    this.#root.render(element);
  }

  static async show(element: unknown): Promise<Page> {
    const page = new Page(element);
    await vi.waitUntil(() => page.ids().length > 0, { timeout: 5_000 });
    return page;
  }

  ids(): string[] {
    return Array.from(this.#window.document.querySelectorAll('li'), ({ id }) => String(id));
  }

  hasMore(end: 'first' | 'last'): boolean {
    return this.#button(end) !== undefined;
  }

  async more(end: 'first' | 'last'): Promise<void> {
    const before = this.ids().length;
    this.#button(end).click();
    await vi.waitUntil(() => this.ids().length > before, { timeout: 5_000 });
  }

  #button(end: 'first' | 'last') {
    const label = end === 'first' ? 'More' : 'Earlier';
    const buttons = [...this.#window.document.querySelectorAll('button')];
    return buttons.find(({ textContent }) => textContent === label);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#root.unmount();
    await this.#window.happyDOM.close();
    // The globals stay: React's scheduler may still look at them.
  }
}

describe('Relay', () => {
  it.each(['first', 'last'] as const)('shows a filtered list once that is walked by `%s`', async (end) => {
    using recipe = new Recipe('Relay');
    await using served = await ServedGateway.start();
    const { ImageList, createEnvironment } = build(recipe);
    const environment = createEnvironment(served.url, 'sandbox');
    await using page = await Page.show(
      createElement(
        RelayEnvironmentProvider,
        { environment },
        createElement(Suspense, { fallback: null }, createElement(ImageList, { filter: FILTER, [end]: 20 })),
      ),
    );
    await expectWholeWalk(page, end, served);

    const store = environment.getStore().getSource();
    const images = store.getRecordIDs().filter((id: string) => id.startsWith('do:image:'));
    expect(new Set(images)).toEqual(new Set(page.ids()));
  });
});
