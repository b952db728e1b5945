import type { ContainerLifecycle, Lifecycle } from '@docker-data-exporter/shared/snapshot';
import type { EngineEvent } from './eventLine.ts';

/**
 * Counts what happens to containers, by their name: what lives and dies between two scrapes counts
 * too, and what was counted stays after the container is removed. A container made anew under an old
 * name goes on with that name's counters, but its first start is no restart.
 */
export interface LifecycleCounters {
  readonly heed: (event: EngineEvent) => void;
  /** Takes note of who exists, so that counters are there, at 0, before anything happens. */
  readonly know: (containers: readonly { readonly id: string; readonly name: string }[]) => void;
  readonly read: (gaps: number) => Lifecycle;
}

/** A container can end with more codes than anyone wants series of. */
const EXIT_CODES = 16;
const HEALTH_STATES: ReadonlySet<string> = new Set(['starting', 'healthy', 'unhealthy', 'none']);

interface Entry {
  readonly name: string;
  /** The container that has the name now, or had it last. */
  id: string;
  /** It has ended before: its next start is a restart. */
  hasDied: boolean;
  health: string | undefined;
  starts: number;
  restarts: number;
  ooms: number;
  readonly exits: Map<number | undefined, number>;
  readonly healthChanges: Map<string, number>;
}

export function createLifecycleCounters(options: {
  /** Names at most. Beyond, names of removed containers go first, then the oldest. */
  readonly maxNames: number;
  readonly startedUnixMs: number;
}): LifecycleCounters {
  const { maxNames } = options;
  const since = new Date(options.startedUnixMs).toISOString();
  const entries = new Map<string, Entry>();
  /** Names without a container, the one removed first in front. */
  const removed = new Set<string>();
  let dropped = 0;

  const makeRoom = (): void => {
    while (entries.size >= maxNames) {
      const [oldest] = removed.size > 0 ? removed : entries.keys();
      if (oldest === undefined) return;
      entries.delete(oldest);
      removed.delete(oldest);
      dropped += 1;
    }
  };

  const entryOf = (name: string, id: string): Entry => {
    let entry = entries.get(name);
    if (entry === undefined) {
      makeRoom();
      entry = {
        ...{ name, id, hasDied: false, health: undefined },
        ...{ starts: 0, restarts: 0, ooms: 0, exits: new Map(), healthChanges: new Map() },
      };
      entries.set(name, entry);
    } else if (entry.id !== id) {
      entry.id = id;
      entry.hasDied = false;
      entry.health = undefined;
    }
    return entry;
  };

  const rename = ({ id, oldName }: EngineEvent, entry: Entry): void => {
    const before = oldName === undefined ? undefined : entries.get(oldName);
    if (before?.id !== id || before === entry) return;
    entry.hasDied = before.hasDied;
    entry.health = before.health;
    removed.add(before.name);
  };

  return {
    heed: (event) => {
      const { type, action, id, name } = event;
      if (type !== 'container' || name === undefined || !COUNTED.has(action)) return;
      // Whoever is removed needs no new entry for that.
      const entry = action === 'destroy' ? entries.get(name) : entryOf(name, id);
      if (entry === undefined) return;
      if (action === 'destroy') {
        if (entry.id === id) removed.add(name);
        return;
      }
      removed.delete(name);
      if (action === 'start') {
        entry.starts += 1;
        if (entry.hasDied) entry.restarts += 1;
        entry.health = undefined;
      } else if (action === 'die') {
        entry.hasDied = true;
        const known = entry.exits.has(event.exitCode) || entry.exits.size < EXIT_CODES;
        count(entry.exits, known ? event.exitCode : undefined);
      } else if (action === 'oom') entry.ooms += 1;
      else if (action === 'rename') rename(event, entry);
      else if (action === 'health_status') {
        const { health } = event;
        // Podman tells of each check, changed or not.
        if (health === undefined || !HEALTH_STATES.has(health) || health === entry.health) return;
        entry.health = health;
        count(entry.healthChanges, health);
      }
    },

    know: (containers) => {
      const names = new Set(containers.map(({ name }) => name));
      // Removed unheard, in a gap.
      for (const name of entries.keys()) if (!names.has(name)) removed.add(name);
      for (const { id, name } of containers) {
        removed.delete(name);
        // Never at the cost of what was counted.
        if (entries.has(name) || entries.size < maxNames) entryOf(name, id);
      }
    },

    read: (gaps) => ({
      ...{ since, gaps, dropped },
      containers: [...entries.values()].map(shown),
    }),
  };
}

const COUNTED: ReadonlySet<string> = new Set([
  ...['create', 'start', 'die', 'oom', 'rename', 'health_status', 'destroy'],
]);

function count<K>(counters: Map<K, number>, key: K): void {
  counters.set(key, (counters.get(key) ?? 0) + 1);
}

function shown({ name, starts, restarts, ooms, exits, healthChanges }: Entry): ContainerLifecycle {
  return {
    ...{ name, starts, restarts, ooms },
    exits: [...exits].map(([exitCode, times]) => ({
      ...(exitCode !== undefined && { exitCode }),
      count: times,
    })),
    healthChanges: [...healthChanges].map(([health, times]) => ({ health, count: times })),
  };
}
