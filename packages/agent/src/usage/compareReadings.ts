import type { UsageReading } from './usageReading.ts';

/** One answer of the engine between two readings of the cgroup. */
export interface Bracket {
  readonly before: UsageReading;
  readonly told: UsageReading;
  readonly after: UsageReading;
}

type Value = (reading: UsageReading) => number | undefined;

/** Only grow while a container runs. */
const counters: Readonly<Record<string, Value>> = {
  'CPU time': ({ cpu }) => cpu?.usageSeconds,
  'bytes received': ({ network }) => network?.receiveBytes,
  'bytes sent': ({ network }) => network?.transmitBytes,
  'bytes read': ({ blockIo }) => blockIo?.readBytes,
  'bytes written': ({ blockIo }) => blockIo?.writeBytes,
};

/** Move freely while something runs in the container. */
const gauges: Readonly<Record<string, Value>> = {
  'memory charged': ({ memoryDetails }) => memoryDetails?.chargedBytes,
  processes: ({ pids }) => pids?.current,
};

/** Stay as they are unless somebody changes them. */
const limits = (hostMemoryBytes = Infinity): Readonly<Record<string, Value>> => ({
  // The engine gives the host's memory for "none", and for more than there is.
  'memory limit': ({ memory }) =>
    memory && Math.min(memory.limitBytes ?? Infinity, hostMemoryBytes),
  'process limit': ({ pids }) => pids && (pids.limit ?? Infinity),
});

/**
 * In what the engine's answer differs from the cgroup, one sentence for each; none if they are equal
 * as far as can be seen. What moves just then can look like a difference once.
 */
export function differencesOf(
  { before, told, after }: Bracket,
  hostMemoryBytes: number | undefined,
): string[] {
  const differences: string[] = [];
  const compare = (name: string, value: Value, isProof: (low: number, high: number) => boolean) => {
    const [low, middle, high] = [value(before), value(told), value(after)];
    if (low === undefined && middle === undefined && high === undefined) return;
    if (low !== undefined && middle !== undefined && high !== undefined) {
      if ((low <= middle && middle <= high) || !isProof(low, high)) return;
    }
    differences.push(`${name}: the engine says ${shown(middle)}, the cgroup ${range(low, high)}.`);
  };
  const isIdle = before.cpu !== undefined && before.cpu.usageSeconds === after.cpu?.usageSeconds;
  for (const [name, value] of Object.entries(counters)) compare(name, value, () => true);
  for (const [name, value] of Object.entries(gauges)) {
    compare(name, value, (low, high) => isIdle && low === high);
  }
  for (const [name, value] of Object.entries(limits(hostMemoryBytes))) {
    compare(name, value, (low, high) => low === high);
  }
  return differences;
}

/** The engine sees no network where the cgroup sees one: it is the network of the engine itself. */
export function isEngineNetwork({ before, told, after }: Bracket): boolean {
  return (
    told.network === undefined && (before.network !== undefined || after.network !== undefined)
  );
}

function range(low: number | undefined, high: number | undefined): string {
  return low === high ? shown(low) : `${shown(low)} to ${shown(high)}`;
}

function shown(value: number | undefined): string {
  return value === undefined ? 'nothing' : String(value);
}
