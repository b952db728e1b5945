import { amountOf, compact, listOf, objectOf, type Shape, textOf } from '../shape.ts';
import type {
  BlockDeviceReading,
  BlockIoReading,
  CpuDetails,
  CpuReading,
  InterfaceReading,
  MemoryDetails,
  MemoryReading,
  NetworkReading,
  PidsReading,
  ThrottlingReading,
  UsageReading,
} from './usageReading.ts';

const NANOSECONDS = 1e9;

/** No machine has as much: engines write 2^63 rounded down to a page, or 2^64 - 1, for "no limit". */
export const UNLIMITED = 2 ** 60;

/** What Go prints for a time that was never set: the container does not run. */
const NEVER = '0001-01-01T';

/**
 * Reads one answer of `GET /containers/ID/stats`.
 *
 * Returns `not-running` for a container without a process, undefined for anything that is no stats
 * answer. Parts the engine left out, or that make no sense, are absent.
 */
export function parseStats(value: unknown): UsageReading | 'not-running' | undefined {
  const answer = objectOf(value);
  const read = textOf(answer?.read);
  if (answer === undefined || read === undefined) return undefined;
  if (read.startsWith(NEVER)) return 'not-running';
  const takenAtSeconds = Date.parse(read) / 1000;
  if (!Number.isFinite(takenAtSeconds)) return undefined;
  const blockStats = objectOf(answer.blkio_stats);
  return compact({
    takenAtSeconds,
    cpu: cpuOf(objectOf(answer.cpu_stats)),
    cpuDetails: cpuDetailsOf(objectOf(answer.cpu_stats)),
    memory: memoryOf(objectOf(answer.memory_stats)),
    memoryDetails: memoryDetailsOf(objectOf(answer.memory_stats)),
    network: networkOf(objectOf(answer.networks)),
    interfaces: interfacesOf(objectOf(answer.networks)),
    blockIo: blockIoOf(blockStats),
    blockDevices: blockDevicesOf(blockStats),
    pids: pidsOf(objectOf(answer.pids_stats)),
  });
}

function cpuOf(stats: Shape | undefined): CpuReading | undefined {
  const usage = objectOf(stats?.cpu_usage);
  const usageSeconds = secondsOf(usage?.total_usage);
  if (usageSeconds === undefined) return undefined;
  const cpus = amountOf(stats?.online_cpus) ?? listOf(usage?.percpu_usage)?.length;
  return compact({
    usageSeconds,
    hostSeconds: secondsOf(stats?.system_cpu_usage),
    onlineCpus: cpus === 0 ? undefined : cpus,
  });
}

function cpuDetailsOf(stats: Shape | undefined): CpuDetails | undefined {
  const usage = objectOf(stats?.cpu_usage);
  return unlessEmpty(
    compact({
      userSeconds: secondsOf(usage?.usage_in_usermode),
      systemSeconds: secondsOf(usage?.usage_in_kernelmode),
      throttling: throttlingOf(objectOf(stats?.throttling_data)),
    }),
  );
}

function throttlingOf(data: Shape | undefined): ThrottlingReading | undefined {
  const periods = amountOf(data?.periods);
  const throttledPeriods = amountOf(data?.throttled_periods);
  const throttledSeconds = secondsOf(data?.throttled_time);
  return periods === undefined || throttledPeriods === undefined || throttledSeconds === undefined
    ? undefined
    : { periods, throttledPeriods, throttledSeconds };
}

/**
 * The rule of `docker stats` (docker/cli, cli/command/container/stats_helpers.go): usage without
 * inactive page cache, which cgroup v1 calls `total_inactive_file` and v2 `inactive_file`, unless
 * that would be more than there is.
 */
function memoryOf(memory: Shape | undefined): MemoryReading | undefined {
  const usage = amountOf(memory?.usage);
  if (usage === undefined) return undefined;
  const stats = objectOf(memory?.stats);
  const inactive = [amountOf(stats?.total_inactive_file), amountOf(stats?.inactive_file)];
  const cache = inactive.find((bytes) => bytes !== undefined && bytes < usage) ?? 0;
  return compact({ usageBytes: usage - cache, limitBytes: limitOf(memory?.limit) });
}

function memoryDetailsOf(memory: Shape | undefined): MemoryDetails | undefined {
  const chargedBytes = amountOf(memory?.usage);
  if (chargedBytes === undefined) return undefined;
  const stats = objectOf(memory?.stats);
  const inactive = firstAmount(stats, ['total_inactive_file', 'inactive_file']);
  const maxUsageBytes = amountOf(memory?.max_usage);
  return compact({
    chargedBytes,
    workingSetBytes: inactive === undefined ? undefined : Math.max(0, chargedBytes - inactive),
    // The names of version 1, then of version 2; `total_` is with sub-cgroups, as on version 2.
    cacheBytes: firstAmount(stats, ['total_cache', 'cache', 'file']),
    rssBytes: firstAmount(stats, ['total_rss', 'rss', 'anon']),
    mappedFileBytes: firstAmount(stats, ['total_mapped_file', 'mapped_file', 'file_mapped']),
    pageFaults: firstAmount(stats, ['total_pgfault', 'pgfault']),
    majorPageFaults: firstAmount(stats, ['total_pgmajfault', 'pgmajfault']),
    // Podman says 0 where it does not know.
    maxUsageBytes: maxUsageBytes === 0 ? undefined : maxUsageBytes,
    // Docker leaves it out when it is 0. Podman has no memory stats, and nothing to say here.
    limitHits: stats === undefined ? undefined : (amountOf(memory?.failcnt) ?? 0),
  });
}

