import { Buffer } from 'node:buffer';
import { exactNumber, parseExact, stringifyExact } from './exactJson.ts';
import type { SimulatedLoad } from './simulatedLoad.ts';
import { waveAt, waveSum } from './wave.ts';

/** When live stats are read, in terms a load understands. */
export interface LiveReading {
  /** ms since the epoch. */
  now: number;
  /** Seconds since the simulation began. */
  elapsedSeconds: number;
  /** Seconds the counters have been running: since the simulation began, or since a restart. */
  countingSeconds: number;
  /** Counters go on from the recorded ones; false after a restart, when they began at 0. */
  continued: boolean;
  cpus: number;
  cgroupVersion: 1 | 2;
}

interface CpuStats {
  cpu_usage: {
    total_usage: unknown;
    percpu_usage?: unknown[];
    usage_in_kernelmode: unknown;
    usage_in_usermode: unknown;
  };
  system_cpu_usage?: unknown;
}

interface BlockEntry {
  major: number;
  minor: number;
  op: string;
  value: unknown;
}

interface Stats {
  read: string;
  preread: string;
  blkio_stats: { io_service_bytes_recursive: BlockEntry[] | null };
  cpu_stats: CpuStats;
  precpu_stats: CpuStats;
  memory_stats: {
    usage?: unknown;
    limit?: unknown;
    stats?: { total_inactive_file?: unknown; inactive_file?: unknown };
  };
  networks?: Record<string, Record<string, unknown>>;
}

const BYTES_PER_PACKET = 700;
const KERNEL_SHARE = 0.2;
// Of the host’s memory, for a container without a limit.
const UNLIMITED_SHARE = 0.08;

/** A recorded reading of a container that was not running has the zero time and no numbers. */
export function isEmptyReading(recorded: Buffer): boolean {
  return recorded.includes('"read":"0001-01-01');
}

/**
 * The recorded reading with numbers of that time. `twoSamples` fills in what the reading was one
 * second before, as the engine does without one-shot.
 */
export function liveStats(
  recorded: Buffer,
  { load, hostMemory }: { load: SimulatedLoad; hostMemory: number },
  { reading, twoSamples }: { reading: LiveReading; twoSamples: boolean },
): Buffer {
  // Safe: the reading of a running container, which has all of these.
  const stats = parseExact(recorded.toString('utf8')) as Stats;
  const before = { ...reading, now: reading.now - 1000 };
  before.elapsedSeconds -= 1;
  before.countingSeconds = Math.max(0, before.countingSeconds - 1);

  stats.read = new Date(reading.now).toISOString();
  if (twoSamples) {
    stats.preread = new Date(before.now).toISOString();
    stats.precpu_stats = cpuStats(stats.cpu_stats, load, before);
  }
  stats.cpu_stats = cpuStats(stats.cpu_stats, load, reading);
  setMemory(stats.memory_stats, { load, hostMemory }, reading);
  for (const counters of Object.values(stats.networks ?? {})) {
    setNetwork(counters, load, reading);
  }
  stats.blkio_stats.io_service_bytes_recursive = blockEntries(
    stats.blkio_stats.io_service_bytes_recursive ?? [],
    load,
    reading,
  );
  return Buffer.from(`${stringifyExact(stats)}\n`);
}

function cpuStats(recorded: CpuStats, load: SimulatedLoad, reading: LiveReading): CpuStats {
  const { cpu_usage: usage } = recorded;
  const used = Math.round(waveSum(load.cores, reading.countingSeconds) * 1e9);
  const from = (value: unknown): number => (reading.continued ? exactNumber(value) : 0);
  const total = from(usage.total_usage) + used;
  const kernel = Math.round(used * KERNEL_SHARE);
  const system = exactNumber(recorded.system_cpu_usage);
  return {
    ...recorded,
    cpu_usage: {
      ...usage,
      total_usage: total,
      ...(usage.percpu_usage && { percpu_usage: split(total, usage.percpu_usage.length) }),
      usage_in_kernelmode: from(usage.usage_in_kernelmode) + kernel,
      usage_in_usermode: from(usage.usage_in_usermode) + used - kernel,
    },
    system_cpu_usage: system + Math.round(reading.elapsedSeconds * reading.cpus * 1e9),
  };
}

function split(total: number, parts: number): number[] {
  const each = Math.floor(total / parts);
  return Array.from({ length: parts }, (_, i) => (i === 0 ? total - each * (parts - 1) : each));
}

function setMemory(
  memory: Stats['memory_stats'],
  { load, hostMemory }: { load: SimulatedLoad; hostMemory: number },
  { elapsedSeconds }: LiveReading,
): void {
  const limit = exactNumber(memory.limit);
  const share = Math.min(0.98, waveAt(load.memoryShare, elapsedSeconds));
  const roof = limit < hostMemory * 0.99 ? limit : limit * UNLIMITED_SHARE;
  // Page cache is part of the usage the engine tells; docker stats takes it off again.
  const cache = exactNumber(memory.stats?.total_inactive_file ?? memory.stats?.inactive_file);
  memory.usage = Math.min(limit, Math.round(roof * share) + cache);
}

function setNetwork(
  counters: Record<string, unknown>,
  load: SimulatedLoad,
  { countingSeconds, continued }: LiveReading,
): void {
  const received = Math.round(waveSum(load.receiveBytes, countingSeconds));
  const sent = Math.round(waveSum(load.transmitBytes, countingSeconds));
  const grow = (name: string, by: number): void => {
    counters[name] = (continued ? exactNumber(counters[name]) : 0) + Math.floor(by);
  };
  grow('rx_bytes', received);
  grow('rx_packets', received / BYTES_PER_PACKET);
  grow('tx_bytes', sent);
  grow('tx_packets', sent / BYTES_PER_PACKET);
}

// How the two cgroup versions name and repeat the same numbers.
const operations = {
  1: ['Read', 'Write', 'Sync', 'Async', 'Discard', 'Total'],
  2: ['read', 'write'],
} as const;

function blockEntries(
  recorded: readonly BlockEntry[],
  load: SimulatedLoad,
  { cgroupVersion, countingSeconds, continued }: LiveReading,
): BlockEntry[] {
  const read = Math.round(waveSum(load.readBytes, countingSeconds));
  const write = Math.round(waveSum(load.writeBytes, countingSeconds));
  const growth = new Map([
    ['read', read],
    ['async', read],
    ['write', write],
    ['sync', write],
    ['total', read + write],
  ]);
  const [first] = recorded;
  const entries =
    first === undefined
      ? operations[cgroupVersion].map((op) => ({ major: 254, minor: 0, op, value: 0 }))
      : recorded;
  const { major, minor } = first ?? { major: 254, minor: 0 };
  return entries.map((entry) => {
    const isFirstDevice = entry.major === major && entry.minor === minor;
    const grown = isFirstDevice ? (growth.get(entry.op.toLowerCase()) ?? 0) : 0;
    return { ...entry, value: (continued ? exactNumber(entry.value) : 0) + grown };
  });
}
