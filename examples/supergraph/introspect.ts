import type { Subgraph } from './composition.ts';

/**
 * A running subgraph with the SDL that it gives of itself.
 * @throws Error where what answers at the URL is no subgraph.
 */
export async function introspect(name: string, url: string): Promise<Subgraph> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ service: _service { sdl } }' }),
  });
  const { data } = await response.json();
  const sdl: unknown = data?.service?.sdl;
  if (typeof sdl === 'string') return { name, url, sdl };
  throw new Error(`No subgraph answers at ${url}: HTTP ${response.status}, without an SDL.`);
}
