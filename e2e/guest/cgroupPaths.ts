import type { ReadFiles } from './shell.ts';

export const cgroupRoot = '/sys/fs/cgroup';

export interface FoundContainer {
  readonly name: string;
  readonly id: string;
  /** Of its first process. */
  readonly pid: number;
}

/** A container that has processes now, and where the kernel keeps its numbers. */
export interface LiveContainer extends FoundContainer {
  /** Folders by controller; cgroup v2 has one for all, under "". */
  readonly cgroups: ReadonlyMap<string, string>;
}

/** Finds the cgroups of containers by their first processes. Those that ended since are left out. */
export async function findCgroups<T extends FoundContainer>(
  readFiles: ReadFiles,
  containers: readonly T[],
): Promise<(T & LiveContainer)[]> {
  const path = (pid: number): string => `/proc/${pid}/cgroup`;
  const files = await readFiles(containers.map(({ pid }) => path(pid)));
  return containers.flatMap((container) => {
    const text = files.get(path(container.pid));
    return text === undefined ? [] : [{ ...container, cgroups: foldersOf(text) }];
  });
}

/** Where all of cgroup v2 is, or a controller of v1 (without its container). */
export function mountOf(controllers: string): string {
  return controllers === '' ? cgroupRoot : `${cgroupRoot}/${controllers}`;
}

/** The folder that freezes a container. */
export function freezerOf({ name, cgroups }: LiveContainer): string {
  const folder = cgroups.get('') ?? cgroups.get('freezer');
  if (folder === undefined) throw new Error(`nothing can freeze ${name}`);
  return folder;
}

/** The lines of a /proc/PID/cgroup: "number:controllers:path". */
function foldersOf(text: string): Map<string, string> {
  const lines = text
    .trim()
    .split('\n')
    .map((line) => /^\d+:([^:]*):(.*)$/.exec(line) ?? ['', '', '']);
  const all = new Map(
    lines.map(([, controllers = '', path = '']) => [controllers, `${mountOf(controllers)}${path}`]),
  );
  // On a host with both, the controllers are those of version 1.
  if (all.size > 1) all.delete('');
  return all;
}
