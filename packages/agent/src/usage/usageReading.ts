/**
 * What a container has used, as one source read it at one moment. Counters are cumulative and raw;
 * what the source could not tell is absent.
 */
export interface UsageReading {
  /** When it was read, by the source's own clock: seconds since a fixed moment of that source. */
  readonly takenAtSeconds: number;
  readonly cpu?: CpuReading;
  readonly cpuDetails?: CpuDetails;
  readonly memory?: MemoryReading;
  readonly memoryDetails?: MemoryDetails;
  readonly network?: NetworkReading;
  /** What `network` is the sum of, and the container's other interfaces; without loopback. */
  readonly interfaces?: readonly InterfaceReading[];
  readonly blockIo?: BlockIoReading;
  /** What `blockIo` is the sum of. */
  readonly blockDevices?: readonly BlockDeviceReading[];
  readonly pids?: PidsReading;
  /** Only where the kernel counts it (cgroup version 2 with PSI). */
  readonly pressure?: PressureReading;
}

export interface CpuReading {
  /** CPU time the container used since it started. */
  readonly usageSeconds: number;
  /** Time of all CPUs of the host together, idle time included, since the host started. */
  readonly hostSeconds?: number;
  readonly onlineCpus?: number;
}

/** What a container's CPU time went into, and what it waited for. All counters. */
export interface CpuDetails {
  /** In its own code. Coarser than `usageSeconds`; the two parts need not add up to it. */
  readonly userSeconds?: number;
  /** In the kernel. */
  readonly systemSeconds?: number;
  /** All 0 for a container without a CPU quota. */
  readonly throttling?: ThrottlingReading;
}

export interface ThrottlingReading {
  /** Periods of the quota in which the container wanted to run. */
  readonly periods: number;
  /** Periods in which it had to wait for the next one. */
  readonly throttledPeriods: number;
  /** How long its tasks waited, added up. */
  readonly throttledSeconds: number;
}

export interface MemoryReading {
  /** By the rule of `docker stats`. */
  readonly usageBytes: number;
  /** Absent if there is none, or none that can be true. */
  readonly limitBytes?: number;
}

/** What a container's memory consists of, and what befell it. Sub-cgroups are included. */
export interface MemoryDetails {
  /** All that is charged to the container, page cache and kernel memory included. */
  readonly chargedBytes: number;
  /** Charged without inactive page cache, at least 0. */
  readonly workingSetBytes?: number;
  /** Page cache: `cache` of cgroup version 1, `file` of version 2. */
  readonly cacheBytes?: number;
  /** Anonymous memory: `rss` of cgroup version 1, `anon` of version 2. */
  readonly rssBytes?: number;
  readonly swapBytes?: number;
  /** Swap alone. Absent if there is no limit. */
  readonly swapLimitBytes?: number;
  readonly mappedFileBytes?: number;
  /** The most that was ever charged. */
  readonly maxUsageBytes?: number;
  /** How often memory ran into the limit (version 1 `failcnt`, version 2 `oom` events). A counter. */
  readonly limitHits?: number;
  /** Minor and major. A counter. */
  readonly pageFaults?: number;
  /** A counter. */
  readonly majorPageFaults?: number;
  /** Processes the kernel killed for want of memory. A counter. */
  readonly oomKills?: number;
}

/** Summed over the interfaces of the container's own network that the engine made. */
export interface NetworkReading {
  readonly receiveBytes: number;
  readonly transmitBytes: number;
}

/** One network interface inside the container. All counters. */
export interface InterfaceReading {
  readonly name: string;
  readonly receiveBytes: number;
  readonly receivePackets: number;
  readonly receiveDropped: number;
  /** The engine's answers say 0 whatever happens, so only the cgroup source tells. */
  readonly receiveErrors?: number;
  readonly transmitBytes: number;
  readonly transmitPackets: number;
  readonly transmitDropped: number;
  readonly transmitErrors?: number;
}

/** Summed over all block devices. */
export interface BlockIoReading {
  readonly readBytes: number;
  readonly writeBytes: number;
}

/** One block device. All counters; on version 2 the engine does not tell operations. */
export interface BlockDeviceReading {
  readonly major: number;
  readonly minor: number;
  /** Such as sda; only sources on the host itself can tell. */
  readonly name?: string;
  readonly readBytes: number;
  readonly writeBytes: number;
  readonly readOperations?: number;
  readonly writeOperations?: number;
}

export interface PidsReading {
  readonly current: number;
  /** Absent if unlimited. */
  readonly limit?: number;
}

/** How long tasks of the container waited for a resource since it started (PSI). */
export interface PressureReading {
  readonly cpu?: StallReading;
  readonly memory?: StallReading;
  readonly io?: StallReading;
}

export interface StallReading {
  /** At least one task waited. A counter. */
  readonly someSeconds: number;
  /** All tasks waited at once. A counter; kernels before 5.13 have none for the CPU. */
  readonly fullSeconds?: number;
}
