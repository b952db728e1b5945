import { Buffer } from 'node:buffer';
import { type KernelFiles, readOnce } from './kernelFiles.ts';

/** `unified` is all there is on version 2, and everything is in it. */
export type Controller = 'unified' | 'cpuacct' | 'cpu' | 'memory' | 'blkio' | 'pids';

/** Where a host keeps its cgroups. */
export interface CgroupHierarchy {
  readonly version: 1 | 2;
  /** The top directory of each controller's tree. */
  readonly tops: ReadonlyMap<Controller, string>;
  /** The tree containers are searched in; they have the same path in all others. */
  readonly searched: string;
}

export interface CgroupRoots {
  /** `/sys/fs/cgroup`, or where the host's is mounted in the agent's container. */
  readonly cgroupRoot: string;
  /** `/proc`, or where the host's is mounted. */
  readonly procRoot: string;
}

/** The best to search first: it is never switched off, and every engine sets it up. */
const versionOne: readonly Controller[] = ['cpuacct', 'memory', 'pids', 'blkio', 'cpu'];

const LONGEST_MOUNTS = 1024 ** 2;

/**
 * Looks what kind of cgroups there are. Undefined if none can be seen. Hosts that have both kinds
 * (version 2 at `unified`) count on version 1.
 */
export function findHierarchy(
  files: KernelFiles,
  { cgroupRoot, procRoot }: CgroupRoots,
): CgroupHierarchy | undefined {
  const mark = files.open(`${cgroupRoot}/cgroup.controllers`);
  if (mark >= 0) {
    files.close(mark);
    return { version: 2, tops: new Map([['unified', cgroupRoot]]), searched: cgroupRoot };
  }
  const tops = new Map<Controller, string>();
  const names = files.directories(cgroupRoot);
  for (const controller of versionOne) {
    // Joint controllers are one directory, such as cpu,cpuacct; links with the single names are usual.
    const name =
      names.find((one) => one === controller) ??
      names.find((one) => one.split(',').includes(controller));
    if (name !== undefined) tops.set(controller, `${cgroupRoot}/${name}`);
  }
  if (tops.size < versionOne.length) {
    for (const [controller, top] of mountedTops(files, `${procRoot}/self/mountinfo`)) {
      if (!tops.has(controller) && top.startsWith(`${cgroupRoot}/`)) tops.set(controller, top);
    }
  }
  const searched = versionOne.map((one) => tops.get(one)).find((top) => top !== undefined);
  return searched === undefined ? undefined : { version: 1, tops, searched };
}

/** For the rare host whose directories are not named by their controllers: the mounts' own options. */
function mountedTops(files: KernelFiles, path: string): Map<Controller, string> {
  const bytes = Buffer.alloc(LONGEST_MOUNTS);
  const length = readOnce(files, path, bytes);
  return parseCgroupMounts(bytes.toString('utf8', 0, Math.max(0, length)));
}

/** Reads `/proc/self/mountinfo`: mount points of the version 1 controllers. */
export function parseCgroupMounts(text: string): Map<Controller, string> {
  const tops = new Map<Controller, string>();
  for (const line of text.split('\n')) {
    const [own = '', system = ''] = line.split(' - ');
    const [kind, , options = ''] = system.split(' ');
    const point = own.split(' ')[4];
    if (kind !== 'cgroup' || point === undefined) continue;
    const mounted = options.split(',');
    for (const controller of versionOne) {
      if (mounted.includes(controller) && !tops.has(controller))
        tops.set(controller, unescaped(point));
    }
  }
  return tops;
}

/** Spaces and their like are written as octal numbers. */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 8)),
  );
}
