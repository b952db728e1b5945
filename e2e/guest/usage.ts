import type { ContainerSnapshot } from '@docker-data-exporter/shared/snapshot';

/** What is compared between sources. Counters only grow while a container lives, gauges move freely. */
export const measures = {
  cpuUsageSeconds: 'counter',
  cpuUserSeconds: 'counter',
  cpuSystemSeconds: 'counter',
  throttledPeriods: 'counter',
  throttledSeconds: 'counter',
  memoryUsageBytes: 'gauge',
  memoryLimitBytes: 'gauge',
  pids: 'gauge',
  pidsLimit: 'gauge',
  blockReadBytes: 'counter',
  blockWriteBytes: 'counter',
  networkReceiveBytes: 'counter',
  networkTransmitBytes: 'counter',
} as const;

export type Measure = keyof typeof measures;

/** A value known exactly (both ends the same), or rounded to lie between two. */
export type Range = readonly [lowest: number, highest: number];

/** What one source says about one container. An absent measure is one the container does not have. */
export type Usage = Readonly<Partial<Record<Measure, Range>>>;

/** One source's answer, with the measures this source tells at all. */
export interface Answer {
  readonly told: readonly Measure[];
  readonly usage: Usage;
}

const all = Object.keys(measures) as Measure[]; // Safe: the keys of the table are the measures.

const cliMeasures: readonly Measure[] = [
  ...(['memoryUsageBytes', 'memoryLimitBytes', 'pids', 'blockReadBytes'] as const),
  ...(['blockWriteBytes', 'networkReceiveBytes', 'networkTransmitBytes'] as const),
];

/** Above this a limit is the kernel's way of saying that there is none. */
const unlimited = 2 ** 62;

export function exactly(values: Partial<Record<Measure, number | undefined>>): Usage {
  return Object.fromEntries(
    Object.entries(values).flatMap(([measure, value]) =>
      value === undefined ? [] : [[measure, [value, value]]],
    ),
  );
}

/** The part of the engine's stats that is compared. */
export interface EngineStats {
  readonly cpu_stats: {
    readonly cpu_usage: {
      readonly total_usage: number;
      readonly usage_in_usermode: number;
      readonly usage_in_kernelmode: number;
    };
    readonly throttling_data: {
      readonly throttled_periods: number;
      readonly throttled_time: number;
    };
  };
  readonly memory_stats: {
    readonly usage: number;
    readonly limit: number;
    readonly stats: Readonly<Record<string, number>>;
  };
  readonly pids_stats: { readonly current: number; readonly limit?: number };
  readonly blkio_stats: {
    readonly io_service_bytes_recursive:
      readonly { readonly op: string; readonly value: number }[] | null;
  };
  readonly networks?: Readonly<
    Record<string, { readonly rx_bytes: number; readonly tx_bytes: number }>
  >;
}

/** The engine's answer to `stats`, by the formulas of the Docker CLI. */
export function usageOfStats(stats: EngineStats): Answer {
  const { cpu_stats: cpu, memory_stats: memory, pids_stats: pids, networks } = stats;
  // cgroup v1 prefixes the hierarchical value, v2 has only one.
  const inactiveFile = memory.stats.total_inactive_file ?? memory.stats.inactive_file ?? 0;
  const blockBytes = (wanted: string): number =>
    sum(
      (stats.blkio_stats.io_service_bytes_recursive ?? [])
        .filter(({ op }) => op.toLowerCase() === wanted)
        .map(({ value }) => value),
    );
  const networkBytes = (direction: 'rx_bytes' | 'tx_bytes'): number | undefined =>
    networks && sum(Object.values(networks).map((network) => network[direction]));
  return {
    told: all,
    usage: exactly({
      cpuUsageSeconds: cpu.cpu_usage.total_usage / 1e9,
      cpuUserSeconds: cpu.cpu_usage.usage_in_usermode / 1e9,
      cpuSystemSeconds: cpu.cpu_usage.usage_in_kernelmode / 1e9,
      throttledPeriods: cpu.throttling_data.throttled_periods,
      throttledSeconds: cpu.throttling_data.throttled_time / 1e9,
      memoryUsageBytes: memory.usage - (inactiveFile < memory.usage ? inactiveFile : 0),
      memoryLimitBytes: memory.limit,
      pids: pids.current,
      pidsLimit: (pids.limit ?? unlimited) < unlimited ? pids.limit : undefined,
      blockReadBytes: blockBytes('read'),
      blockWriteBytes: blockBytes('write'),
      networkReceiveBytes: networkBytes('rx_bytes'),
      networkTransmitBytes: networkBytes('tx_bytes'),
    }),
  };
}

/** A container of the agent's `/snapshot`. */
export function usageOfSnapshot(container: ContainerSnapshot): Answer {
  const { cpu, memory, pids, blockIo, network } = container;
  const values = {
    cpuUsageSeconds: cpu?.usageSeconds,
    memoryUsageBytes: memory?.usageBytes,
    memoryLimitBytes: memory?.limitBytes,
    pids: pids?.current,
    pidsLimit: pids?.limit,
    blockReadBytes: blockIo?.readBytes,
    blockWriteBytes: blockIo?.writeBytes,
    networkReceiveBytes: network?.receiveBytes,
    networkTransmitBytes: network?.transmitBytes,
  };
  return { told: all.filter((measure) => measure in values), usage: exactly(values) };
}

/** A line of `docker stats --format '{{json .}}'`: numbers rounded for people. */
export interface CliStats {
  readonly Name: string;
  readonly MemUsage: string;
  readonly PIDs: string;
  readonly BlockIO: string;
  readonly NetIO: string;
}

/** What `docker stats` prints. It shows 0 for a network that a container does not have. */
export function usageOfCliStats(line: CliStats, hasNetwork: boolean): Answer {
  const [memory, limit] = pairOf(line.MemUsage, 4);
  const [read, written] = pairOf(line.BlockIO, 3);
  const [received, sent] = pairOf(line.NetIO, 3);
  const pids = Number(line.PIDs);
  return {
    told: cliMeasures,
    usage: {
      memoryUsageBytes: memory,
      memoryLimitBytes: limit,
      pids: [pids, pids],
      blockReadBytes: read,
      blockWriteBytes: written,
      ...(hasNetwork ? { networkReceiveBytes: received, networkTransmitBytes: sent } : {}),
    },
  };
}

const units: Readonly<Record<string, number>> = {
  ...{ B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 },
  ...{ KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 },
};

/** "1.5MiB / 2GiB", each printed with so many significant digits. */
function pairOf(text: string, digits: number): [Range, Range] {
  const [first = '', second = ''] = text.split(' / ');
  return [rangeOf(first, digits), rangeOf(second, digits)];
}

function rangeOf(text: string, digits: number): Range {
  const [, number = '', unit = ''] = /^([\d.]+(?:e\+\d+)?)([A-Za-z]+)$/.exec(text) ?? [];
  const factor = units[unit];
  if (factor === undefined) throw new Error(`docker stats printed "${text}"`);
  const value = Number(number);
  if (value === 0) return [0, 0];
  const halfOfLastDigit = 0.5 * 10 ** (Math.floor(Math.log10(value)) - digits + 1);
  return [(value - halfOfLastDigit) * factor, (value + halfOfLastDigit) * factor];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
