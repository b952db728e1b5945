import { UNLIMITED } from './statsAnswer.ts';
import type {
  BlockDeviceReading,
  BlockIoReading,
  CpuDetails,
  MemoryDetails,
  MemoryReading,
  PressureReading,
  StallReading,
  UsageReading,
} from './usageReading.ts';

/** Places of the numbers that the files of both cgroup versions fill. Times are in seconds. */
export const slot = {
  ...{ cpuUsage: 0, cpuUser: 1, cpuSystem: 2, periods: 3, throttledPeriods: 4, throttledTime: 5 },
  ...{ charged: 6, inactiveFile: 7, limit: 8, cache: 9, rss: 10, swap: 11, swapLimit: 12 },
  /** Of version 1 only, where the limit of swap includes memory. */
  ...{ memoryLimitAbove: 13, memoryAndSwapLimitAbove: 14 },
  ...{ mappedFile: 15, maxUsage: 16, limitHits: 17, pageFaults: 18, majorPageFaults: 19 },
  ...{ oomKills: 20, pids: 21, pidsLimit: 22 },
  ...{ cpuSome: 23, cpuFull: 24, memorySome: 25, memoryFull: 26, ioSome: 27, ioFull: 28 },
} as const;

const SLOTS = 29;

/** A block device on the way from the files to a reading. */
export type BlockDeviceCounters = {
  -readonly [Key in keyof BlockDeviceReading]: BlockDeviceReading[Key];
};

/** What the files of one container said; made once and filled anew for every container. */
export interface CgroupNumbers {
  /** By slot. NaN is "not told", inside this and its parsers only. */
  readonly values: Float64Array;
  /** Undefined until a file told of block I/O. */
  devices: BlockDeviceCounters[] | undefined;
}

export function createCgroupNumbers(): CgroupNumbers {
  return { values: new Float64Array(SLOTS).fill(NaN), devices: undefined };
}

export function clearNumbers(numbers: CgroupNumbers): void {
  numbers.values.fill(NaN);
  numbers.devices = undefined;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** T with every key optional and writable, to be filled with what is known. */
type Draft<T> = { -readonly [Key in keyof T]?: T[Key] };

/** The numbers as a reading, still without what belongs to the host and to the network. */
export function readingOf(
  { values, devices }: CgroupNumbers,
  takenAtSeconds: number,
): Mutable<UsageReading> {
  const reading: Mutable<UsageReading> = { takenAtSeconds };
  const usageSeconds = told(values, slot.cpuUsage);
  if (usageSeconds !== undefined) {
    reading.cpu = { usageSeconds };
    reading.cpuDetails = cpuDetailsOf(values);
  }
  const chargedBytes = told(values, slot.charged);
  if (chargedBytes !== undefined) {
    reading.memory = memoryOf(values, chargedBytes);
    reading.memoryDetails = memoryDetailsOf(values, chargedBytes);
  }
  if (devices !== undefined) {
    reading.blockIo = sumOf(devices);
    reading.blockDevices = devices;
  }
  const pids = told(values, slot.pids);
  if (pids !== undefined) {
    const limit = limitOf(values, slot.pidsLimit);
    reading.pids = limit === undefined ? { current: pids } : { current: pids, limit };
  }
  const pressure = pressureOf(values);
  if (pressure !== undefined) reading.pressure = pressure;
  return reading;
}

function cpuDetailsOf(values: Float64Array): CpuDetails {
  const details: Draft<CpuDetails> = {};
  set(details, 'userSeconds', told(values, slot.cpuUser));
  set(details, 'systemSeconds', told(values, slot.cpuSystem));
  const periods = told(values, slot.periods);
  const throttledPeriods = told(values, slot.throttledPeriods);
  const throttledSeconds = told(values, slot.throttledTime);
  if (periods !== undefined && throttledPeriods !== undefined && throttledSeconds !== undefined) {
    details.throttling = { periods, throttledPeriods, throttledSeconds };
  }
  return details;
}

/** The rule of `docker stats`, as in `parseStats`. */
function memoryOf(values: Float64Array, charged: number): MemoryReading {
  const inactive = told(values, slot.inactiveFile) ?? 0;
  const usageBytes = inactive < charged ? charged - inactive : charged;
  const limitBytes = limitOf(values, slot.limit);
  return limitBytes === undefined ? { usageBytes } : { usageBytes, limitBytes };
}

function memoryDetailsOf(values: Float64Array, chargedBytes: number): MemoryDetails {
  const details: Draft<MemoryDetails> & { chargedBytes: number } = { chargedBytes };
  const inactive = told(values, slot.inactiveFile);
  if (inactive !== undefined) details.workingSetBytes = Math.max(0, chargedBytes - inactive);
  set(details, 'cacheBytes', told(values, slot.cache));
  set(details, 'rssBytes', told(values, slot.rss));
  set(details, 'swapBytes', told(values, slot.swap));
  set(details, 'swapLimitBytes', swapLimitOf(values));
  set(details, 'mappedFileBytes', told(values, slot.mappedFile));
  set(details, 'maxUsageBytes', told(values, slot.maxUsage));
  set(details, 'limitHits', told(values, slot.limitHits));
  set(details, 'pageFaults', told(values, slot.pageFaults));
  set(details, 'majorPageFaults', told(values, slot.majorPageFaults));
  set(details, 'oomKills', told(values, slot.oomKills));
  return details;
}

function swapLimitOf(values: Float64Array): number | undefined {
  const own = limitOf(values, slot.swapLimit);
  if (own !== undefined) return own;
  const memory = limitOf(values, slot.memoryLimitAbove);
  const both = limitOf(values, slot.memoryAndSwapLimitAbove);
  return memory === undefined || both === undefined ? undefined : Math.max(0, both - memory);
}

function sumOf(devices: readonly BlockDeviceReading[]): BlockIoReading {
  let readBytes = 0;
  let writeBytes = 0;
  for (const device of devices) {
    readBytes += device.readBytes;
    writeBytes += device.writeBytes;
  }
  return { readBytes, writeBytes };
}

function pressureOf(values: Float64Array): PressureReading | undefined {
  const cpu = stallOf(values, slot.cpuSome, slot.cpuFull);
  const memory = stallOf(values, slot.memorySome, slot.memoryFull);
  const io = stallOf(values, slot.ioSome, slot.ioFull);
  if (cpu === undefined && memory === undefined && io === undefined) return undefined;
  const pressure: Draft<PressureReading> = {};
  set(pressure, 'cpu', cpu);
  set(pressure, 'memory', memory);
  set(pressure, 'io', io);
  return pressure;
}

function stallOf(values: Float64Array, some: number, full: number): StallReading | undefined {
  const someSeconds = told(values, some);
  if (someSeconds === undefined) return undefined;
  const fullSeconds = told(values, full);
  return fullSeconds === undefined ? { someSeconds } : { someSeconds, fullSeconds };
}

function told(values: Float64Array, index: number): number | undefined {
  const value = values[index];
  return value === undefined || Number.isNaN(value) ? undefined : value;
}

function limitOf(values: Float64Array, index: number): number | undefined {
  const limit = told(values, index);
  return limit === undefined || limit >= UNLIMITED ? undefined : limit;
}

/** Absent keys cost `compact` more than all the reading: this is the hot path. */
function set<T extends object, Key extends keyof T>(
  draft: T,
  key: Key,
  value: T[Key] | undefined,
): void {
  if (value !== undefined) draft[key] = value;
}
