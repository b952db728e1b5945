import type { EngineAnswer } from '../engineReply.ts';
import type { UsageReading } from './usageReading.ts';

export type StatsAnswer = EngineAnswer<UsageReading | 'not-running'>;

/**
 * Containers whose stats hang while those of others come. They are asked in the background, so that
 * no collection waits for them, and are back with their first answer.
 */
export interface Quarantine {
  has: (id: string) => boolean;
  add: (id: string) => void;
  /**
   * Asks those of the given containers that are in quarantine, due, and not being asked already.
   * Returns what has come since, and goes on filling it.
   */
  probe: (ids: readonly string[]) => ReadonlyMap<string, StatsAnswer>;
  clear: () => void;
  /** Forgets every container but these. */
  keepOnly: (ids: ReadonlySet<string>) => void;
}

/** A pending question is what notices the end of a hang at once; engines hold it for nothing. */
export const PROBE_DEADLINE_MS = 30_000;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
/** Each costs a connection. */
const PROBES_AT_ONCE = 64;

interface Entry {
  probing: boolean;
  pauseMs: number;
  /** Steady clock. */
  dueMs: number;
}

export function createQuarantine(options: {
  readonly ask: (id: string, deadlineMs: number) => Promise<StatsAnswer>;
  readonly steadyMs: () => number;
}): Quarantine {
  const { ask, steadyMs } = options;
  const entries = new Map<string, Entry>();
  let probing = 0;

  const probeOne = async (
    id: string,
    entry: Entry,
    arrived: Map<string, StatsAnswer>,
  ): Promise<void> => {
    entry.probing = true;
    probing += 1;
    const answer = await ask(id, PROBE_DEADLINE_MS);
    probing -= 1;
    entry.probing = false;
    // It may have been cleared meanwhile, or be another stay of the same container.
    if (entries.get(id) !== entry) return;
    if (!answer.ok && answer.status === undefined) {
      entry.dueMs = steadyMs() + entry.pauseMs;
      entry.pauseMs = Math.min(entry.pauseMs * 2, LONGEST_PAUSE_MS);
      return;
    }
    entries.delete(id);
    arrived.set(id, answer);
  };

  return {
    has: (id) => entries.has(id),
    add: (id) => {
      if (!entries.has(id)) entries.set(id, { probing: false, pauseMs: FIRST_PAUSE_MS, dueMs: 0 });
    },
    probe: (ids) => {
      const arrived = new Map<string, StatsAnswer>();
      for (const id of ids) {
        const entry = entries.get(id);
        if (entry === undefined || entry.probing || probing >= PROBES_AT_ONCE) continue;
        if (entry.dueMs <= steadyMs()) void probeOne(id, entry, arrived);
      }
      return arrived;
    },
    clear: () => entries.clear(),
    keepOnly: (ids) => {
      for (const id of entries.keys()) if (!ids.has(id)) entries.delete(id);
    },
  };
}
