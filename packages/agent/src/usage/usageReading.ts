/**
 * What a container has used, as one source read it at one moment. Counters are cumulative and raw;
 * what the source could not tell is absent.
 */
export interface UsageReading {
  /** When it was read, by the source's own clock: seconds since a fixed moment of that source. */
  readonly takenAtSeconds: number;
  readonly cpu?: CpuReading;
  readonly memory?: MemoryReading;
  readonly network?: NetworkReading;
  readonly blockIo?: BlockIoReading;
  readonly pids?: PidsReading;
}

export interface CpuReading {
  /** CPU time the container used since it started. */
  readonly usageSeconds: number;
  /** Time of all CPUs of the host together, idle time included, since the host started. */
  readonly hostSeconds?: number;
  readonly onlineCpus?: number;
}

export interface MemoryReading {
  /** By the rule of `docker stats`. */
  readonly usageBytes: number;
  /** Absent if there is none, or none that can be true. */
  readonly limitBytes?: number;
}

/** Summed over all interfaces of the container's own network. */
export interface NetworkReading {
  readonly receiveBytes: number;
  readonly transmitBytes: number;
}

/** Summed over all block devices. */
export interface BlockIoReading {
  readonly readBytes: number;
  readonly writeBytes: number;
}

export interface PidsReading {
  readonly current: number;
  /** Absent if unlimited. */
  readonly limit?: number;
}
