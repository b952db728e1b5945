import fc from 'fast-check';
import { createCpuPercent } from '../usage/cpuPercent.ts';
import { containerUsage } from './usage.ts';

const context = (hostMemoryBytes?: number, hostCpus?: number) => ({
  cpuPercent: createCpuPercent(),
  hostMemoryBytes,
  hostCpus,
});
const memoryOf = (usageBytes: number, limitBytes?: number, hostMemoryBytes?: number) =>
  containerUsage(
    'a',
    {
      takenAtSeconds: 0,
      memory: { usageBytes, ...(limitBytes !== undefined && { limitBytes }) },
    },
    context(hostMemoryBytes),
  ).memory;

test('parts the reading lacks are absent', () => {
  expect(containerUsage('a', { takenAtSeconds: 0 }, context(1))).toEqual({});
});

test('counters are passed on as they are', () => {
  const counters = {
    network: { receiveBytes: 2 ** 53, transmitBytes: 0 },
    blockIo: { readBytes: 1, writeBytes: 2 },
    pids: { current: 3 },
  };
  expect(containerUsage('a', { takenAtSeconds: 0, ...counters }, context())).toEqual(counters);
});

test('CPU has its percent from the second reading on', () => {
  const shared = context();
  const reading = (at: number) => ({
    takenAtSeconds: at,
    cpu: { usageSeconds: at / 2, onlineCpus: 2 },
  });
  expect(containerUsage('a', reading(0), shared).cpu).toEqual({ usageSeconds: 0 });
  expect(containerUsage('a', reading(10), shared).cpu).toEqual({
    usageSeconds: 5,
    hostPercent: 25,
  });
});

test('a source that does not count CPUs takes the engine’s number of them', () => {
  const shared = context(undefined, 4);
  const reading = (at: number) => ({ takenAtSeconds: at, cpu: { usageSeconds: at } });
  containerUsage('a', reading(0), shared);
  expect(containerUsage('a', reading(10), shared).cpu?.hostPercent).toBe(25);
});

test.each([
  ['its own limit', memoryOf(50, 200, 1000), { limitBytes: 200, percent: 25 }],
  [
    'the host’s memory without one',
    memoryOf(50, undefined, 1000),
    { limitBytes: 1000, percent: 5 },
  ],
  ['the host’s memory if that is less', memoryOf(50, 5000, 1000), { limitBytes: 1000, percent: 5 }],
  ['nothing if neither is known', memoryOf(50), {}],
  ['100 at most', memoryOf(300, 200), { limitBytes: 200, percent: 100 }],
])('memory is in percent of %s', (_name, memory, expected) => {
  expect(memory).toEqual({ usageBytes: memory?.usageBytes, ...expected });
});

test('a memory percent is absent or finite, from 0 to 100', () => {
  const bytes = fc.double({ min: 1, noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(
      fc.oneof(bytes, fc.constant(0)),
      fc.option(bytes),
      fc.option(bytes),
      (...values) => {
        const [usage, limit, host] = values;
        const percent = memoryOf(usage, limit ?? undefined, host ?? undefined)?.percent;
        expect(percent === undefined || (percent >= 0 && percent <= 100)).toBe(true);
      },
    ),
  );
});
