import { byContainer, isStill, namesOf, readingsOf, runs } from './observed.ts';
import type { Observation } from './observation.ts';
import type { ContainerTruth } from './truth.ts';
import type { Usage } from './usage.ts';

type CounterName =
  | 'container_cpu_seconds_total'
  | 'container_network_bytes_in'
  | 'container_network_bytes_out'
  | 'container_block_bytes_in'
  | 'container_block_bytes_out';

interface CounterFacts {
  readonly part: keyof Usage;
  readonly has: (truth: ContainerTruth) => boolean;
  /** A container whose number must not have moved between the two readings. */
  readonly exact: string;
  /** Which of the two numbers of a column of `docker stats` it is. */
  readonly printed?: { readonly column: 'NetIO' | 'BlockIO'; readonly side: 0 | 1 };
}

const runsInOwnNetwork = (truth: ContainerTruth): boolean => runs(truth) && truth.hasOwnNetwork;

const counters: Readonly<Record<CounterName, CounterFacts>> = {
  container_cpu_seconds_total: { part: 'cpuSeconds', has: runs, exact: 'idle' },
  container_network_bytes_in: {
    part: 'networkIn',
    has: runsInOwnNetwork,
    exact: 'idle',
    printed: { column: 'NetIO', side: 0 },
  },
  container_network_bytes_out: {
    part: 'networkOut',
    has: runsInOwnNetwork,
    exact: 'idle',
    printed: { column: 'NetIO', side: 1 },
  },
  container_block_bytes_in: {
    part: 'blockIn',
    has: runs,
    exact: 'wrote',
    printed: { column: 'BlockIO', side: 0 },
  },
  container_block_bytes_out: {
    part: 'blockOut',
    has: runs,
    exact: 'wrote',
    printed: { column: 'BlockIO', side: 1 },
  },
};

/** A counter lies between the two readings: it equals them wherever they are equal. */
export function expectCounter(seen: Observation, name: CounterName): void {
  const { part, has, exact, printed } = counters[name];
  const found = byContainer(seen, name);
  expect([...found.keys()]).toEqual(namesOf(seen, has));
  const wrong = [...found].flatMap(([container, { value }]) => {
    const readings = readingsOf(seen, container, part);
    const between = value >= Math.min(...readings) && value <= Math.max(...readings);
    const text = printed && seen.statsLines.get(container)?.[printed.column];
    const shown = printed && text?.split(' / ')[printed.side];
    const asPrinted =
      shown === undefined || !isStill(seen, container, part) || shown === humanSize(value);
    return between && asPrinted ? [] : [{ container, value, readings, shown }];
  });
  expect(wrong).toEqual([]);
  // Something must have moved, or the test would hold for a constant; and something must be known to
  // the byte, or it would hold for a number that is only near.
  const still = namesOf(seen, has).filter((name) => isStill(seen, name, part));
  expect(found.size).toBeGreaterThan(still.length);
  expect(still).toEqual(expect.arrayContaining([exact]));
}

/** As `docker stats` prints bytes: three digits, powers of a thousand. */
function humanSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${Number(value.toPrecision(3))}${units[unit] ?? ''}`;
}
