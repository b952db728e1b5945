import { amountOf, compact, listOf, objectOf, type Shape, textOf } from '../shape.ts';
import type {
  BlockIoReading,
  CpuReading,
  MemoryReading,
  NetworkReading,
  PidsReading,
  UsageReading,
} from './usageReading.ts';

const NANOSECONDS = 1e9;

/** No machine has as much: engines write 2^63 rounded down to a page, or 2^64 - 1, for "no limit". */
const UNLIMITED = 2 ** 60;

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
  return compact({
    takenAtSeconds,
    cpu: cpuOf(objectOf(answer.cpu_stats)),
    memory: memoryOf(objectOf(answer.memory_stats)),
    network: networkOf(objectOf(answer.networks)),
    blockIo: blockIoOf(objectOf(answer.blkio_stats)),
    pids: pidsOf(objectOf(answer.pids_stats)),
  });
}

function cpuOf(stats: Shape | undefined): CpuReading | undefined {
  const usage = objectOf(stats?.cpu_usage);
  const used = amountOf(usage?.total_usage);
  if (used === undefined) return undefined;
  const host = amountOf(stats?.system_cpu_usage);
  const cpus = amountOf(stats?.online_cpus) ?? listOf(usage?.percpu_usage)?.length;
  return compact({
    usageSeconds: used / NANOSECONDS,
    hostSeconds: host === undefined ? undefined : host / NANOSECONDS,
    onlineCpus: cpus === 0 ? undefined : cpus,
  });
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
  const limit = amountOf(memory?.limit);
  return compact({
    usageBytes: usage - cache,
    limitBytes: limit === undefined || limit === 0 || limit >= UNLIMITED ? undefined : limit,
  });
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

function pidsOf(stats: Shape | undefined): PidsReading | undefined {
  const current = amountOf(stats?.current);
  if (current === undefined) return undefined;
  const limit = amountOf(stats?.limit);
  return compact({
    current,
    limit: limit === undefined || limit === 0 || limit >= UNLIMITED ? undefined : limit,
  });
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
