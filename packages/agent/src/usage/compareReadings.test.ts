import { differencesOf, isEngineNetwork } from './compareReadings.ts';
import type { UsageReading } from './usageReading.ts';

const reading = (parts: Partial<UsageReading> = {}, usageSeconds = 5): UsageReading => ({
  takenAtSeconds: 0,
  cpu: { usageSeconds },
  memory: { usageBytes: 9 },
  memoryDetails: { chargedBytes: 10 },
  network: { receiveBytes: 1, transmitBytes: 2 },
  blockIo: { readBytes: 3, writeBytes: 4 },
  pids: { current: 1 },
  ...parts,
});
/** A reading without some of its parts. */
const without = (...parts: readonly (keyof UsageReading)[]): UsageReading => {
  const less = reading();
  for (const part of parts) Reflect.deleteProperty(less, part);
  return less;
};
const compared = (
  told: Partial<UsageReading>,
  { before = reading(), after = reading() }: { before?: UsageReading; after?: UsageReading } = {},
) => differencesOf({ before, told: reading(told), after }, 1000);

test('equal numbers are no difference', () => {
  expect(compared({})).toEqual([]);
});

test('a counter may lie between what was read before and after', () => {
  const busy = { before: reading({}, 4), after: reading({}, 6) };
  expect(compared({}, busy)).toEqual([]);
  expect(compared({ cpu: { usageSeconds: 3.9 } }, busy)).toEqual([
    'CPU time: the engine says 3.9, the cgroup 4 to 6.',
  ]);
  expect(compared({ cpu: { usageSeconds: 6.1 } }, busy)).toHaveLength(1);
});

test.each([
  ['memory charged', { memoryDetails: { chargedBytes: 11 } }],
  ['processes', { pids: { current: 2 } }],
] as const)('%s must be equal while nothing runs, and only then', (name, told) => {
  expect(compared(told)).toEqual([expect.stringMatching(`^${name}: `)]);
  expect(compared(told, { after: reading({}, 6) })).toEqual([]);
});

test.each([
  ['no limit is the host’s memory', [undefined, 1000], 0],
  ['a limit above the host’s memory is the host’s memory', [5000, 1000], 0],
  ['a limit is a limit', [500, 500], 0],
  ['another limit is another limit', [500, 501], 1],
  ['no limit is no limit', [undefined, 500], 1],
] as const)('%s', (_, [own, engines], differences) => {
  const read = reading({
    memory: own === undefined ? { usageBytes: 9 } : { usageBytes: 9, limitBytes: own },
  });
  const told = { memory: { usageBytes: 9, limitBytes: engines } };
  expect(compared(told, { before: read, after: read })).toHaveLength(differences);
});

test('a limit of processes is compared, and none is none', () => {
  const read = reading({ pids: { current: 1, limit: 10 } });
  expect(compared({ pids: { current: 1, limit: 10 } }, { before: read, after: read })).toEqual([]);
  expect(compared({ pids: { current: 1 } }, { before: read, after: read })).toHaveLength(1);
});

test('what only one of them tells is a difference', () => {
  const less = without('network', 'blockIo');
  expect(compared({}, { before: less, after: less })).toHaveLength(4);
  expect(differencesOf({ before: reading(), told: less, after: reading() }, 1000)).toHaveLength(4);
  expect(differencesOf({ before: less, told: less, after: less }, 1000)).toEqual([]);
});

test('a network that only the cgroup sees is the engine’s own', () => {
  const [seen, none] = [reading(), without('network')];
  expect(isEngineNetwork({ before: seen, told: none, after: seen })).toBe(true);
  expect(isEngineNetwork({ before: seen, told: seen, after: seen })).toBe(false);
  expect(isEngineNetwork({ before: none, told: none, after: none })).toBe(false);
});
