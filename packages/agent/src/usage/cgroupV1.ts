import { type CgroupFile, type CgroupParser, deviceOf, keyed, single } from './cgroupFile.ts';
import { type CgroupNumbers, slot } from './cgroupReading.ts';
import { byteAt, type Cursor, skipLine, skipPast, takeNumber } from './kernelText.ts';

const NANOSECONDS = 1e9;
/** Always 100 towards programs, whatever the kernel's own clock does. */
const TICKS = 100;

const COLON = 58;
const SPACE = 32;
const READ = 'R'.charCodeAt(0);
const WRITE = 'W'.charCodeAt(0);

/**
 * Files of cgroup version 1, in the order they are read. They are the ones dockerd's answers come
 * from (containerd/cgroups, cgroup1/*.go): block I/O from the scheduler's files where it counts
 * (CFQ, before Linux 5.0), else from those of the throttle, without sub-cgroups.
 */
export const cgroupV1Files: readonly CgroupFile[] = [
  { controller: 'cpuacct', name: 'cpuacct.usage', parse: single(slot.cpuUsage, NANOSECONDS) },
  {
    controller: 'cpuacct',
    name: 'cpuacct.stat',
    parse: keyed({ user: [slot.cpuUser, TICKS], system: [slot.cpuSystem, TICKS] }),
  },
  {
    controller: 'cpu',
    name: 'cpu.stat',
    parse: keyed({
      nr_periods: slot.periods,
      nr_throttled: slot.throttledPeriods,
      throttled_time: [slot.throttledTime, NANOSECONDS],
    }),
  },
  { controller: 'memory', name: 'memory.usage_in_bytes', parse: single(slot.charged) },
  {
    controller: 'memory',
    name: 'memory.stat',
    parse: keyed({
      hierarchical_memory_limit: slot.memoryLimitAbove,
      hierarchical_memsw_limit: slot.memoryAndSwapLimitAbove,
      total_cache: slot.cache,
      total_rss: slot.rss,
      total_swap: slot.swap,
      total_mapped_file: slot.mappedFile,
      total_pgfault: slot.pageFaults,
      total_pgmajfault: slot.majorPageFaults,
      total_inactive_file: slot.inactiveFile,
    }),
  },
  { controller: 'memory', name: 'memory.limit_in_bytes', parse: single(slot.limit) },
  { controller: 'memory', name: 'memory.max_usage_in_bytes', parse: single(slot.maxUsage) },
  { controller: 'memory', name: 'memory.failcnt', parse: single(slot.limitHits) },
  { controller: 'memory', name: 'memory.oom_control', parse: keyed({ oom_kill: slot.oomKills }) },
  ...schedulerOrThrottle(),
  { controller: 'pids', name: 'pids.current', parse: single(slot.pids) },
  { controller: 'pids', name: 'pids.max', parse: single(slot.pidsLimit) },
];

/** What the throttle counts is used only where the scheduler told nothing of this container. */
function schedulerOrThrottle(): readonly CgroupFile[] {
  const file = (name: string, parse: CgroupParser): CgroupFile => ({
    ...{ controller: 'blkio' as const, name, parse },
  });
  return [
    file('blkio.io_service_bytes_recursive', takeBytes),
    file('blkio.io_serviced_recursive', takeOperations),
    file('blkio.throttle.io_service_bytes', (bytes, numbers) => {
      if ((numbers.devices ?? []).length === 0) takeBytes(bytes, numbers);
    }),
    file('blkio.throttle.io_serviced', (bytes, numbers) => {
      const isTold = numbers.devices?.some(({ readOperations }) => readOperations !== undefined);
      if (isTold !== true) takeOperations(bytes, numbers);
    }),
  ];
}

function takeBytes(bytes: Uint8Array, numbers: CgroupNumbers): void {
  const devices = (numbers.devices ??= []);
  eachOperation(bytes, ({ major, minor, operation, value }) => {
    if (operation === READ) deviceOf(devices, major, minor).readBytes = value;
    else if (operation === WRITE) deviceOf(devices, major, minor).writeBytes = value;
  });
}

function takeOperations(bytes: Uint8Array, numbers: CgroupNumbers): void {
  const devices = (numbers.devices ??= []);
  eachOperation(bytes, ({ major, minor, operation, value }) => {
    if (operation === READ) deviceOf(devices, major, minor).readOperations = value;
    else if (operation === WRITE) deviceOf(devices, major, minor).writeOperations = value;
  });
}

interface Operation {
  readonly major: number;
  readonly minor: number;
  /** The first letter of its name. */
  readonly operation: number;
  readonly value: number;
}

/** Lines of `MAJOR:MINOR Operation value`, and a last one of `Total value`. */
function eachOperation(bytes: Uint8Array, take: (operation: Operation) => void): void {
  const cursor: Cursor = { bytes, at: 0 };
  while (byteAt(cursor) !== 0) {
    const major = takeNumber(cursor);
    if (byteAt(cursor) === COLON) {
      cursor.at += 1;
      const minor = takeNumber(cursor);
      cursor.at += 1;
      const operation = byteAt(cursor);
      skipPast(cursor, SPACE);
      take({ major, minor, operation, value: takeNumber(cursor) });
    }
    skipLine(cursor);
  }
}
