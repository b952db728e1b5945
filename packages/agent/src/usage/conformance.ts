import { numbersOf } from './readingNumbers.ts';
import type { UsageReading } from './usageReading.ts';
import type { UsageRequest, UsageSource, UsageTarget } from './usageSource.ts';

/** A host at one moment, and what another source said of it in that moment. */
export interface UsageScenario {
  /** Running and paused containers, all with a reading in `reference`. */
  readonly containers: readonly UsageTarget[];
  readonly engine: UsageRequest['engine'];
  readonly hostMemoryBytes: number;
  /** Names of containers that did nothing meanwhile: their numbers must be equal. */
  readonly quiet: ReadonlySet<string>;
  /** By id. */
  readonly reference: ReadonlyMap<string, UsageReading>;
}

/** What every source tells of every container. */
const ALWAYS = [
  ...['cpu.usageSeconds', 'cpu.hostSeconds', 'cpu.onlineCpus'],
  ...['cpuDetails.userSeconds', 'cpuDetails.systemSeconds'],
  ...['cpuDetails.throttling.periods', 'cpuDetails.throttling.throttledPeriods'],
  ...['cpuDetails.throttling.throttledSeconds'],
  ...['memory.usageBytes', 'memory.limitBytes', 'memoryDetails.chargedBytes'],
  ...['memoryDetails.workingSetBytes', 'memoryDetails.cacheBytes', 'memoryDetails.rssBytes'],
  ...['memoryDetails.mappedFileBytes', 'memoryDetails.pageFaults'],
  ...['memoryDetails.majorPageFaults', 'memoryDetails.limitHits'],
  ...['blockIo.readBytes', 'blockIo.writeBytes', 'pids.current'],
] as const;

/** Of the host and of the moment, not of the container. */
const MOVING: ReadonlySet<string> = new Set(['takenAtSeconds', 'cpu.hostSeconds']);

/** How long both sources may have taken to go round the containers. */
const MOMENT_SECONDS = 60;

const NOBODY: UsageTarget = { id: 'f'.repeat(64), name: 'nobody' };

/**
 * What every source of usage numbers must do, whatever it reads. To be called in a test file, once
 * for each source and scenario; `close` ends what `makeSource` began. The scenario may be made in a
 * `beforeAll` around.
 */
export function describeUsageSource(
  name: string,
  makeSource: () => Promise<{ readonly source: UsageSource; readonly close: () => unknown }>,
  scenario: () => UsageScenario,
): void {
  describe(`${name} as a source of usage`, () => {
    let containers: UsageScenario['containers'];
    let engine: UsageScenario['engine'];
    let quiet: UsageScenario['quiet'];
    let reference: UsageScenario['reference'];
    let hostMemoryBytes: number;
    let source: UsageSource;
    let close: () => unknown;
    let readings: ReadonlyMap<string, UsageReading>;

    const values = (reading: UsageReading | undefined): ReadonlyMap<string, number> =>
      reading === undefined ? new Map() : numbersOf(reading, hostMemoryBytes);

    beforeAll(async () => {
      ({ containers, engine, quiet, reference, hostMemoryBytes } = scenario());
      ({ source, close } = await makeSource());
      const result = await source.read({ containers, engine });
      expect([result.problem, ...result.unread.values()]).toEqual([undefined]);
      readings = result.readings;
    });
    afterAll(() => close());

    test('reads every container it is asked for, and no other', () => {
      expect([...readings.keys()].toSorted()).toEqual(containers.map(({ id }) => id).toSorted());
    });

    test('tells of each all that every source tells', () => {
      for (const { id, name: container } of containers) {
        const told = values(readings.get(id));
        const missing = ALWAYS.filter((path) => !told.has(path));
        expect([container, ...missing]).toEqual([container]);
      }
    });

    test('tells of no container an impossible number', () => {
      for (const { id, name: container } of containers) {
        const impossible = [...values(readings.get(id))].filter(
          ([, value]) => !Number.isFinite(value) || value < 0,
        );
        expect([container, ...impossible]).toEqual([container]);
      }
    });

    test('says of quiet containers what the other source says, number by number', () => {
      const others = containers.filter((one) => quiet.has(one.name));
      expect(others.length).toBeGreaterThan(2);
      for (const { id, name: container } of others) {
        const [told, other] = [values(readings.get(id)), values(reference.get(id))];
        const both = [...told.keys()].filter((path) => other.has(path) && !MOVING.has(path));
        expect(both.length).toBeGreaterThan(ALWAYS.length - 2);
        const pick = (from: ReadonlyMap<string, number>): unknown[] =>
          both.map((path) => [container, path, from.get(path)]);
        expect(pick(told)).toEqual(pick(other));
      }
    });

    test('sees a network where the other source sees one, with the same interfaces', () => {
      const interfaces = (from: ReadonlyMap<string, UsageReading>): unknown[] =>
        containers.map(({ id, name: container }) => {
          const names = from.get(id)?.interfaces?.map((one) => one.name) ?? [];
          return [container, from.get(id)?.network !== undefined, names.toSorted()];
        });
      expect(interfaces(readings)).toEqual(interfaces(reference));
    });

    test('counts the time of the host as the other source does', () => {
      for (const { id } of containers) {
        const [cpu, other] = [readings.get(id)?.cpu, reference.get(id)?.cpu];
        expect(cpu?.onlineCpus).toBe(other?.onlineCpus);
        const seconds = Math.abs((cpu?.hostSeconds ?? NaN) - (other?.hostSeconds ?? NaN));
        expect(seconds).toBeLessThan(MOMENT_SECONDS * (cpu?.onlineCpus ?? 1));
      }
    });

    test('adds up what it tells one by one', () => {
      for (const { blockIo, blockDevices = [], network, interfaces = [] } of readings.values()) {
        expect(blockIo).toEqual({
          readBytes: sum(blockDevices.map((device) => device.readBytes)),
          writeBytes: sum(blockDevices.map((device) => device.writeBytes)),
        });
        if (network === undefined) continue;
        expect(network).toEqual({
          receiveBytes: sum(interfaces.map((one) => one.receiveBytes)),
          transmitBytes: sum(interfaces.map((one) => one.transmitBytes)),
        });
      }
    });

    test('knows nothing of a container that has gone, and that is no fault', async () => {
      const [one] = containers;
      const some = [NOBODY, ...(one === undefined ? [] : [one])];
      const result = await source.read({ containers: some, engine });
      expect([...result.readings.keys()]).toEqual([one?.id]);
      expect([result.unread.size, result.problem]).toEqual([0, undefined]);
    });

    test('tells nothing when nobody is asked for', async () => {
      const result = await source.read({ containers: [], engine });
      expect([result.readings.size, result.unread.size, result.problem]).toEqual([0, 0, undefined]);
    });

    test('says the same again of those that were left out meanwhile', async () => {
      const { readings: again } = await source.read({ containers, engine });
      const still = containers.filter((one) => quiet.has(one.name));
      const numbers = (from: ReadonlyMap<string, UsageReading>): unknown[] =>
        still.map(({ id }) => [...values(from.get(id))].filter(([path]) => !MOVING.has(path)));
      expect(numbers(again)).toEqual(numbers(readings));
    });
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
