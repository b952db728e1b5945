import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listScenarios, loadScenario } from '@docker-data-exporter/testkit/scenario';
import fc from 'fast-check';
import { parseStats } from './statsAnswer.ts';
import type { UsageReading } from './usageReading.ts';

const read = '2026-11-21T11:21:44.98059962Z';
const parsed = (answer: Record<string, unknown>): UsageReading => {
  const reading = parseStats({ read, ...answer });
  if (reading === undefined || reading === 'not-running') throw new Error(String(reading));
  return reading;
};

describe.each(listScenarios())('stats recorded in %s', (name) => {
  const scenario = loadScenario(name);
  const stats = scenario.containers.map(({ name, summary, stats, oneShot }) => ({
    ...{ name, state: summary.State },
    answers: [stats, oneShot].map((body) => parseStats(JSON.parse(String(body)))),
  }));

  test('are readings of what runs or is paused, and of nothing else', () => {
    for (const { name, state, answers } of stats) {
      const kinds = answers.map((answer) => (typeof answer === 'object' ? 'reading' : answer));
      const kind = state === 'running' || state === 'paused' ? 'reading' : 'not-running';
      expect([name, ...kinds]).toEqual([name, kind, kind]);
    }
  });

  // The CLI's own words, of the same seconds: `idle` and its like hold still.
  test.each(
    ['idle', 'nonet', 'hostnet', 'user1000'].filter((n) => stats.some((s) => s.name === n)),
  )('say of %s what docker stats said', (container) => {
    const line = readFileSync(join(scenario.directory, 'cli/stats.txt'), 'utf8')
      .split('\n')
      .find((text) => text.includes(`"Name":"${container}"`) || text.includes(` ${container} `));
    const reading = stats.find(({ name }) => name === container)?.answers[0] as UsageReading;
    const { usageBytes } = reading.memory!;
    expect(line).toContain(`${Math.round((usageBytes / 1024) * 10) / 10}KiB / `);
    expect(line).toMatch(
      new RegExp(`"PIDs":"${reading.pids!.current}"| ${reading.pids!.current}\\s*$`),
    );
  });
});

describe('memory is counted by the rule of docker stats', () => {
  const memory = (stats: Record<string, number>, usage = 1000) =>
    parsed({ memory_stats: { usage, limit: 5000, stats } }).memory;

  test.each([
    [
      'without total_inactive_file on cgroup v1',
      { total_inactive_file: 300, inactive_file: 1 },
      700,
    ],
    ['without inactive_file on cgroup v2', { inactive_file: 200 }, 800],
    ['as it is where that would be more than there is', { inactive_file: 1001 }, 1000],
    ['by v2 where v1 makes no sense', { total_inactive_file: 2000, inactive_file: 100 }, 900],
    ['as it is where nothing is known of caches', {}, 1000],
  ])('%s', (_name, stats, usageBytes) => {
    expect(memory(stats)).toEqual({ usageBytes, limitBytes: 5000 });
  });

  test.each([0, 2 ** 63 - 4096, 2 ** 64, -1, null])('a limit of %s is none', (limit) => {
    expect(parsed({ memory_stats: { usage: 1, limit } }).memory).toEqual({ usageBytes: 1 });
  });
});

test('interfaces are added up, and no network is no number', () => {
  const networks = {
    eth0: { rx_bytes: 1, tx_bytes: 20 },
    eth1: { rx_bytes: 2, tx_bytes: 40 },
  };
  expect(parsed({ networks }).network).toEqual({ receiveBytes: 3, transmitBytes: 60 });
  expect(parsed({}).network).toBeUndefined();
  expect(parsed({ networks: {} }).network).toBeUndefined();
  expect(parsed({ networks: { ...networks, eth2: {} } }).network).toBeUndefined();
});

test('block I/O is added up over devices, however the operation is spelt', () => {
  const io_service_bytes_recursive = [
    { major: 8, minor: 0, op: 'Read', value: 1 },
    { major: 8, minor: 16, op: 'read', value: 2 },
    { major: 8, minor: 0, op: 'WRITE', value: 10 },
    { major: 8, minor: 0, op: 'Total', value: 11 },
  ];
  expect(parsed({ blkio_stats: { io_service_bytes_recursive } }).blockIo).toEqual({
    readBytes: 3,
    writeBytes: 10,
  });
});

test('a container that has not read or written yet has read and written 0', () => {
  for (const io_service_bytes_recursive of [null, []]) {
    expect(parsed({ blkio_stats: { io_service_bytes_recursive } }).blockIo).toEqual({
      readBytes: 0,
      writeBytes: 0,
    });
  }
  expect(parsed({ blkio_stats: {} }).blockIo).toBeUndefined();
});

test('an unlimited number of processes is no limit', () => {
  expect(parsed({ pids_stats: { current: 3, limit: 2 ** 64 } }).pids).toEqual({
    current: 3,
  });
  expect(parsed({ pids_stats: { current: 3, limit: 100 } }).pids).toEqual({
    current: 3,
    limit: 100,
  });
  expect(parsed({ pids_stats: {} }).pids).toBeUndefined();
});

test('CPUs are counted by the list of them where the engine gives no number', () => {
  const cpu_usage = { total_usage: 1_500_000_000, percpu_usage: [1, 2, 3] };
  expect(parsed({ cpu_stats: { cpu_usage, system_cpu_usage: 60e9 } }).cpu).toEqual({
    ...{ usageSeconds: 1.5, hostSeconds: 60, onlineCpus: 3 },
  });
});

test.each([undefined, null, 'text', 7, [], {}, { read: 'yesterday' }, { read: 1 }])(
  '%o is no stats answer',
  (answer) => {
    expect(parseStats(answer)).toBeUndefined();
  },
);

test('whatever stands in an answer, a reading holds only finite numbers of at least 0', () => {
  const scenario = loadScenario('docker-28.5');
  const recorded = JSON.parse(
    String(scenario.containers.find(({ name }) => name === 'web')?.oneShot),
  ) as Record<string, unknown>;
  const odd = fc.oneof(
    fc.constantFrom(null, -1, Infinity, NaN, 2 ** 64, '7', '', [], {}, true),
    fc.jsonValue(),
  );
  const part = fc.constantFrom(
    'cpu_stats',
    'memory_stats',
    'networks',
    'blkio_stats',
    'pids_stats',
  );
  fc.assert(
    fc.property(part, odd, fc.nat(), (key, value, at) => {
      const answer = structuredClone(recorded);
      replaceLeaf(answer, key, { value, at });
      expect(numbersOf(parseStats(answer)).filter((n) => !(Number.isFinite(n) && n >= 0))).toEqual(
        [],
      );
    }),
    { numRuns: 500 },
  );
});

/** Puts a value in the place of the part, or of some value inside it. */
function replaceLeaf(
  answer: Record<string, unknown>,
  key: string,
  change: { value: unknown; at: number },
): void {
  const inside = answer[key];
  const keys = typeof inside === 'object' && inside !== null ? Object.keys(inside) : [];
  const chosen = keys[change.at % (keys.length + 1)];
  if (chosen === undefined) answer[key] = change.value;
  // Safe: there are keys only where it is an object.
  else replaceLeaf(inside as Record<string, unknown>, chosen, { ...change, at: change.at >> 1 });
}

function numbersOf(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersOf) : [];
}