function firstAmount(stats: Shape | undefined, names: readonly string[]): number | undefined {
  return names.map((name) => amountOf(stats?.[name])).find((amount) => amount !== undefined);
}

/** Containers on the host's network or on none have no `networks`. */
function networkOf(networks: Shape | undefined): NetworkReading | undefined {
  const interfaces = Object.values(networks ?? {}).map(objectOf);
  if (interfaces.length === 0) return undefined;
  const receiveBytes = sum(interfaces.map((one) => one?.rx_bytes));
  const transmitBytes = sum(interfaces.map((one) => one?.tx_bytes));
  return receiveBytes === undefined || transmitBytes === undefined
    ? undefined
    : { receiveBytes, transmitBytes };
}

/** Errors are left out: libnetwork never fills them in, so their 0 means nothing. */
function interfacesOf(networks: Shape | undefined): readonly InterfaceReading[] | undefined {
  const readings: InterfaceReading[] = [];
  for (const [name, stats] of Object.entries(networks ?? {})) {
    const counters = objectOf(stats);
    const receiveBytes = amountOf(counters?.rx_bytes);
    const receivePackets = amountOf(counters?.rx_packets);
    const receiveDropped = amountOf(counters?.rx_dropped);
    const transmitBytes = amountOf(counters?.tx_bytes);
    const transmitPackets = amountOf(counters?.tx_packets);
    const transmitDropped = amountOf(counters?.tx_dropped);
    if (receiveBytes === undefined || receivePackets === undefined) continue;
    if (transmitBytes === undefined || transmitPackets === undefined) continue;
    if (receiveDropped === undefined || transmitDropped === undefined) continue;
    readings.push({
      ...{ name, receiveBytes, receivePackets, receiveDropped },
      ...{ transmitBytes, transmitPackets, transmitDropped },
    });
  }
  return readings.length === 0 ? undefined : readings;
}

/** Nothing read or written yet is `null` or an empty list: of a running container that means 0. */
function blockIoOf(stats: Shape | undefined): BlockIoReading | undefined {
  if (stats === undefined || !('io_service_bytes_recursive' in stats)) return undefined;
  const entries = (listOf(stats.io_service_bytes_recursive) ?? []).map(objectOf);
  const bytesOf = (operation: string) =>
    sum(
      entries
        .filter((entry) => textOf(entry?.op)?.toLowerCase() === operation)
        .map((entry) => entry?.value),
    );
  const readBytes = bytesOf('read');
  const writeBytes = bytesOf('write');
  return readBytes === undefined || writeBytes === undefined
    ? undefined
    : { readBytes, writeBytes };
}

function blockDevicesOf(stats: Shape | undefined): readonly BlockDeviceReading[] | undefined {
  if (stats === undefined || !('io_service_bytes_recursive' in stats)) return undefined;
  const bytes = operationsOf(stats.io_service_bytes_recursive);
  const operations = operationsOf(stats.io_serviced_recursive);
  const devices: BlockDeviceReading[] = [];
  for (const [key, { major, minor, read, write }] of bytes) {
    if (read === undefined || write === undefined) continue;
    devices.push(
      compact({
        ...{ major, minor, readBytes: read, writeBytes: write },
        readOperations: operations.get(key)?.read,
        writeOperations: operations.get(key)?.write,
      }),
    );
  }
  return devices;
}

interface DeviceOperations {
  readonly major: number;
  readonly minor: number;
  read?: number;
  write?: number;
}

/** Reads and writes of a list of stats by device. */
function operationsOf(list: unknown): ReadonlyMap<string, DeviceOperations> {
  const devices = new Map<string, DeviceOperations>();
  for (const entry of (listOf(list) ?? []).map(objectOf)) {
    const major = amountOf(entry?.major);
    const minor = amountOf(entry?.minor);
    const operation = textOf(entry?.op)?.toLowerCase();
    const value = amountOf(entry?.value);
    if (major === undefined || minor === undefined || value === undefined) continue;
    if (operation !== 'read' && operation !== 'write') continue;
    const key = `${major}:${minor}`;
    const device = devices.get(key) ?? { major, minor };
    device[operation] = value;
    devices.set(key, device);
  }
  return devices;
}

function pidsOf(stats: Shape | undefined): PidsReading | undefined {
  const current = amountOf(stats?.current);
  return current === undefined ? undefined : compact({ current, limit: limitOf(stats?.limit) });
}

function limitOf(value: unknown): number | undefined {
  const limit = amountOf(value);
  return limit === undefined || limit === 0 || limit >= UNLIMITED ? undefined : limit;
}

function secondsOf(nanoseconds: unknown): number | undefined {
  const amount = amountOf(nanoseconds);
  return amount === undefined ? undefined : amount / NANOSECONDS;
}

function unlessEmpty<T extends object>(object: T): T | undefined {
  return Object.keys(object).length === 0 ? undefined : object;
}

/** Undefined if one of the values is no amount: a part of a sum would look like the whole. */
function sum(values: readonly unknown[]): number | undefined {
  let total = 0;
  for (const value of values) {
    const amount = amountOf(value);
    if (amount === undefined) return undefined;
    total += amount;
  }
  return total;
}
