import type { LiveContainer } from './cgroupPaths.ts';
import type { ReadFiles } from './shell.ts';
import { exactly, type Measure, type Usage } from './usage.ts';

/** A container whose usage is compared. */
export interface ComparedContainer extends LiveContainer {
  /** Neither the host's network nor none. */
  readonly hasOwnNetwork: boolean;
}

type Values = Partial<Record<Measure, number | undefined>>;

/** Reads one file of a container's cgroup: on v2 the controller's name is part of the file's. */
type Read = (file: string) => string;

const memoryInfo = '/proc/meminfo';

const version2Files = [
  ...['cpu.stat', 'memory.current', 'memory.max', 'memory.stat'],
  ...['pids.current', 'pids.max', 'io.stat'],
];
const version1Files = [
  ...['cpuacct.usage', 'cpuacct.stat', 'cpu.stat'],
  ...['memory.usage_in_bytes', 'memory.limit_in_bytes', 'memory.stat'],
  ...['pids.current', 'pids.max', 'blkio.throttle.io_service_bytes_recursive'],
];

/** What the kernel's own files say about each container now, by name: the truth to compare with. */
export async function readUsage(
  readFiles: ReadFiles,
  containers: readonly ComparedContainer[],
): Promise<Map<string, Usage>> {
  const files = await readFiles([
    memoryInfo,
    ...containers.flatMap((container) => [
      ...filesOf(container).map((file) => pathOf(container, file)),
      networkFile(container),
    ]),
  ]);
  return new Map(containers.map((container) => [container.name, usageOfFiles(container, files)]));
}

function usageOfFiles(container: ComparedContainer, files: ReadonlyMap<string, string>): Usage {
  const text = (path: string): string => {
    const content = files.get(path);
    if (content === undefined) throw new Error(`${path} of ${container.name} cannot be read`);
    return content;
  };
  const read: Read = (file) => text(pathOf(container, file));
  const values = isVersion2(container) ? version2Values(read) : version1Values(read);
  const hostMemory = valueIn(text(memoryInfo), 'MemTotal:') * 1024;
  const pidsLimit = read('pids.max').trim();
  return exactly({
    ...values,
    memoryLimitBytes: Math.min(values.memoryLimitBytes ?? Infinity, hostMemory),
    pids: Number(read('pids.current')),
    pidsLimit: pidsLimit === 'max' ? undefined : Number(pidsLimit),
    // With the host's network, or none, there is nothing that would be the container's own.
    ...(container.hasOwnNetwork ? networkValues(text(networkFile(container))) : {}),
  });
}

function version2Values(read: Read): Values {
  const [cpu, memoryLimit] = [read('cpu.stat'), read('memory.max').trim()];
  return {
    cpuUsageSeconds: valueIn(cpu, 'usage_usec') / 1e6,
    cpuUserSeconds: valueIn(cpu, 'user_usec') / 1e6,
    cpuSystemSeconds: valueIn(cpu, 'system_usec') / 1e6,
    throttledPeriods: valueIn(cpu, 'nr_throttled'),
    throttledSeconds: valueIn(cpu, 'throttled_usec') / 1e6,
    memoryUsageBytes:
      Number(read('memory.current')) - valueIn(read('memory.stat'), 'inactive_file'),
    memoryLimitBytes: memoryLimit === 'max' ? undefined : Number(memoryLimit),
    blockReadBytes: summed(read('io.stat'), /\brbytes=(\d+)/g),
    blockWriteBytes: summed(read('io.stat'), /\bwbytes=(\d+)/g),
  };
}

function version1Values(read: Read): Values {
  const [ticks, cpu] = [read('cpuacct.stat'), read('cpu.stat')];
  const blocks = read('blkio.throttle.io_service_bytes_recursive');
  return {
    cpuUsageSeconds: Number(read('cpuacct.usage')) / 1e9,
    cpuUserSeconds: valueIn(ticks, 'user') / 100,
    cpuSystemSeconds: valueIn(ticks, 'system') / 100,
    throttledPeriods: valueIn(cpu, 'nr_throttled'),
    throttledSeconds: valueIn(cpu, 'throttled_time') / 1e9,
    memoryUsageBytes:
      Number(read('memory.usage_in_bytes')) - valueIn(read('memory.stat'), 'total_inactive_file'),
    memoryLimitBytes: Number(read('memory.limit_in_bytes')),
    blockReadBytes: summed(blocks, /^\d+:\d+ Read (\d+)$/gm),
    blockWriteBytes: summed(blocks, /^\d+:\d+ Write (\d+)$/gm),
  };
}

/** Bytes of all interfaces but loopback. */
function networkValues(text: string): Values {
  const rows = text
    .split('\n')
    .map((line) => /^\s*([^:\s]+):(.*)$/.exec(line))
    .filter((match) => match !== null && match[1] !== 'lo')
    .map((match) => match?.[2]?.trim().split(/\s+/).map(Number) ?? []);
  const column = (index: number): number =>
    rows.reduce((total, row) => total + (row[index] ?? NaN), 0);
  return { networkReceiveBytes: column(0), networkTransmitBytes: column(8) };
}

function isVersion2({ cgroups }: LiveContainer): boolean {
  return cgroups.has('');
}

function filesOf(container: LiveContainer): readonly string[] {
  return isVersion2(container) ? version2Files : version1Files;
}

function pathOf({ name, cgroups }: LiveContainer, file: string): string {
  const [controller = ''] = file.split('.');
  // Controllers may share a folder, as "cpu,cpuacct".
  const folder =
    cgroups.get('') ??
    [...cgroups].find(([controllers]) => controllers.split(',').includes(controller))?.[1];
  if (folder === undefined) throw new Error(`${name} has no cgroup of ${controller}`);
  return `${folder}/${file}`;
}

function networkFile({ pid }: LiveContainer): string {
  return `/proc/${pid}/net/dev`;
}

/** The number behind a word, at the start of a line. */
function valueIn(text: string, key: string): number {
  const line = text.split('\n').find((one) => one.split(/\s+/)[0] === key);
  if (line === undefined) throw new Error(`there is no ${key} in ${text}`);
  return Number(line.split(/\s+/)[1]);
}

function summed(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].reduce((total, [, value]) => total + Number(value), 0);
}
