import { type JsonObject, toWireTime } from './json.ts';

/**
 * A whole private image around the fields that are given, in the wire's order.
 *
 * @param createdAt epoch milliseconds
 */
export function createImage(
  { id, ...fields }: JsonObject & { readonly id: number },
  createdAt: number,
): JsonObject {
  return {
    id,
    name: `snapshot-${id}`,
    distribution: 'Ubuntu',
    slug: null,
    public: false,
    regions: ['nyc3'],
    created_at: toWireTime(createdAt),
    min_disk_size: 25,
    type: 'snapshot',
    size_gigabytes: 2.34,
    description: '',
    tags: [],
    status: 'available',
    error_message: '',
    ...fields,
  };
}

const FIRST_CREATED_AT = Date.UTC(2026, 9, 1);
const MINUTE_MS = 60_000;

const MACHINES = ['web', 'api', 'db', 'cache', 'worker', 'queue', 'search'];
const DISTRIBUTIONS = ['Ubuntu', 'Debian', 'Rocky Linux', 'AlmaLinux', 'Fedora', 'CentOS', 'Unknown OS'];
const REGIONS = ['nyc3', 'ams3', 'fra1', 'sfo3', 'sgp1', 'lon1', 'tor1', 'blr1', 'syd1'];
const DISKS = [10, 25, 50, 80, 160];

/** The nth of a row of private images that differ in every field and are the same in every run. */
export function createNthImage(n: number, id: number): JsonObject {
  const machine = at(MACHINES, n);
  const home = at(REGIONS, n);
  return createImage(
    {
      id,
      name: `${machine}-${String(n).padStart(5, '0')}`,
      distribution: at(DISTRIBUTIONS, n),
      regions: n % 3 === 0 ? [home, at(REGIONS, n + 4)] : [home],
      min_disk_size: at(DISKS, n),
      type: n % 5 === 4 ? 'backup' : 'snapshot',
      size_gigabytes: Math.round((0.5 + ((n * 37) % 400) / 16) * 100) / 100,
      tags: n % 4 === 0 ? [machine] : [],
    },
    FIRST_CREATED_AT + n * MINUTE_MS,
  );
}

function at<T>(values: readonly T[], n: number): T {
  const value = values[n % values.length];
  if (value === undefined) throw new RangeError('an empty row of values');
  return value;
}
