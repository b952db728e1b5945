import type { Buffer } from 'node:buffer';
import { type KernelFiles, readOnce } from './kernelFiles.ts';
import { createPause } from './pause.ts';

/**
 * A process of a container, held by its directory in `/proc`: when the process has ended, nothing
 * can be read there any more, also if another got its number. The namespaces are not held: they end
 * with the container.
 */
export interface ContainerProcess {
  /** Open directory; its opener closes it. */
  readonly descriptor: number;
  /** The process's `net/dev`, for as long as the descriptor is open. */
  readonly netPath: string;
}

export interface ProcessFinder {
  /** By the list of processes in the container's cgroup; undefined if none of them can be seen. */
  readonly ofCgroup: (id: string, cgroup: string) => ContainerProcess | undefined;
  /**
   * By looking at all processes: for agents in a container without the host's process numbers, where
   * the lists of other cgroups show none.
   */
  readonly search: (ids: readonly string[]) => Promise<ReadonlyMap<string, ContainerProcess>>;
}

/** How many of a container's processes are looked at to find its first. */
const MOST_CANDIDATES = 64;
const MOST_CGROUPS = 64;
const DEEPEST = 3;
const MOST_PROCESSES = 100_000;
/** A search may take one part in so many of the time. */
const SHARE = 20;

const CONTAINER_ID = /[0-9a-f]{64}/g;

export function createProcessFinder(options: {
  readonly files: KernelFiles;
  readonly procRoot: string;
  readonly steadyMs: () => number;
  /** Used between calls by whoever owns it. */
  readonly buffer: Buffer;
}): ProcessFinder {
  const { files, procRoot, steadyMs, buffer } = options;
  let restUntilMs = -Infinity;

  const textOf = (path: string): string => {
    const length = readOnce(files, path, buffer);
    return length < 0 ? '' : buffer.toString('latin1', 0, length);
  };

  /** Opens the process's directory, and makes sure that it belongs to the container. */
  const hold = (pid: string, id: string): ContainerProcess | undefined => {
    const descriptor = files.openDirectory(`${procRoot}/${pid}`);
    if (descriptor < 0) return undefined;
    const directory = `/proc/self/fd/${descriptor}`;
    // Numbers in the list may be of another namespace than those of this /proc.
    if (textOf(`${directory}/cgroup`).includes(id)) {
      return { descriptor, netPath: `${directory}/net/dev` };
    }
    files.close(descriptor);
    return undefined;
  };

  /** When it started, in ticks since boot: field 22; the second one may hold anything. */
  const startOf = (pid: string): number => {
    const text = textOf(`${procRoot}/${pid}/stat`);
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return Number(fields[19] ?? Infinity);
  };

  /** Of several processes the oldest is the container's first, whose network is the container's. */
  const oldestFirst = (pids: readonly string[]): readonly string[] => {
    if (pids.length < 2) return pids;
    const starts = new Map(pids.slice(0, MOST_CANDIDATES).map((pid) => [pid, startOf(pid)]));
    return [...starts].sort(([, one], [, other]) => one - other).map(([pid]) => pid);
  };

  const pidsOf = (cgroup: string): string[] =>
    textOf(`${cgroup}/cgroup.procs`)
      .split('\n')
      .filter((pid) => pid !== '' && pid !== '0');

  return {
    ofCgroup: (id, cgroup) => {
      // The first processes may have moved to a sub-cgroup, as those of Docker in Docker do.
      const queue = [{ path: cgroup, depth: 0 }];
      for (const { path, depth } of queue) {
        for (const pid of oldestFirst(pidsOf(path))) {
          const held = hold(pid, id);
          if (held !== undefined) return held;
        }
        if (depth === DEEPEST || queue.length > MOST_CGROUPS) continue;
        for (const name of files.directories(path)) {
          queue.push({ path: `${path}/${name}`, depth: depth + 1 });
        }
      }
      return undefined;
    },
    search: async (ids) => {
      const found = new Map<string, ContainerProcess>();
      const startedMs = steadyMs();
      if (ids.length === 0 || startedMs < restUntilMs) return found;
      restUntilMs = Infinity;
      try {
        const wanted = new Set(ids);
        const pids = new Map<string, string[]>();
        const pause = createPause(steadyMs);
        for (const pid of files.directories(procRoot).slice(0, MOST_PROCESSES)) {
          if (!/^\d+$/.test(pid)) continue;
          // The last id is the container's own; those before are of containers around it.
          const id = textOf(`${procRoot}/${pid}/cgroup`).match(CONTAINER_ID)?.at(-1);
          if (id !== undefined && wanted.has(id)) {
            pids.set(id, [...(pids.get(id) ?? []), pid].slice(0, MOST_CANDIDATES));
          }
          await pause();
        }
        for (const [id, candidates] of pids) {
          for (const pid of oldestFirst(candidates)) {
            const held = hold(pid, id);
            if (held === undefined) continue;
            found.set(id, held);
            break;
          }
        }
        return found;
      } finally {
        const endedMs = steadyMs();
        restUntilMs = endedMs + (endedMs - startedMs) * SHARE;
      }
    },
  };
}
