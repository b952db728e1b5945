import type { Controller } from './cgroupHierarchy.ts';
import type { BlockDeviceCounters, CgroupNumbers } from './cgroupReading.ts';
import { type KeyTarget, keyTable, numberOf, takeKeys } from './kernelText.ts';

/** One file of a container's cgroup, and what becomes of its content. */
export interface CgroupFile {
  readonly controller: Controller;
  readonly name: string;
  readonly parse: (bytes: Uint8Array, numbers: CgroupNumbers) => void;
}

export type CgroupParser = CgroupFile['parse'];

/** A file that is one number. */
export function single(index: number, divisor = 1): CgroupParser {
  return (bytes, { values }) => {
    values[index] = numberOf(bytes) / divisor;
  };
}

/** A file of lines `key value`: where the value of each wanted key goes, with its divisor if any. */
export function keyed(
  targets: Readonly<Record<string, number | readonly [slot: number, divisor: number]>>,
): CgroupParser {
  const table = keyTable(
    Object.fromEntries(
      Object.entries(targets).map(([key, target]): [string, KeyTarget] => [
        key,
        typeof target === 'number'
          ? { slot: target, divisor: 1 }
          : { slot: target[0], divisor: target[1] },
      ]),
    ),
  );
  return (bytes, { values }) => takeKeys(bytes, table, values);
}

/** The device's counters among those read so far; a new one of zeros if it is not there yet. */
export function deviceOf(
  devices: BlockDeviceCounters[],
  major: number,
  minor: number,
): BlockDeviceCounters {
  for (const device of devices) {
    if (device.major === major && device.minor === minor) return device;
  }
  const device: BlockDeviceCounters = { major, minor, readBytes: 0, writeBytes: 0 };
  devices.push(device);
  return device;
}
