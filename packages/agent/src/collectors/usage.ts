import type { ContainerSnapshot, MemoryUsage } from '@docker-data-exporter/shared/snapshot';
import { compact } from '../shape.ts';
import { type CpuPercent, roundPercent } from '../usage/cpuPercent.ts';
import type { MemoryReading, UsageReading } from '../usage/usageReading.ts';

export type ContainerUsage = Pick<
  ContainerSnapshot,
  'cpu' | 'memory' | 'network' | 'blockIo' | 'pids'
>;

export interface UsageContext {
  readonly cpuPercent: CpuPercent;
  /** Of the host; what a container without a limit may use. */
  readonly hostMemoryBytes: number | undefined;
  /** Of the host; for sources that do not tell it (Podman on cgroup v2). */
  readonly hostCpus: number | undefined;
}

/** A reading as the snapshot shows it: counters as they are, and the two percents. */
export function containerUsage(
  id: string,
  reading: UsageReading,
  { cpuPercent, hostMemoryBytes, hostCpus }: UsageContext,
): ContainerUsage {
  const { cpu, memory, network, blockIo, pids } = reading;
  const onlineCpus = cpu?.onlineCpus ?? hostCpus;
  const hostPercent = cpuPercent.update(
    id,
    cpu === undefined ? reading : { ...reading, cpu: compact({ ...cpu, onlineCpus }) },
  );
  return compact({
    cpu: cpu && compact({ usageSeconds: cpu.usageSeconds, hostPercent }),
    memory: memory && memoryUsage(memory, hostMemoryBytes),
    network,
    blockIo,
    pids,
  });
}

function memoryUsage(
  { usageBytes, limitBytes }: MemoryReading,
  hostMemoryBytes: number | undefined,
): MemoryUsage {
  const limits = [limitBytes, hostMemoryBytes].filter((bytes) => bytes !== undefined);
  const limit = limits.length === 0 ? undefined : Math.min(...limits);
  return compact({
    usageBytes,
    limitBytes: limit,
    percent: limit === undefined ? undefined : roundPercent((usageBytes / limit) * 100),
  });
}
