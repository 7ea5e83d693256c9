export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

/** The value that a share of all does not exceed: 0.99 for p99. */
export function percentile(values: Uint32Array, share: number): number {
  return values.toSorted()[Math.max(0, Math.ceil(values.length * share) - 1)] ?? NaN;
}

export function printTable(rows: readonly (readonly string[])[]): string {
  const [head = [], ...rest] = rows;
  return [head, head.map(() => '---'), ...rest].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
