import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { createCgroupNumbers, readingOf } from './cgroupReading.ts';
import { cgroupV1Files } from './cgroupV1.ts';

/** What a container with these files is said to use. */
function parsed(files: Readonly<Record<string, string>>) {
  const numbers = createCgroupNumbers();
  for (const { name, parse } of cgroupV1Files) {
    const text = files[name];
    if (text !== undefined) parse(Buffer.from(`${text}\0`), numbers);
  }
  return readingOf(numbers, 0);
}

const operations = (read: number, write: number) =>
  `8:0 Read ${read}\n8:0 Write ${write}\n8:0 Sync 9\n8:0 Total 9\nTotal 9\n`;
const throttle = {
  'blkio.throttle.io_service_bytes': operations(100, 200),
  'blkio.throttle.io_serviced': operations(1, 2),
};
const scheduler = {
  'blkio.io_service_bytes_recursive': operations(3000, 4000),
  'blkio.io_serviced_recursive': operations(3, 4),
};
const device = { major: 8, minor: 0 };

test('times come in nanoseconds and in ticks', () => {
  const { cpu, cpuDetails } = parsed({
    'cpuacct.usage': '1500000000\n',
    'cpuacct.stat': 'user 12\nsystem 34\n',
    'cpu.stat': 'nr_periods 5\nnr_throttled 2\nthrottled_time 2500000000\nnr_bursts 1\n',
  });
  expect(cpu).toEqual({ usageSeconds: 1.5 });
  expect(cpuDetails).toEqual({
    ...{ userSeconds: 0.12, systemSeconds: 0.34 },
    throttling: { periods: 5, throttledPeriods: 2, throttledSeconds: 2.5 },
  });
});

test('memory is with sub-cgroups, and usage without inactive page cache', () => {
  const { memory, memoryDetails } = parsed({
    'memory.usage_in_bytes': '1000\n',
    'memory.limit_in_bytes': '5000\n',
    'memory.max_usage_in_bytes': '3000\n',
    'memory.failcnt': '7\n',
    'memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n',
    'memory.stat': [
      ...['cache 1', 'rss 1', 'pgfault 1', 'inactive_file 1', 'hierarchical_memory_limit 5000'],
      ...['hierarchical_memsw_limit 8000', 'total_cache 400', 'total_rss 300', 'total_swap 20'],
      ...['total_mapped_file 30', 'total_pgfault 40', 'total_pgmajfault 5'],
      ...['total_inactive_file 350', ''],
    ].join('\n'),
  });
  expect(memory).toEqual({ usageBytes: 650, limitBytes: 5000 });
  expect(memoryDetails).toEqual({
    ...{ chargedBytes: 1000, workingSetBytes: 650, cacheBytes: 400, rssBytes: 300, swapBytes: 20 },
    ...{ swapLimitBytes: 3000, mappedFileBytes: 30, maxUsageBytes: 3000, limitHits: 7 },
    ...{ pageFaults: 40, majorPageFaults: 5, oomKills: 2 },
  });
});

test('the largest number is no limit', () => {
  const files = {
    'memory.usage_in_bytes': '1\n',
    'memory.limit_in_bytes': '9223372036854771712\n',
    'memory.stat':
      'hierarchical_memory_limit 9223372036854771712\nhierarchical_memsw_limit 9223372036854771712\n',
    'pids.current': '1\n',
    'pids.max': 'max\n',
  };
  expect(parsed(files)).toEqual({
    ...{ takenAtSeconds: 0, memory: { usageBytes: 1 }, memoryDetails: { chargedBytes: 1 } },
    pids: { current: 1 },
  });
});

test('usage is not what would be left of it when more is said to be inactive', () => {
  const files = { 'memory.usage_in_bytes': '100\n', 'memory.stat': 'total_inactive_file 101\n' };
  expect(parsed(files).memory).toEqual({ usageBytes: 100 });
  expect(parsed(files).memoryDetails?.workingSetBytes).toBe(0);
});

test.each([
  ['the throttle’s count', throttle, [100, 200, 1, 2]],
  ['the scheduler’s, where it counts', { ...scheduler, ...throttle }, [3000, 4000, 3, 4]],
  [
    'the throttle’s, where the scheduler has none',
    {
      'blkio.io_service_bytes_recursive': 'Total 0\n',
      'blkio.io_serviced_recursive': 'Total 0\n',
      ...throttle,
    },
    [100, 200, 1, 2],
  ],
])('block I/O is %s', (_, files, [readBytes, writeBytes, readOperations, writeOperations]) => {
  expect(parsed(files).blockDevices).toEqual([
    { ...device, readBytes, writeBytes, readOperations, writeOperations },
  ]);
  expect(parsed(files).blockIo).toEqual({ readBytes, writeBytes });
});

test('devices are told one by one, and nothing read or written is 0', () => {
  const bytes = '8:0 Read 1\n8:0 Write 2\n253:1 Read 10\n253:1 Write 20\nTotal 33\n';
  const { blockIo, blockDevices } = parsed({ 'blkio.throttle.io_service_bytes': bytes });
  expect(blockIo).toEqual({ readBytes: 11, writeBytes: 22 });
  expect(blockDevices?.map(({ major, minor }) => `${major}:${minor}`)).toEqual(['8:0', '253:1']);
  expect(parsed({ 'blkio.throttle.io_service_bytes': 'Total 0\n' }).blockIo).toEqual({
    ...{ readBytes: 0, writeBytes: 0 },
  });
});

test('without files nothing is told', () => {
  expect(parsed({})).toEqual({ takenAtSeconds: 0 });
});

test('any bytes are read to their end, and give no number below 0', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const numbers = createCgroupNumbers();
      for (const { parse } of cgroupV1Files) parse(new Uint8Array([...bytes, 0]), numbers);
      expect(numbers.values.every((value) => Number.isNaN(value) || value >= 0)).toBe(true);
    }),
  );
});
