import type { UsageReading } from './usageReading.ts';

/** Shorter windows say more about the moment of asking than about the container. */
const SHORTEST_WINDOW_SECONDS = 1;

interface Base {
  readonly takenAtSeconds: number;
  readonly usageSeconds: number;
  readonly hostSeconds: number | undefined;
  readonly onlineCpus: number | undefined;
}

export interface CpuPercent {
  /**
   * Share of all CPUs of the host that the container used since the reading before, 0 to 100.
   *
   * The window is at least a second whoever asks how often: until then the last share is given
   * again. Undefined on the first reading, and on one that cannot follow the one before (a counter
   * or a clock that went back, another number of CPUs).
   */
  update(id: string, reading: UsageReading): number | undefined;
  /** Forgets every container but these. */
  keepOnly(ids: ReadonlySet<string>): void;
}

/** Remembers the last reading of every container: the only state between collections of usage. */
export function createCpuPercent(): CpuPercent {
  const memory = new Map<string, { base: Base; percent: number | undefined }>();
  return {
    update: (id, reading) => {
      const now = baseOf(reading);
      if (now === undefined) return undefined;
      const known = memory.get(id);
      if (known !== undefined && follows(known.base, now)) {
        const elapsed = now.takenAtSeconds - known.base.takenAtSeconds;
        if (elapsed < SHORTEST_WINDOW_SECONDS) return known.percent;
        const percent = shareOf(known.base, now);
        memory.set(id, { base: now, percent });
        return percent;
      }
      memory.set(id, { base: now, percent: undefined });
      return undefined;
    },
    keepOnly: (ids) => {
      for (const id of memory.keys()) if (!ids.has(id)) memory.delete(id);
    },
  };
}

function baseOf({ takenAtSeconds, cpu }: UsageReading): Base | undefined {
  return cpu === undefined
    ? undefined
    : {
        takenAtSeconds,
        usageSeconds: cpu.usageSeconds,
        hostSeconds: cpu.hostSeconds,
        onlineCpus: cpu.onlineCpus,
      };
}

function follows(before: Base, now: Base): boolean {
  return (
    now.takenAtSeconds >= before.takenAtSeconds &&
    now.usageSeconds >= before.usageSeconds &&
    now.onlineCpus === before.onlineCpus
  );
}

/** The formula of `docker stats` without its last factor, the number of CPUs. */
function shareOf(before: Base, now: Base): number | undefined {
  const available = hostSecondsBetween(before, now);
  if (available === undefined) return undefined;
  const percent = ((now.usageSeconds - before.usageSeconds) / available) * 100;
  if (!Number.isFinite(percent)) return undefined;
  return roundPercent(percent);
}

/** By the host's own count; where the source has none, or it stands still, by the clock. */
function hostSecondsBetween(before: Base, now: Base): number | undefined {
  if (now.hostSeconds !== undefined && before.hostSeconds !== undefined) {
    const counted = now.hostSeconds - before.hostSeconds;
    if (counted > 0) return counted;
  }
  if (now.onlineCpus === undefined) return undefined;
  return (now.takenAtSeconds - before.takenAtSeconds) * now.onlineCpus;
}

/** Within 0 to 100 and four decimals: finer is noise, and costs bytes in every scrape. */
export function roundPercent(percent: number): number {
  return Math.round(Math.min(100, Math.max(0, percent)) * 1e4) / 1e4;
}
