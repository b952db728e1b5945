import { Buffer } from 'node:buffer';
import {
  parseDeviceNames,
  parseHostCpu,
  parseMemoryTotal,
  parseOpenFilesLimit,
} from './procHost.ts';

test('the host’s time is the sum of seven columns, without steal and guests', () => {
  const text = `cpu  1 20 300 4000 50000 600000 7000000 8 8 8
cpu0 1 1 1 1 1 1 1 8 8 8
cpu1 1 1 1 1 1 1 1 8 8 8
cpu11 1 1 1 1 1 1 1 8 8 8
intr 99 cpu0
cpu2 not counted any more
`;
  expect(parseHostCpu(Buffer.from(`${text}\0`))).toEqual({ hostSeconds: 76543.21, onlineCpus: 3 });
});

test.each(['', 'intr 1\n', 'cpu  1 2 3\ncpu0 1\n', 'cpu  1 2 3 4 5 6 7\n'])(
  '%j tells nothing of the host’s time',
  (text) => {
    expect(parseHostCpu(Buffer.from(`${text}\0`))).toBeUndefined();
  },
);

test('block devices are known by their numbers', () => {
  const names = parseDeviceNames(
    ' 254       0 vda 1 2 3\n 259      12 nvme0n1p2 1 2\n   7       0 loop0 0\n',
  );
  expect([names.get('254:0'), names.get('259:12'), names.get('1:1')]).toEqual([
    ...['vda', 'nvme0n1p2', undefined],
  ]);
});

test('memory is told in kibibytes', () => {
  expect(parseMemoryTotal('MemTotal:       24684084 kB\nMemFree: 1 kB\n')).toBe(24684084 * 1024);
  expect(parseMemoryTotal('MemFree: 1 kB\n')).toBeUndefined();
});

test('the first number of the limits is the one in force', () => {
  const text = (limit: string) =>
    `Limit                     Soft Limit           Hard Limit           Units\nMax open files            ${limit}              524288               files\n`;
  expect(parseOpenFilesLimit(text('1024'))).toBe(1024);
  expect(parseOpenFilesLimit(text('unlimited'))).toBeUndefined();
});
