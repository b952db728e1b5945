import { formatBytes, formatDurationMs, parseBytes, parseDurationMs } from './units.ts';

describe('durations', () => {
  test.each([
    ['0', 0],
    ['500ms', 500],
    ['10s', 10_000],
    ['1.5s', 1500],
    ['1m', 60_000],
    ['1m30s', 90_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ['1d2h3m4s5ms', 93_784_005],
  ])('reads %s', (text, milliseconds) => {
    expect(parseDurationMs(text)).toBe(milliseconds);
  });

  test.each(['', '10', '-5s', '10 s', 's', '1s1m', '1x', '1e3s', '10sec', ' 1s', '1m30'])(
    'refuses "%s"',
    (text) => {
      expect(parseDurationMs(text)).toBeUndefined();
    },
  );

  test.each(['0', '500ms', '10s', '1s500ms', '1m30s', '1d'])('writes %s as it was read', (text) => {
    expect(formatDurationMs(parseDurationMs(text)!)).toBe(text);
  });
});

describe('sizes', () => {
  test.each([
    ['0', 0],
    ['1000', 1000],
    ['512KiB', 524_288],
    ['8MiB', 8_388_608],
    ['1.5 GiB', 1_610_612_736],
  ])('reads %s', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  test.each(['', '8MB', '-1', '8mib', '0.3', '1e3', '99999999999GiB'])('refuses "%s"', (text) => {
    expect(parseBytes(text)).toBeUndefined();
  });

  test.each(['0', '1000', '512KiB', '8MiB', '1GiB'])('writes %s as it was read', (text) => {
    expect(formatBytes(parseBytes(text)!)).toBe(text);
  });
});
