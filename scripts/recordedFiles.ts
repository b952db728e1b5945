import { type LiveContainer, mountOf } from '../e2e/guest/cgroupPaths.ts';
import type { ReadFiles } from '../e2e/guest/shell.ts';

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

/** Averages over the time that passes. */
const restless = '.pressure';

/** Every file of these containers that says how much they use, by path. */
export async function readContainerFiles(
  readFiles: ReadFiles,
  containers: readonly LiveContainer[],
): Promise<ReadonlyMap<string, string>> {
  return await readFiles(
    containers.flatMap(({ pid, cgroups }) => [
      ...[...cgroups].flatMap(([controller, folder]) =>
        filesOf(controller).map((file) => `${folder}/${file}`),
      ),
      ...['cgroup', 'stat'].map((file) => `/proc/${pid}/${file}`),
      networkFile(pid),
    ]),
  );
}

/** The host's own files that a reader needs beside the containers'. */
export async function readHostFiles(
  readFiles: ReadFiles,
  [any]: readonly LiveContainer[],
): Promise<ReadonlyMap<string, string>> {
  const controllers = [...(any?.cgroups.keys() ?? [])];
  const files = await readFiles([
    ...hostFiles,
    ...controllers.flatMap((controller) =>
      (controller === '' ? version2RootFiles : filesOf(controller)).map(
        (file) => `${mountOf(controller)}/${file}`,
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

/** Paths of the files that are different, but for those that change whatever a container does. */
export function changedFiles(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter(
    (path) => !path.endsWith(restless) && after.get(path) !== before.get(path),
  );
}

/** The counters of a process's network namespace. */
export function networkFile(pid: number): string {
  return `/proc/${pid}/net/dev`;
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
