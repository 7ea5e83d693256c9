export interface Contender {
  readonly name: string;
  /** None for the gateway, which runs as `npm start` runs it. */
  readonly script?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Sends bytes without a look at the request. */
  readonly isFloor?: true;
}

export const GATEWAY: Contender = { name: 'gateway' };
export const TWO_WORKERS: Contender = { name: 'gateway, two workers', env: { WORKERS: '2' } };
export const FIXED: Contender = {
  name: 'fixed buffer (floor)',
  script: 'bench/servers/fixed.ts',
  isFloor: true,
};
/** What all others are compared with. */
export const BASELINE: Contender = { name: 'mercurius + JIT', script: 'bench/servers/mercurius.ts' };

export const CONTENDERS: readonly Contender[] = [
  GATEWAY,
  TWO_WORKERS,
  { name: 'gateway, each response executed', env: { ANSWER_CACHE_MAX_BYTES: '0' } },
  { name: 'gateway, nothing shared', env: { LIST_TTL_MS: '0' } },
  FIXED,
  { name: 'raw passthrough', script: 'bench/servers/passthrough.ts', isFloor: true },
  BASELINE,
  { name: 'yoga + DataLoader + undici', script: 'bench/servers/naive-yoga.ts' },
];
