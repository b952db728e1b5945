import { byteAt, type Cursor, skipLine, takeNumber } from './kernelText.ts';

/** Towards programs a tick is a hundredth of a second, whatever the kernel's own clock does. */
const TICKS = 100;
/** user nice system idle iowait irq softirq; dockerd leaves out steal, guest and guest_nice. */
const COUNTED_COLUMNS = 7;

const [LETTER_C, LETTER_P, LETTER_U] = [99, 112, 117];
const SPACE = 32;

export interface HostCpu {
  /** Time of all CPUs together, idle time included, since the host started. */
  readonly hostSeconds: number;
  readonly onlineCpus: number;
}

/**
 * Reads the beginning of `/proc/stat` as dockerd makes `system_cpu_usage` of it (moby,
 * daemon/stats/collector_unix.go, later daemon/stats_unix.go). Undefined if there is none.
 */
export function parseHostCpu(bytes: Uint8Array): HostCpu | undefined {
  const cursor: Cursor = { bytes, at: 0 };
  let hostSeconds: number | undefined;
  let onlineCpus = 0;
  while (isCpuLine(cursor)) {
    cursor.at += 3;
    if (byteAt(cursor) === SPACE) {
      let ticks = 0;
      for (let column = 0; column < COUNTED_COLUMNS; column += 1) ticks += takeNumber(cursor);
      hostSeconds = ticks / TICKS;
    } else {
      onlineCpus += 1;
    }
    skipLine(cursor);
  }
  if (hostSeconds === undefined || Number.isNaN(hostSeconds) || onlineCpus === 0) return undefined;
  return { hostSeconds, onlineCpus };
}

function isCpuLine({ bytes, at }: Cursor): boolean {
  return bytes[at] === LETTER_C && bytes[at + 1] === LETTER_P && bytes[at + 2] === LETTER_U;
}

/** Reads `/proc/diskstats`: names of block devices by `MAJOR:MINOR`. */
export function parseDeviceNames(text: string): Map<string, string> {
  const names = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [major, minor, name] = line.trim().split(/\s+/);
    if (name !== undefined) names.set(`${major}:${minor}`, name);
  }
  return names;
}

/** Reads `/proc/meminfo`; undefined if it does not tell. */
export function parseMemoryTotal(text: string): number | undefined {
  const kibibytes = /^MemTotal:\s+(\d+) kB$/m.exec(text)?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

/** Reads `/proc/self/limits`: how many files this process may have open; undefined if unlimited. */
export function parseOpenFilesLimit(text: string): number | undefined {
  const limit = /^Max open files\s+(\d+)/m.exec(text)?.[1];
  return limit === undefined ? undefined : Number(limit);
}
