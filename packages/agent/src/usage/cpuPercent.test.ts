import fc from 'fast-check';
import { createCpuPercent } from './cpuPercent.ts';
import type { UsageReading } from './usageReading.ts';

interface Moment {
  readonly at: number;
  readonly used: number;
  readonly host?: number;
  readonly cpus?: number;
}

const reading = ({ at, used, host, cpus }: Moment): UsageReading => ({
  takenAtSeconds: at,
  cpu: {
    usageSeconds: used,
    ...(host !== undefined && { hostSeconds: host }),
    ...(cpus !== undefined && { onlineCpus: cpus }),
  },
});

/** The percents of one container, reading by reading. */
const percents = (...moments: readonly Moment[]) => {
  const cpu = createCpuPercent();
  return moments.map((moment) => cpu.update('a', reading(moment)));
};

test('the first reading has no percent, and the share of the host comes with the second', () => {
  expect(
    percents(
      { at: 0, used: 1, host: 100, cpus: 4 },
      { at: 10, used: 11, host: 140, cpus: 4 },
      { at: 20, used: 11, host: 180, cpus: 4 },
    ),
  ).toEqual([undefined, 25, 0]);
});

test('without the host’s own count the clock and the number of CPUs do', () => {
  expect(percents({ at: 0, used: 0, cpus: 2 }, { at: 10, used: 5, cpus: 2 })).toEqual([
    undefined,
    25,
  ]);
});

test('a host’s count that stands still is not divided by', () => {
  expect(
    percents({ at: 0, used: 0, host: 7, cpus: 2 }, { at: 10, used: 5, host: 7, cpus: 2 }),
  ).toEqual([undefined, 25]);
});

test('with neither there is no percent', () => {
  expect(percents({ at: 0, used: 0 }, { at: 10, used: 5 })).toEqual([undefined, undefined]);
});

test('whoever asks again within a second gets the last percent, and shortens nobody’s window', () => {
  const cpus = 1;
  expect(
    percents(
      { at: 0, used: 0, cpus },
      { at: 0.5, used: 0.5, cpus },
      { at: 2, used: 1, cpus },
      { at: 2.1, used: 1.1, cpus },
      { at: 2.9, used: 1.9, cpus },
      { at: 4, used: 3, cpus },
    ),
  ).toEqual([undefined, undefined, 50, 50, 50, 100]);
});

test.each([
  ['the counter went back: the container was started again', { at: 10, used: 1, cpus: 2 }],
  ['the clock went back', { at: -5, used: 9, cpus: 2 }],
  ['CPUs came or went', { at: 10, used: 9, cpus: 4 }],
])('%s: absent once, then right', (_name, odd) => {
  const next = { at: odd.at + 10, used: odd.used + 5, cpus: odd.cpus };
  expect(percents({ at: 0, used: 5, cpus: 2 }, odd, next)).toEqual([
    undefined,
    undefined,
    50 / odd.cpus,
  ]);
});

test('a reading without CPU has no percent and changes nothing', () => {
  const cpu = createCpuPercent();
  cpu.update('a', reading({ at: 0, used: 0, cpus: 1 }));
  expect(cpu.update('a', { takenAtSeconds: 5 })).toBeUndefined();
  expect(cpu.update('a', reading({ at: 10, used: 5, cpus: 1 }))).toBe(50);
});

test('containers are told apart, and who is gone is forgotten', () => {
  const cpu = createCpuPercent();
  cpu.update('a', reading({ at: 0, used: 0, cpus: 1 }));
  expect(cpu.update('b', reading({ at: 10, used: 5, cpus: 1 }))).toBeUndefined();
  cpu.keepOnly(new Set(['b']));
  expect(cpu.update('a', reading({ at: 10, used: 5, cpus: 1 }))).toBeUndefined();
  expect(cpu.update('b', reading({ at: 20, used: 6, cpus: 1 }))).toBe(10);
});

test('the share never exceeds the host and has four decimals', () => {
  expect(percents({ at: 0, used: 0, cpus: 1 }, { at: 1, used: 1.01, cpus: 1 })).toEqual([
    undefined,
    100,
  ]);
  expect(percents({ at: 0, used: 0, cpus: 3 }, { at: 1, used: 1, cpus: 3 })).toEqual([
    undefined,
    33.3333,
  ]);
});

test('whatever counters do, a percent is absent or a finite number from 0 to 100', () => {
  const amount = fc.oneof(
    fc.double({ min: 0, max: 1e12, noNaN: true }),
    fc.constantFrom(0, 1e-9, 1e308, Number.MAX_VALUE),
  );
  const moment = fc.record({ at: amount, used: amount, host: amount, cpus: fc.nat({ max: 512 }) });
  fc.assert(
    fc.property(fc.array(moment, { maxLength: 20 }), (moments) => {
      for (const percent of percents(...moments)) {
        if (percent === undefined) continue;
        expect(Number.isFinite(percent) && percent >= 0 && percent <= 100).toBe(true);
      }
    }),
    { numRuns: 1000 },
  );
});

test('steady work is seen as what it is, however often it is asked for', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  const steps = fc.array(fc.double({ min: 0.01, max: 30, noNaN: true }), { minLength: 2 });
  fc.assert(
    fc.property(share, steps, fc.integer({ min: 1, max: 64 }), (part, waits, cpus) => {
      let at = 0;
      const moments = [0, ...waits].map((wait) => {
        at += wait;
        return { at, used: part * at * cpus, host: at * cpus, cpus };
      });
      for (const percent of percents(...moments)) {
        if (percent !== undefined) expect(percent).toBeCloseTo(part * 100, 2);
      }
    }),
  );
});
