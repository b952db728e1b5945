import type { ReadFiles } from '../e2e/guest/shell.ts';

const cgroupRoot = '/sys/fs/cgroup';

/** What a reader of container usage could want, by cgroup version and, on v1, by controller. */
const version2Files = [
  ...['cgroup.procs', 'cgroup.events', 'cpu.stat', 'cpu.max', 'cpu.pressure', 'io.stat'],
  ...['io.pressure', 'memory.current', 'memory.peak', 'memory.low', 'memory.high', 'memory.max'],
  ...['memory.stat', 'memory.events', 'memory.pressure', 'memory.swap.current', 'memory.swap.max'],
  ...['pids.current', 'pids.peak', 'pids.max'],
];
const version2RootFiles = [
  ...['cgroup.controllers', 'cgroup.subtree_control', 'cpu.stat', 'memory.stat', 'io.stat'],
  ...['cpu.pressure', 'io.pressure', 'memory.pressure', 'cpuset.cpus.effective'],
];
const version1Files: Readonly<Record<string, readonly string[]>> = {
  cpuacct: [
    ...['cgroup.procs', 'cpuacct.usage', 'cpuacct.stat'],
    ...['cpuacct.usage_user', 'cpuacct.usage_sys'],
  ],
  cpu: ['cpu.stat', 'cpu.cfs_quota_us', 'cpu.cfs_period_us'],
  memory: [
    ...['memory.usage_in_bytes', 'memory.max_usage_in_bytes', 'memory.limit_in_bytes'],
    ...['memory.soft_limit_in_bytes', 'memory.failcnt', 'memory.stat', 'memory.oom_control'],
    ...['memory.memsw.usage_in_bytes', 'memory.memsw.limit_in_bytes'],
  ],
  blkio: [
    ...['blkio.throttle.io_service_bytes_recursive', 'blkio.throttle.io_serviced_recursive'],
    ...['blkio.bfq.io_service_bytes_recursive', 'blkio.bfq.io_serviced_recursive'],
  ],
  pids: ['pids.current', 'pids.max'],
};

const hostFiles = [
  ...['stat', 'meminfo', 'uptime', 'loadavg', 'diskstats', 'cgroups', 'self/mountinfo'],
  ...['pressure/cpu', 'pressure/io', 'pressure/memory'],
].map((file) => `/proc/${file}`);

/** Change by themselves, whatever a container does. */
const restless = '.pressure';

export interface RecordedContainer {
  readonly name: string;
  readonly id: string;
  /** Of its first process. */
  readonly pid: number;
  /** Where its cgroups are, by controller; on v2 the one there is, under "". */
  readonly cgroups: ReadonlyMap<string, string>;
}

/** Finds the cgroups of containers by their first processes. Those that ended since are left out. */
export async function findCgroups(
  readFiles: ReadFiles,
  containers: readonly Omit<RecordedContainer, 'cgroups'>[],
): Promise<RecordedContainer[]> {
  const path = (pid: number): string => `/proc/${pid}/cgroup`;
  const files = await readFiles(containers.map(({ pid }) => path(pid)));
  return containers.flatMap((container) => {
    const text = files.get(path(container.pid));
    return text === undefined ? [] : [{ ...container, cgroups: parseCgroups(text) }];
  });
}

/** The folders that freeze a container. */
export function freezerOf({ cgroups }: RecordedContainer): string {
  const version2 = cgroups.get('');
  return version2 === undefined
    ? `${cgroupRoot}/freezer${cgroups.get('freezer') ?? ''}`
    : `${cgroupRoot}${version2}`;
}

/** Every file of these containers that says how much they use, by path. */
export async function readContainerFiles(
  readFiles: ReadFiles,
  containers: readonly RecordedContainer[],
): Promise<ReadonlyMap<string, string>> {
  return await readFiles(
    containers.flatMap(({ pid, cgroups }) => [
      ...[...cgroups].flatMap(([controller, path]) =>
        filesOf(controller).map((file) => `${folderOf(controller)}${path}/${file}`),
      ),
      ...['net/dev', 'cgroup', 'stat'].map((file) => `/proc/${pid}/${file}`),
    ]),
  );
}

/** The host's own files that a reader needs beside the containers'. */
export async function readHostFiles(
  readFiles: ReadFiles,
  [any]: readonly RecordedContainer[],
): Promise<ReadonlyMap<string, string>> {
  const controllers = [...(any?.cgroups.keys() ?? [])];
  const files = await readFiles([
    ...hostFiles,
    ...controllers.flatMap((controller) =>
      (controller === '' ? version2RootFiles : filesOf(controller)).map(
        (file) => `${folderOf(controller)}/${file}`,
      ),
    ),
  ]);
  // Which processes the host runs, and where else its disks are mounted, is nobody's business.
  return new Map(
    [...files]
      .filter(([path]) => !path.endsWith('/cgroup.procs'))
      .map(([path, text]) => [path, path.endsWith('/mountinfo') ? cgroupMounts(text) : text]),
  );
}

/** True if nothing but what changes by itself is different. */
export function areEqual(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): boolean {
  return (
    before.size === after.size &&
    [...before].every(([path, text]) => path.endsWith(restless) || after.get(path) === text)
  );
}

function parseCgroups(text: string): Map<string, string> {
  const lines = text
    .trim()
    .split('\n')
    .map((line) => /^\d+:([^:]*):(.*)$/.exec(line) ?? ['', '', '']);
  const all = new Map(lines.map(([, controllers = '', path = '']) => [controllers, path]));
  // On a host with both, the controllers are those of version 1.
  if (all.size > 1) all.delete('');
  return all;
}

function folderOf(controller: string): string {
  return controller === '' ? cgroupRoot : `${cgroupRoot}/${controller}`;
}

/** Controllers may be mounted together, as "cpu,cpuacct". */
function filesOf(controllers: string): readonly string[] {
  if (controllers === '') return version2Files;
  return controllers.split(',').flatMap((controller) => version1Files[controller] ?? []);
}

function cgroupMounts(text: string): string {
  return text
    .split('\n')
    .filter((line) => / - cgroup2? /.test(line))
    .map((line) => `${line}\n`)
    .join('');
}
