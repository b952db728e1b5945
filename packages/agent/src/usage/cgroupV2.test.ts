import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { createCgroupNumbers, readingOf } from './cgroupReading.ts';
import { cgroupV2Files } from './cgroupV2.ts';

/** What a container with these files is said to use. */
function parsed(files: Readonly<Record<string, string>>) {
  const numbers = createCgroupNumbers();
  for (const { name, parse } of cgroupV2Files) {
    const text = files[name];
    if (text !== undefined) parse(Buffer.from(`${text}\0`), numbers);
  }
  return readingOf(numbers, 0);
}

test('times come in microseconds', () => {
  const { cpu, cpuDetails } = parsed({
    'cpu.stat':
      'usage_usec 1500000\nuser_usec 120000\nsystem_usec 340000\nnice_usec 0\ncore_sched.force_idle_usec 0\nnr_periods 5\nnr_throttled 2\nthrottled_usec 2500000\n',
  });
  expect(cpu).toEqual({ usageSeconds: 1.5 });
  expect(cpuDetails).toEqual({
    ...{ userSeconds: 0.12, systemSeconds: 0.34 },
    throttling: { periods: 5, throttledPeriods: 2, throttledSeconds: 2.5 },
  });
});

test('a container without the cpu controller has times and no throttling', () => {
  expect(parsed({ 'cpu.stat': 'usage_usec 1\n' }).cpuDetails).toEqual({});
});

test('memory is told by its parts', () => {
  const { memory, memoryDetails } = parsed({
    'memory.current': '1000\n',
    'memory.max': '5000\n',
    'memory.peak': '3000\n',
    'memory.swap.current': '20\n',
    'memory.swap.max': '600\n',
    'memory.events': 'low 0\nhigh 1\nmax 9\noom 7\noom_kill 2\noom_group_kill 8\n',
    'memory.stat':
      'anon 300\nfile 400\nfile_mapped 30\nfile_dirty 1\ninactive_file 350\npgfault 40\npgmajfault 5\n',
  });
  expect(memory).toEqual({ usageBytes: 650, limitBytes: 5000 });
  expect(memoryDetails).toEqual({
    ...{ chargedBytes: 1000, workingSetBytes: 650, cacheBytes: 400, rssBytes: 300, swapBytes: 20 },
    ...{ swapLimitBytes: 600, mappedFileBytes: 30, maxUsageBytes: 3000, limitHits: 7 },
    ...{ pageFaults: 40, majorPageFaults: 5, oomKills: 2 },
  });
});

test('max is no limit', () => {
  const { memory, memoryDetails, pids } = parsed({
    ...{ 'memory.current': '1\n', 'memory.max': 'max\n', 'memory.swap.max': 'max\n' },
    ...{ 'pids.current': '3\n', 'pids.max': 'max\n' },
  });
  expect([memory, memoryDetails, pids]).toEqual([
    { usageBytes: 1 },
    { chargedBytes: 1 },
    { current: 3 },
  ]);
});

test('devices are told one by one, whatever else their lines hold', () => {
  const { blockIo, blockDevices } = parsed({
    'io.stat':
      '8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6 cost.usage=7\n253:1 wios=40 rbytes=10 wbytes=20\n7:0 \n',
  });
  expect(blockIo).toEqual({ readBytes: 11, writeBytes: 22 });
  expect(blockDevices).toEqual([
    {
      ...{ major: 8, minor: 0, readBytes: 1, writeBytes: 2, readOperations: 3 },
      writeOperations: 4,
    },
    { major: 253, minor: 1, readBytes: 10, writeBytes: 20, writeOperations: 40 },
    { major: 7, minor: 0, readBytes: 0, writeBytes: 0 },
  ]);
});

test('an empty io.stat is nothing read and nothing written', () => {
  expect(parsed({ 'io.stat': '' })).toMatchObject({
    blockIo: { readBytes: 0, writeBytes: 0 },
    blockDevices: [],
  });
});

test('pressure is what tasks have waited', () => {
  const { pressure } = parsed({
    'cpu.pressure': 'some avg10=0.00 avg60=1.50 avg300=0.00 total=2500000\n',
    'io.pressure':
      'some avg10=0.00 avg60=0.00 avg300=0.00 total=2000000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=1000000\n',
    'memory.pressure': '',
  });
  expect(pressure).toEqual({
    cpu: { someSeconds: 2.5 },
    io: { someSeconds: 2, fullSeconds: 1 },
  });
});

test('any bytes are read to their end, and give no number below 0', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const numbers = createCgroupNumbers();
      for (const { parse } of cgroupV2Files) parse(new Uint8Array([...bytes, 0]), numbers);
      expect(numbers.values.every((value) => Number.isNaN(value) || value >= 0)).toBe(true);
    }),
  );
});
