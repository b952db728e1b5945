import type { LiveContainer } from './guestContainers.ts';
import type { ReadFiles } from './shell.ts';
import { exactly, type Usage } from './usage.ts';

export const cgroupRoot = '/sys/fs/cgroup';
const memoryInfo = '/proc/meminfo';

const comparedFiles = [
  ...['cpu.stat', 'memory.current', 'memory.max', 'memory.stat'],
  ...['pids.current', 'pids.max', 'io.stat'],
];

const networkFile = (pid: number): string => `/proc/${pid}/net/dev`;

/** What the kernel's own files say about each container now, by name: the truth to compare with. */
export async function readUsage(
  readFiles: ReadFiles,
  containers: readonly LiveContainer[],
): Promise<Map<string, Usage>> {
  const files = await readFiles([
    memoryInfo,
    ...containers.flatMap(({ cgroup, pid }) => [
      ...comparedFiles.map((file) => `${cgroupRoot}${cgroup}/${file}`),
      networkFile(pid),
    ]),
  ]);
  return new Map(containers.map((container) => [container.name, usageOfFiles(container, files)]));
}

function usageOfFiles(
  { name, cgroup, pid, hasOwnNetwork }: LiveContainer,
  files: ReadonlyMap<string, string>,
): Usage {
  const text = (path: string): string => {
    const content = files.get(path);
    if (content === undefined) throw new Error(`${path} of ${name} cannot be read`);
    return content;
  };
  const read = (file: string): string => text(`${cgroupRoot}${cgroup}/${file}`);
  const limitOf = (file: string): number | undefined =>
    read(file).trim() === 'max' ? undefined : Number(read(file));
  const cpu = keyed(read('cpu.stat'));
  const memory = keyed(read('memory.stat'));
  const memoryTotal = (keyed(text(memoryInfo))['MemTotal:'] ?? NaN) * 1024;
  const network = hasOwnNetwork ? networkBytes(text(networkFile(pid))) : undefined;
  return exactly({
    cpuUsageSeconds: need(cpu, 'usage_usec') / 1e6,
    cpuUserSeconds: need(cpu, 'user_usec') / 1e6,
    cpuSystemSeconds: need(cpu, 'system_usec') / 1e6,
    throttledPeriods: need(cpu, 'nr_throttled'),
    throttledSeconds: need(cpu, 'throttled_usec') / 1e6,
    memoryUsageBytes: Number(read('memory.current')) - need(memory, 'inactive_file'),
    memoryLimitBytes: limitOf('memory.max') ?? memoryTotal,
    pids: Number(read('pids.current')),
    pidsLimit: limitOf('pids.max'),
    blockReadBytes: summed(read('io.stat'), /\brbytes=(\d+)/g),
    blockWriteBytes: summed(read('io.stat'), /\bwbytes=(\d+)/g),
    networkReceiveBytes: network?.received,
    networkTransmitBytes: network?.sent,
  });
}

/** "key value" lines, as cpu.stat, memory.stat and meminfo have them. */
function keyed(text: string): Record<string, number> {
  return Object.fromEntries(
    text
      .trim()
      .split('\n')
      .map((line) => {
        const [key = '', value = ''] = line.split(/\s+/);
        return [key, Number(value)];
      }),
  );
}

function need(values: Readonly<Record<string, number>>, key: string): number {
  const value = values[key];
  if (value === undefined) throw new Error(`there is no ${key}`);
  return value;
}

function summed(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].reduce((total, [, value]) => total + Number(value), 0);
}

function networkBytes(text: string): { received: number; sent: number } {
  const rows = text
    .split('\n')
    .map((line) => /^\s*([^:\s]+):(.*)$/.exec(line))
    .filter((match) => match !== null && match[1] !== 'lo')
    .map((match) => match?.[2]?.trim().split(/\s+/).map(Number) ?? []);
  const column = (index: number): number =>
    rows.reduce((total, row) => total + (row[index] ?? NaN), 0);
  return { received: column(0), sent: column(8) };
}
