import type { KernelFiles } from './kernelFiles.ts';
import { createPause } from './pause.ts';

/**
 * Finds the cgroup of a container by its id, which is part of a directory's name whatever engine,
 * driver and parent: `docker/ID`, `system.slice/docker-ID.scope`, `libpod_parent/libpod-ID`, …
 */
export interface CgroupFinder {
  /** Looks where the last ones were. The path below the searched tree, or undefined. */
  readonly find: (id: string) => string | undefined;
  /**
   * Looks everywhere for those that `find` did not find. Does nothing shortly after the last
   * search: how much it may take depends on how long that took.
   */
  readonly search: (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>;
}

/** Where containers are, relative to the searched tree, and how they are named there. */
interface Habit {
  /** "" or a path with a slash at its end. */
  readonly parent: string;
  readonly prefix: string;
  readonly suffix: string;
}

/** What comes without configuration. Further ones are learnt by searching. */
const usualHabits: readonly Habit[] = [
  { parent: 'docker/', prefix: '', suffix: '' },
  { parent: 'system.slice/', prefix: 'docker-', suffix: '.scope' },
  { parent: 'libpod_parent/', prefix: 'libpod-', suffix: '' },
  { parent: 'machine.slice/', prefix: 'libpod-', suffix: '.scope' },
];

const MOST_HABITS = 16;
/** A host with thousands of sessions and pods has some ten thousand. */
const MOST_DIRECTORIES = 50_000;
const DEEPEST = 24;
/** A search may take one part in so many of the time. */
const SHARE = 20;

/** The words before the id end in - or : (systemd names under the other driver). */
const CONTAINER_NAME = /^(|.*[-:])([0-9a-f]{64})(\.scope)?$/;

export function createCgroupFinder(options: {
  readonly files: KernelFiles;
  readonly top: string;
  readonly steadyMs: () => number;
}): CgroupFinder {
  const { files, top, steadyMs } = options;
  // The one that fitted last comes first.
  const habits: Habit[] = [...usualHabits];
  let restUntilMs = -Infinity;

  const prefer = (habit: Habit): void => {
    const known = habits.findIndex(
      ({ parent, prefix, suffix }) =>
        parent === habit.parent && prefix === habit.prefix && suffix === habit.suffix,
    );
    if (known === 0) return;
    if (known > 0) habits.splice(known, 1);
    habits.unshift(habit);
    habits.splice(MOST_HABITS);
  };

  const searchAll = async (ids: readonly string[]): Promise<Map<string, string>> => {
    const wanted = new Set(ids);
    const found = new Map<string, string>();
    const queue: { readonly path: string; readonly depth: number }[] = [{ path: '', depth: 0 }];
    const pause = createPause(steadyMs);
    let visited = 0;
    for (const { path, depth } of queue) {
      if (wanted.size === found.size || visited >= MOST_DIRECTORIES) break;
      visited += 1;
      for (const name of files.directories(`${top}/${path}`.slice(0, -1))) {
        const [, prefix, id, suffix = ''] = CONTAINER_NAME.exec(name) ?? [];
        if (prefix === undefined || id === undefined) {
          if (depth < DEEPEST) queue.push({ path: `${path}${name}/`, depth: depth + 1 });
        } else if (wanted.has(id) && !found.has(id) && !prefix.includes('conmon')) {
          found.set(id, path + name);
          prefer({ parent: path, prefix, suffix });
        }
        // What is inside a container are its own sub-cgroups, and containers of engines in it.
      }
      await pause();
    }
    return found;
  };

  return {
    find: (id) => {
      for (const habit of habits) {
        const path = habit.parent + habit.prefix + id + habit.suffix;
        if (!files.isDirectory(`${top}/${path}`)) continue;
        prefer(habit);
        return path;
      }
      return undefined;
    },
    search: async (ids) => {
      const startedMs = steadyMs();
      if (ids.length === 0 || startedMs < restUntilMs) return new Map();
      // Whoever comes while this one searches finds it resting.
      restUntilMs = Infinity;
      try {
        return await searchAll(ids);
      } finally {
        const endedMs = steadyMs();
        restUntilMs = endedMs + (endedMs - startedMs) * SHARE;
      }
    },
  };
}
